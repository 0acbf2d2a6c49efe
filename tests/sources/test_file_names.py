"""Names of files lead back to their files, and nothing in them disturbs a terminal."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.names import file_uri, path_of, printable


def test_a_uri_names_the_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert file_uri("a b/../c#1.txt") == f"file://{tmp_path}/c%231.txt"


def test_a_symbolic_link_is_a_name_of_its_own(tmp_path):
    (tmp_path / "a").touch()
    (tmp_path / "b").symlink_to("a")
    assert file_uri(str(tmp_path / "b")).endswith("/b")


@given(st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name and b"/" not in name))
def test_any_bytes_of_a_name_come_back(name):
    path = "/x/" + os.fsdecode(name)
    uri = file_uri(path)
    assert uri.isascii()
    assert path_of(uri) == os.path.abspath(path)  # noqa: PTH100  # as the ledger does it


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b%20c", "/a/b c"),
        ("FILE:///a", "/a"),
        ("file://localhost/a", "/a"),
        ("file:///a.jsonl#line=3", "/a.jsonl"),
        ("https://example.org/", None),
        ("/a/b", None),
        ("stdin:sha256=00", None),
    ],
)
def test_a_path_is_read_from_a_file_uri_alone(uri, path):
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 中.txt", "plain é 中.txt"),
        ("no\xa0break, می\u200cخواهم, \u3000wide", "no\xa0break, می\u200cخواهم, \u3000wide"),
        (os.fsdecode(b"caf\xe9.txt"), "caf\\xe9.txt"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb", "a\\nb"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_what_could_disturb_a_terminal_is_escaped(text, shown):
    assert printable(text) == shown
