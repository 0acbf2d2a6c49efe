"""`--wait` and `--live`: what a second writer and a reader of the store are told while one is at work."""

import pytest

from tests.flows.conftest import Dateline, article
from warehouse import open_writer


@pytest.mark.slow
def test_a_second_writer_ends_with_2_or_waits_its_turn(dateline: Dateline):
    page = dateline.folder / "page.txt"
    page.write_text(article("the harbour"), encoding="utf-8")
    with open_writer(dateline.db):
        refused = dateline("ingest", page)
        live = dateline("sql", "SELECT 1", "--live")
        waiting = dateline.start("ingest", page, "--wait", "5m")
    waited = dateline.ended(waiting, None)
    assert (refused.code, live.code, waited.code) == (2, 2, 0)
    assert "is being written by process" in refused.err
    assert "--wait 60s" in refused.err
    assert "leave --live away" in live.err
    assert dateline("sql", "SELECT count(*) AS n FROM articles", "--live", "--format", "csv").out == "n\n1\n"


def test_how_long_to_wait_is_a_length_of_time(dateline: Dateline):
    ended = dateline("ingest", "page.txt", "--wait", "soon")
    assert ended.code == 2
    assert "'soon' is no length of time; write it like 60s, 5m or 1h" in ended.err
