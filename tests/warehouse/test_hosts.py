"""What is remembered of hosts from one run to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import HostPause, HostRules
from warehouse.writer import Writer, open_writer

AT = datetime(2025, 11, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with open_writer(tmp_path / "news.duckdb", program_version="9") as opened:
        yield opened


def rules(origin: str, robots: str = "User-agent: *", *, hours: int = 24, reservations: str | None = None):
    return HostRules(origin, robots, reservations, AT + hours * HOUR)


def test_rules_come_back_as_long_as_they_hold(writer: Writer):
    one, other = rules("https://a.example"), rules("http://b.example:8080", "", hours=2, reservations="[]")
    writer.save_hosts([one, other], [], at=AT)
    assert writer.host_rules(at=AT) == (other, one)
    assert writer.host_rules(at=AT + 2 * HOUR) == (one,)


def test_the_last_word_of_a_host_counts(writer: Writer):
    writer.save_hosts([rules("https://a.example", "old")], [], at=AT)
    writer.save_hosts([rules("https://a.example", "mid"), rules("https://a.example", "new")], [], at=AT)
    assert [each.robots for each in writer.host_rules(at=AT)] == ["new"]


def test_hosts_are_left_alone_until_their_time(writer: Writer):
    writer.save_hosts([], [HostPause("a.example", AT + HOUR, "http_429")], at=AT)
    writer.save_hosts([], [HostPause("a.example", AT + 3 * HOUR, "http_503")], at=AT)
    assert writer.host_pauses(at=AT + 2 * HOUR) == {"a.example": AT + 3 * HOUR}
    assert writer.host_pauses(at=AT + 3 * HOUR) == {}


def test_what_holds_no_more_leaves_the_tables(writer: Writer):
    writer.save_hosts(
        [rules("https://a.example", hours=1)], [HostPause("a.example", AT + HOUR, "breaker")], at=AT
    )
    writer.save_hosts([rules("https://b.example")], [], at=AT + HOUR)
    connection = writer.store.connection
    assert connection.execute("SELECT origin FROM host_rules").fetchall() == [("https://b.example",)]
    assert connection.execute("SELECT count(*) FROM host_pauses").fetchall() == [(0,)]
