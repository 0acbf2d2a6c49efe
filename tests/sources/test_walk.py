"""Folders are walked in order, whole or by a pattern, and nothing in them is lost without a word."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from records import Outcome
from sources.found import PassedOver
from sources.walk import Pattern, has_magic, split_pattern, walk


def tree(top: Path, *names: str) -> Path:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return top


def files(top: Path, pattern: str | None = None) -> list[str]:
    parts = Pattern.of(tuple(pattern.split("/"))) if pattern else None
    found = walk(str(top), source_id="s", pattern=parts)
    return [os.path.relpath(each, top) for each in found if isinstance(each, str)]


def others(top: Path, **given) -> list[tuple[str, str | None]]:
    found = walk(str(top), source_id="s", **given)
    return [(Path(each.uri).name, each.reason) for each in found if isinstance(each, Outcome | PassedOver)]


def test_files_come_folder_by_folder_in_the_order_of_their_names(tmp_path):
    tree(tmp_path, "b.txt", "a/z.html", "a/b/c.txt", "c", "Z.TXT")
    assert files(tmp_path) == ["Z.TXT", "a/b/c.txt", "a/z.html", "b.txt", "c"]


def test_hidden_names_and_web_assets_are_passed_over_and_counted(tmp_path):
    tree(
        tmp_path,
        ".git/config",
        ".hidden.txt",
        "page.html",
        "page_files/style.css",
        "page_files/A.PNG",
        "x.js.gz",
    )
    assert files(tmp_path) == ["page.html"]
    assert others(tmp_path) == [
        (".git", "hidden"),
        (".hidden.txt", "hidden"),
        ("A.PNG", "asset"),
        ("style.css", "asset"),
        ("x.js.gz", "asset"),
    ]


def test_a_folder_with_the_name_of_an_asset_is_still_a_folder(tmp_path):
    tree(tmp_path, "jquery.js/readme.txt")
    assert files(tmp_path) == ["jquery.js/readme.txt"]


def test_the_database_being_written_is_passed_over(tmp_path):
    tree(tmp_path, "news.duckdb", "news.duckdb.store/store.duckdb", "sub/news.duckdb", "a.txt")
    ours = {str(tmp_path / "news.duckdb"), str(tmp_path / "news.duckdb.store")}
    found = list(walk(str(tmp_path), source_id="s", passing_over=ours))
    assert [each for each in found if isinstance(each, str)] == [
        str(tmp_path / "a.txt"),
        str(tmp_path / "sub/news.duckdb"),
    ]
    assert others(tmp_path, passing_over=ours) == [
        ("news.duckdb", "database"),
        ("news.duckdb.store", "database"),
    ]


def test_links_are_followed_and_keep_their_own_names(tmp_path):
    tree(tmp_path, "real/a.txt")
    (tmp_path / "file").symlink_to("real/a.txt")
    (tmp_path / "folder").symlink_to("real")
    assert files(tmp_path) == ["file", "folder/a.txt", "real/a.txt"]


def test_links_that_lead_nowhere_or_in_circles_are_named(tmp_path):
    tree(tmp_path, "a.txt", "sub/b.txt")
    (tmp_path / "gone").symlink_to("nothing")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "sub" / "here").symlink_to(".")
    assert files(tmp_path) == ["a.txt", "sub/b.txt"]
    assert others(tmp_path) == [
        ("gone", "dangling_link"),
        ("self", "symlink_loop"),
        ("here", "symlink_loop"),
        ("up", "symlink_loop"),
    ]


def test_two_folders_that_link_to_each_other_end(tmp_path):
    tree(tmp_path, "a/1.txt", "b/2.txt")
    (tmp_path / "a" / "to-b").symlink_to("../b")
    (tmp_path / "b" / "to-a").symlink_to("../a")
    assert files(tmp_path) == ["a/1.txt", "a/to-b/2.txt", "b/2.txt", "b/to-a/1.txt"]


def test_pipes_and_sockets_in_a_folder_are_refused_without_opening_them(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
        assert others(tmp_path) == [("pipe", "not_a_file"), ("socket", "not_a_file")]


def test_names_in_any_bytes_are_found(tmp_path):
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).touch()
    assert files(tmp_path) == [name]


def test_folders_deeper_than_python_can_recurse_or_the_system_can_name(tmp_path):
    above = os.open(tmp_path, os.O_RDONLY)
    for _ in range(2_100):
        os.mkdir("d", dir_fd=above)  # pathlib has no dir_fd, and the path gets too long
        below = os.open("d", os.O_RDONLY, dir_fd=above)
        os.close(above)
        above = below
    os.close(above)
    assert files(tmp_path) == []
    ((_, reason),) = others(tmp_path)
    assert reason == "unreadable"
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("*.txt", ["a.txt"]),
        ("*", ["a.txt", "b.html", "sub/c.txt", "sub/deep/d.txt", "sub/deep/e.html"]),
        ("sub/*", ["sub/c.txt", "sub/deep/d.txt", "sub/deep/e.html"]),
        ("*/*.txt", ["sub/c.txt"]),
        ("**/*.txt", ["a.txt", "sub/c.txt", "sub/deep/d.txt"]),
        ("**/*.html", ["b.html", "sub/deep/e.html"]),
        ("**/deep", ["sub/deep/d.txt", "sub/deep/e.html"]),
        ("**/deep/**/*.txt", ["sub/deep/d.txt"]),
        ("**", ["a.txt", "b.html", "sub/c.txt", "sub/deep/d.txt", "sub/deep/e.html"]),
        ("[ab].*", ["a.txt", "b.html"]),
        ("?.txt", ["a.txt"]),
        (".*", [".h/x.txt"]),
        ("*.TXT", []),
        ("*/nothing", []),
    ],
)
def test_a_pattern_takes_what_the_shell_would_have_named(tmp_path, pattern, matched):
    tree(tmp_path, "a.txt", "b.html", "sub/c.txt", "sub/deep/d.txt", "sub/deep/e.html", ".h/x.txt", "p.png")
    assert files(tmp_path, pattern) == matched


def test_a_pattern_looks_into_no_folder_that_cannot_match(tmp_path, monkeypatch):
    tree(tmp_path, "in/a.txt", "out/b.txt")
    listed = []
    listdir = os.listdir

    def watched(path: str) -> list[str]:
        listed.append(Path(path).name)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", watched)
    assert files(tmp_path, "in/*.txt") == ["in/a.txt"]
    assert listed == [tmp_path.name, "in"]


@pytest.mark.parametrize(
    ("text", "base", "parts"),
    [
        ("a/b/*.txt", "a/b", ("*.txt",)),
        ("*.txt", ".", ("*.txt",)),
        ("/*/x", "/", ("*", "x")),
        ("/a/**/./x//y", "/a", ("**", "x", "y")),
    ],
)
def test_a_pattern_begins_at_its_last_plain_folder(text, base, parts):
    assert has_magic(text)
    assert split_pattern(text) == (base, parts)
