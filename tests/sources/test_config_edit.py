"""sources.toml is edited as its owner would: everything else in it stays."""

from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings

from records import Source, UsageError
from sources import config_edit
from tests.sources.config_entries import FEED, HERE, entries, read

COMMENTED = f"""# Ours.
contact = "a@b.org"   # the desk

{FEED}name = "A"  # the best

  [[source]]
  id = "b"  # odd layout
  kind = "page"
  url = "https://b.example/"

# The end.
"""


def test_an_entry_is_added_at_the_end_and_all_else_stays():
    new = Source(id="c", kind="feed", url="https://c.example/", name='The "C"', interval_s=5400, delay_s=2.5)
    changed = config_edit.with_sources(COMMENTED, [new], path=HERE)
    assert changed.startswith(COMMENTED)
    assert read(changed).sources[-1] == new


@pytest.mark.parametrize("source_id", ["a", "b"])
def test_a_source_is_switched_off_and_on_again(source_id):
    off = config_edit.with_enabled(COMMENTED, source_id, enabled=False, path=HERE)
    assert {source.id: source.enabled for source in read(off).sources}[source_id] is False
    assert set(COMMENTED.splitlines()) < set(off.splitlines())
    assert config_edit.with_enabled(off, source_id, enabled=True, path=HERE) == COMMENTED
    assert config_edit.with_enabled(off, source_id, enabled=False, path=HERE) == off


def test_a_new_file_tells_of_the_contact_and_loads():
    text = config_edit.with_sources(config_edit.NEW_FILE, [read(FEED).sources[0]], path=HERE)
    assert "# contact = " in text
    assert read(text).sources == read(FEED).sources


def test_a_file_with_a_mistake_is_not_edited():
    with pytest.raises(UsageError, match=r"sources\.toml:1: "):
        config_edit.with_sources("foo = 1\n", [], path=HERE)
    with pytest.raises(UsageError, match="did you mean 'a'"):
        config_edit.with_enabled(COMMENTED, "A", enabled=False, path=HERE)


def test_saving_keeps_the_mode_and_the_link(tmp_path: Path):
    real = tmp_path / "real.toml"
    real.write_text("")
    real.chmod(0o640)
    (tmp_path / "sources.toml").symlink_to("real.toml")
    config_edit.save(tmp_path / "sources.toml", FEED)
    assert (real.read_text(), real.stat().st_mode & 0o777) == (FEED, 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.toml", "sources.toml"]


def test_what_cannot_be_saved_is_said(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be written"):
        config_edit.save(tmp_path / "missing" / "sources.toml", FEED)


@settings(max_examples=100, deadline=None)
@given(entries())
def test_what_is_written_reads_back_as_it_was(entry):
    try:
        (source,) = read(tomlkit.dumps({"source": [entry]})).sources
    except UsageError:
        return
    assert read(config_edit.with_sources("", [source], path=HERE)).sources == (source,)


@pytest.mark.parametrize(
    ("wanted", "taken", "new"),
    [
        (["www.news.example.org"], (), "news-example-org"),
        (["Die Örtliche / Nachrichten", "ortliche.example"], (), "die-ortliche-nachrichten"),
        (["Harbour News"], ("harbour-news", "harbour-news-2"), "harbour-news-3"),
        (["新华网", "news.example.org"], (), "news-example-org"),
        ([None, "新华网"], (), "source"),
        (["x" * 99], (), "x" * 40),
    ],
)
def test_ids_are_made_of_names(wanted, taken, new):
    assert config_edit.new_id(wanted, taken) == new
