"""From what the user names to candidates, whatever it is."""

import gzip
import io
import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from records import Candidate, Outcome, UsageError
from sources.find import candidates
from sources.found import PassedOver
from sources.names import file_uri


def found(*inputs: Path | str, **given: Any) -> list[Any]:
    given.setdefault("source_id", "s")
    return list(candidates([str(each) for each in inputs], **given))


def test_a_file_is_a_candidate_by_its_uri_and_is_not_opened(tmp_path):
    path = tmp_path / "a b.txt"
    path.touch(mode=0)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    assert found(path, fetched_at=at) == [
        Candidate(uri=file_uri(str(path)), source_id="s", path=str(path), fetched_at=at)
    ]


def test_a_files_time_of_modification_is_no_time_of_fetching(tmp_path):
    (tmp_path / "a.txt").touch()
    assert found(tmp_path)[0].fetched_at is None


def test_folders_files_patterns_json_lines_and_addresses_come_in_the_order_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").touch()
    (tmp_path / "sub" / "a.ndjson").write_text('{"text": "1"}\n{"text": "2"}\n')
    (tmp_path / "c.html").touch()
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(b'{"text": "3"}\n'))
    top = file_uri(str(tmp_path))
    assert [
        each.uri for each in found("https://example.org/x", "sub", "*.html", "d.jsonl.gz", "sub/b.txt")
    ] == [
        "https://example.org/x",
        f"{top}/sub/a.ndjson#line=1",
        f"{top}/sub/a.ndjson#line=2",
        f"{top}/sub/b.txt",
        f"{top}/c.html",
        f"{top}/d.jsonl.gz#line=1",
        f"{top}/sub/b.txt",
    ]


def test_a_line_may_name_a_file_beside_its_own(tmp_path):
    (tmp_path / "list.jsonl").write_text(json.dumps({"path": "pages/a.html", "url": "https://example.org/a"}))
    (only,) = found(tmp_path / "list.jsonl")
    assert (only.path, only.url) == (str(tmp_path / "pages/a.html"), "https://example.org/a")


def test_json_lines_under_a_name_for_gzip_may_be_plain(tmp_path):
    (tmp_path / "a.jsonl.gz").write_text('{"text": "1"}\n')
    assert [each.content for each in found(tmp_path / "a.jsonl.gz")] == [b"1"]


def test_a_file_uri_means_its_file(tmp_path):
    (tmp_path / "a b.txt").touch()
    assert found(file_uri(str(tmp_path / "a b.txt")))[0].path == str(tmp_path / "a b.txt")


def test_a_name_that_looks_like_a_pattern_and_is_there_is_a_name(tmp_path):
    (tmp_path / "[a]*.txt").touch()
    (tmp_path / "a.txt").touch()
    assert [each.path for each in found(tmp_path / "[a]*.txt")] == [str(tmp_path / "[a]*.txt")]


def test_standard_input_is_read_for_a_dash():
    assert [each.content for each in found("-", stdin=io.BytesIO(b"Text."))] == [b"Text."]


def test_a_named_pipe_is_read_like_standard_input(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b'{"text": "1"}\n{"text": "2"}\n',))
    writer.start()
    assert [each.content for each in found(pipe)] == [b"1", b"2"]
    writer.join()


def test_an_asset_is_passed_over_in_a_folder_and_taken_when_named(tmp_path):
    (tmp_path / "a.png").touch()
    assert [type(each) for each in found(tmp_path)] == [PassedOver]
    assert [type(each) for each in found(tmp_path / "a.png")] == [Candidate]


@pytest.mark.parametrize(
    ("given", "source"),
    [
        ("https://News.Example.org:8080/a", "news.example.org"),
        ("-", "stdin"),
        ("folder", "folder"),
        ("folder/../folder/", "folder"),
        ("a.txt", "files"),
        ("*.txt", "files"),
        ("dump.2025.jsonl.gz", "dump"),
    ],
)
def test_a_source_that_is_not_named_is_named_after_the_input(tmp_path, monkeypatch, given, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "f.txt").touch()
    (tmp_path / "a.txt").touch()
    (tmp_path / "dump.2025.jsonl.gz").write_text('{"text": "1"}')
    assert [each.source_id for each in found(given, source_id=None, stdin=io.BytesIO(b"t"))] == [source]


@pytest.mark.parametrize(
    "inputs", [["nothing"], ["no*thing"], ["a/b/c", "x\0y"], ["ftp://example.org/a"], [""]]
)
def test_where_nothing_is_there_it_is_a_usage_error_at_once(tmp_path, monkeypatch, inputs):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        candidates(inputs, source_id="s")


def test_naming_nothing_is_a_usage_error():
    with pytest.raises(UsageError, match="nothing to ingest"):
        candidates([], source_id="s")


def test_where_some_are_not_there_each_is_an_outcome_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.txt").touch()
    nothing, file, no_match = found(tmp_path / "nothing", tmp_path / "a.txt", tmp_path / "*.html")
    assert (nothing.outcome, nothing.reason, nothing.stage) == ("failed", "not_found", "find")
    assert isinstance(file, Candidate)
    assert (no_match.reason, no_match.uri) == ("not_found", file_uri(str(tmp_path / "*.html")))


def test_links_that_lead_in_circles_are_outcomes_when_named(tmp_path):
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "gone").symlink_to("nothing")
    assert [each.reason for each in found(tmp_path / "self", tmp_path / "gone")] == [
        "symlink_loop",
        "dangling_link",
    ]


def test_an_address_without_a_host_is_an_outcome():
    (only,) = found("https://", source_id=None)
    assert isinstance(only, Outcome)
    assert only.reason == "bad_url"


def test_an_empty_folder_holds_nothing_and_is_no_error(tmp_path):
    assert found(tmp_path) == []


def test_nothing_is_looked_at_before_it_is_asked_for(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f.txt").touch()
    stream: Iterator[Any] = candidates([str(tmp_path)], source_id="s")
    assert next(stream).path == str(tmp_path / "a" / "f.txt")
    (tmp_path / "b" / "g.txt").touch()
    assert [each.path for each in stream] == [str(tmp_path / "b" / name) for name in ("f.txt", "g.txt")]


def test_tables_are_read_row_by_row_with_the_columns_that_are_named(tmp_path):
    (tmp_path / "a.csv").write_text("link,Inhalt\nhttps://example.org/a,One\n,Two\n")
    parquet.write_table(pa.table({"Inhalt": ["Three"]}), tmp_path / "b.parquet")
    top = file_uri(str(tmp_path))
    rows = found(tmp_path, columns={"text": "Inhalt"})
    assert [(each.uri, each.content) for each in rows] == [
        ("https://example.org/a", b"One"),
        (f"{top}/a.csv#row=2", b"Two"),
        (f"{top}/b.parquet#row=1", b"Three"),
    ]
    assert [each.source_id for each in found(tmp_path / "a.csv", source_id=None)] == ["a", "a"]


def test_a_table_that_cannot_be_opened_is_an_outcome(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "a.parquet").touch(mode=0)
    (only,) = found(tmp_path / "a.parquet")
    assert only.reason == "unreadable"
