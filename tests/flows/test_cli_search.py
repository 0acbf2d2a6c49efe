"""`dateline search` as its users run it."""

import json

import pytest

from tests.flows.conftest import Dateline

# Each test runs the command in a process of its own.
pytestmark = pytest.mark.slow


@pytest.fixture
def filled(dateline: Dateline) -> Dateline:
    (dateline.folder / "a.txt").write_text(
        "Harbour plan passed\n\nBy A. Writer\n\n4 November 2025\n\n"
        "The council passed the harbour plan on Monday "
        "night, after twelve residents had said what they think of it and the mayor had answered them.\n",
        encoding="utf-8",
    )
    assert dateline("ingest", "a.txt", "--source", "paper").code == 0
    return dateline


def test_a_word_finds_the_article_and_says_how(filled: Dateline):
    ended = filled("search", "HARBOUR plan")
    assert ended.code == 0
    assert "harbour plan" in ended.out
    assert ended.problems == [
        "1 shown; there is no search index, so the text of 1 articles was read: `dateline maintain` makes one"
    ]


def test_after_maintain_the_index_answers(filled: Dateline):
    assert filled("maintain").code == 0
    ended = filled("search", "harbour", "--format", "jsonl")
    assert json.loads(ended.out)["found_by"] == "index"
    assert ended.problems == ["1 shown; by the index of 1 articles"]


def test_nothing_found_is_no_failure(filled: Dateline):
    for style, printed in (("table", ""), ("json", "[]\n"), ("jsonl", "")):
        ended = filled("search", "volcano", "--format", style)
        assert (ended.code, ended.out) == (0, printed)
    assert "nothing found" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["!?"], "there is no word to look for"),
        (["a", "--since", "2025-02-02", "--until", "2025-02-01"], "--since is later than --until"),
        (["a", "--since", "yesterday"], "'yesterday' does not match the format"),
        (["a", "--limit", "0"], "0 is not in the range"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_is_said(filled: Dateline, arguments: list[str], said: str):
    ended = filled("search", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
