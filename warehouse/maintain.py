"""Keeps a database in shape: retention by rule, the search index, free blocks given back, publishing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse import errors, ledger, search_index
from warehouse.archive_takedown import remove_noted
from warehouse.compact import FREE_SHARE, Compaction, compact, free_share, is_due
from warehouse.integrity import tables_of
from warehouse.places import STORE, clear_left_over, must_exist
from warehouse.retention import Rule, remove
from warehouse.store import CATALOG
from warehouse.writer import Writer, open_writer


@dataclass(frozen=True, slots=True)
class Maintained:
    """What maintenance did.

    Attributes:
        removed: rows that left by a rule, counted positive.
        free_share: the share of free blocks that was found, 0 to 1.
        compaction: None where it was not worth it.
        bytes: size of the store.
        rows: of each table, by name.
        notes: what a person should know, a sentence each.
    """

    removed: ledger.Counts
    free_share: float
    compaction: Compaction | None
    bytes: int
    rows: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]


def maintain(
    db: Path,
    *,
    now: datetime,
    rules: Sequence[Rule] = (),
    compact_always: bool = False,
    wait_s: float = 0.0,
    program_version: str = "",
) -> Maintained:
    """Apply the rules, renew index and statistics, give free blocks back where they are many, and publish.

    A kill at any moment loses nothing: what was begun is begun anew the next time.

    Args:
        db: the database.
        now: aware; ages are counted from it.
        rules: what may be removed; nothing without one.
        compact_always: compact whatever the share of free blocks.
        wait_s: how long to wait for a writer to end.
        program_version: of Dateline.

    Raises:
        WarehouseError: the database cannot be used, or there is no room for the copy that compaction makes.
    """
    must_exist(db)
    with open_writer(db, wait_s=wait_s, program_version=program_version) as writer:
        store = writer.store
        clear_left_over(store.folder)
        removed = _retain(writer, rules, now=now, program_version=program_version)
        try:
            search_index.renew(store)
            store.connection.execute("ANALYZE")
            share = free_share(store)
        except duckdb.Error as error:
            raise errors.from_duckdb(error, db) from error
        worth_it = compact_always or share > FREE_SHARE or is_due(store)
        compaction = compact(store) if worth_it else None
        _remove_noted(writer, now=now)
        notes = tuple(writer.publish())
        return Maintained(
            removed=removed,
            free_share=share,
            compaction=compaction,
            bytes=(store.folder / STORE).stat().st_size,
            rows=_rows(writer),
            notes=notes,
        )


def _retain(writer: Writer, rules: Sequence[Rule], *, now: datetime, program_version: str) -> ledger.Counts:
    if not rules:
        return ledger.Counts(0, 0, 0, 0)
    with ledger.entry(
        writer,
        command="maintain",
        arguments={"keep": [str(rule) for rule in rules]},
        now=now,
        program_version=program_version,
    ) as made:
        remove(made, rules)
        return ledger.enter_removal(made, cause="retention", rule="; ".join(map(str, rules)))


def _remove_noted(writer: Writer, *, now: datetime) -> None:
    """End a takedown that was cut off."""
    try:
        remove_noted(writer.store, at=now)
    except duckdb.Error as error:
        raise errors.from_duckdb(error, writer.db) from error


def _rows(writer: Writer) -> tuple[tuple[str, int], ...]:
    connection = writer.store.connection
    counted = []
    for table in tables_of(connection, CATALOG):
        [(rows,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 - from the catalog
        counted.append((table.rpartition(".")[2].strip('"'), rows))
    return tuple(counted)
