"""A candidate's bytes come whole, unpacked and within the limit, or with the reason why not."""

import gzip
import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Candidate, Claimed, InputError
from sources.fetched import Fetch, Fetched
from sources.load import load

AT = datetime(2025, 11, 4, 10, tzinfo=UTC)


def no_fetch(url: str) -> Fetched:
    raise AssertionError(f"{url} was fetched")


def of(path, **given) -> Candidate:
    return Candidate(uri="file:///x", source_id="s", path=str(path), **given)


def test_a_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"Text.\n")
    capture = load(of(path), no_fetch)
    assert (capture.content, capture.url, capture.fetched_at, capture.status) == (
        b"Text.\n",
        None,
        None,
        None,
    )
    assert capture.content_sha256 == hashlib.sha256(b"Text.\n").hexdigest()


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt"])
def test_gzip_is_undone_whatever_the_name(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(b"Text."))
    assert load(of(tmp_path / name), no_fetch).content == b"Text."


def test_content_at_hand_is_taken():
    candidate = Candidate(uri="u", source_id="s", content=b"x", content_type="text/plain", fetched_at=AT)
    capture = load(candidate, no_fetch)
    assert (capture.content, capture.content_type, capture.fetched_at) == (b"x", "text/plain", AT)


def test_an_address_is_fetched_and_knows_when_and_where_it_ended():
    def fetch(url):
        return Fetched(url + "/end", 200, {"content-type": "text/html; charset=x"}, b"<p>", AT)

    candidate = Candidate(uri="http://e.org/a", source_id="s", url="http://e.org/a")
    capture = load(candidate, fetch)
    assert (capture.url, capture.status, capture.fetched_at) == ("http://e.org/a/end", 200, AT)
    assert capture.content_type == "text/html; charset=x"


def test_the_digest_changes_with_whatever_may_change_the_result():
    plain = Candidate(uri="u", source_id="s", content=b"x")
    variants = [
        plain,
        replace(plain, content=b"y"),
        replace(plain, content_type="text/html"),
        replace(plain, fetched_at=AT),
        replace(plain, claimed=Claimed(title="T")),
        replace(plain, claimed=Claimed(authors=("T",))),
        replace(plain, claimed=Claimed(published="T")),
        replace(plain, claimed=Claimed(updated="T")),
    ]
    digests = [load(each, no_fetch).content_sha256 for each in variants]
    assert len(set(digests)) == len(variants)
    assert digests == [load(each, no_fetch).content_sha256 for each in variants]


def test_the_digest_does_not_change_with_the_time_of_fetching_alone():
    def fetched(at: datetime) -> Fetch:
        return lambda url: Fetched(url, 200, {}, b"x", at)

    candidate = Candidate(uri="http://e.org/", source_id="s", url="http://e.org/")
    assert (
        load(candidate, fetched(AT)).content_sha256
        == load(candidate, fetched(datetime(2025, 12, 1, tzinfo=UTC))).content_sha256
    )


@pytest.mark.parametrize("packed", [False, True])
def test_more_than_the_limit_is_refused_with_the_limit(tmp_path, packed):
    path = tmp_path / "big"
    path.write_bytes(gzip.compress(b"a" * 1_001) if packed else b"a" * 1_001)
    with pytest.raises(InputError, match="limit of 1,000 bytes") as caught:
        load(of(path), no_fetch, max_bytes=1_000)
    assert (caught.value.reason, caught.value.stage, caught.value.refused) == ("too_large", "load", True)


def test_exactly_the_limit_is_taken(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(b"a" * 1_000)
    assert len(load(of(path), no_fetch, max_bytes=1_000).content) == 1_000


def test_a_file_that_says_it_is_empty_and_is_not():
    assert load(of("/proc/self/cmdline"), no_fetch).content


def test_content_at_hand_is_held_to_the_limit_too():
    with pytest.raises(InputError, match="limit"):
        load(Candidate(uri="u", source_id="s", content=b"ab"), no_fetch, max_bytes=1)


def prepare(folder: Path, kind: str) -> Path | str:
    path = folder / kind
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "circle":
            path.symlink_to(path)
        case "nul":
            return f"{path}\0"
        case "gzip":
            path.write_bytes(b"\x1f\x8b broken")
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "not_found"),
        ("folder", "not_a_file"),
        ("pipe", "not_a_file"),
        ("circle", "symlink_loop"),
        ("nul", "not_found"),
        ("gzip", "bad_gzip"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, kind, reason):
    with pytest.raises(InputError) as caught:
        load(of(prepare(tmp_path, kind)), no_fetch)
    assert caught.value.reason == reason
    assert ";" in str(caught.value)  # the remedy
