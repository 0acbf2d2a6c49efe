"""What is remembered of hosts from one run to the next: their rules, and until when they are left alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb

from records import HostPause, HostRules


def rules(connection: duckdb.DuckDBPyConnection, *, at: datetime) -> tuple[HostRules, ...]:
    """The rules that still hold."""
    rows = connection.execute(
        """SELECT origin, robots, reservations, good_until FROM host_rules
        WHERE good_until > $at ORDER BY origin""",
        {"at": at},
    ).fetchall()
    return tuple(HostRules(*row) for row in rows)


def pauses(connection: duckdb.DuckDBPyConnection, *, at: datetime) -> Mapping[str, datetime]:
    """Until when hosts are left alone, by host; those that may be asked are left out."""
    rows = connection.execute(
        "SELECT host, paused_until FROM host_pauses WHERE paused_until > $at", {"at": at}
    ).fetchall()
    return dict(rows)


def save(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[HostRules],
    pauses: Sequence[HostPause],
    *,
    at: datetime,
) -> None:
    """Remember what was learned of hosts, and forget what does not hold any more.

    Within the transaction that is open.
    """
    fresh = {each.origin: each for each in rules}
    paused = {each.host: each for each in pauses}
    connection.execute(
        "DELETE FROM host_rules WHERE good_until <= $at OR origin IN (SELECT unnest($origins))",
        {"at": at, "origins": list(fresh)},
    )
    connection.execute(
        "DELETE FROM host_pauses WHERE paused_until <= $at OR host IN (SELECT unnest($hosts))",
        {"at": at, "hosts": list(paused)},
    )
    for rule in fresh.values():
        connection.execute(
            "INSERT INTO host_rules VALUES (?, ?, ?, ?)",
            [rule.origin, rule.robots, rule.reservations, rule.good_until],
        )
    for pause in paused.values():
        connection.execute(
            "INSERT INTO host_pauses VALUES (?, ?, ?)", [pause.host, pause.paused_until, pause.reason]
        )
