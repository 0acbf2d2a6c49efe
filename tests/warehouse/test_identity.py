"""The ids and hashes, and how words are counted."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Article
from warehouse import identity


def test_ids_are_the_documented_hashes():
    # Worked out apart: printf '1\nhttps://example.org/a' | sha256sum | cut -c-16
    assert identity.article_id("https://example.org/a") == "0a57904a4267e1de"


def test_a_capture_is_its_candidate_its_bytes_and_its_instant():
    at = datetime(2025, 11, 4, 10, 0, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=8)))
    assert identity.capture_id("u", "00", at) == identity.capture_id("u", "00", elsewhere)
    assert (
        len({identity.capture_id("u", "00", moment) for moment in (None, at, at + timedelta(seconds=1))}) == 3
    )


@given(st.text(), st.text())
def test_the_text_hash_sees_words_and_not_white_space(one: str, other: str):
    same = one.split() == other.split()
    assert identity.text_sha256(f" {one}\n\n{other} ") == identity.text_sha256(f"{one} {other}")
    assert not same or identity.text_sha256(one) == identity.text_sha256(other)


def test_a_composed_and_a_decomposed_letter_are_the_same():
    assert identity.text_sha256("caf\u00e9") == identity.text_sha256("cafe\u0301")


def test_a_lone_surrogate_breaks_nothing():
    article = Article(text="broken \ud800 text", title="\udfff")
    assert len(identity.fingerprint("a", article).version_id) == 16
    assert len(identity.text_sha256(article.text)) == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("One, two - three.", 3),
        ("— • …", 0),
        ("people-to-people", 1),
        ("新华社北京", 5),
        ("In 北京 today", 4),
        ("Ελλάδα 2025", 2),
    ],
)
def test_words_are_counted(text: str, words: int):
    assert identity.count_words(text) == words


@given(st.text(alphabet="ab -—\n\t北", max_size=50))
def test_white_space_never_changes_the_count(text: str):
    assert identity.count_words(text) == identity.count_words(identity.normalised(text))


HAN_AND_KANA = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


@given(st.one_of(st.text(), st.text(alphabet="ab.,_ -\x1c\t—北", max_size=50)))
def test_words_are_counted_as_a_pattern_would(text: str):
    apart = re.sub(f"[{HAN_AND_KANA}]", r" \g<0> ", identity.normalised(text))
    assert identity.count_words(text) == len(re.findall(rf"\S*[\w{HAN_AND_KANA}]\S*", apart))
