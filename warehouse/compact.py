"""Gives free blocks back: copies what a store holds into a new file and puts that in its place."""

import os
from dataclasses import dataclass

import duckdb

from records import WarehouseError
from warehouse import errors, publish
from warehouse.files import sync_folder
from warehouse.integrity import read_tables
from warehouse.places import COMPACTION_DUE, STORE, clear_left_over, sync_file, wal_of
from warehouse.store import CATALOG, STORAGE_VERSION, Store, quoted

FREE_SHARE = 0.4
"""Compaction pays above this share of free blocks: under 5 % daily updates a store levels off at 2.5 times
its size (measured in issue 4), and copying costs 15 s at 100,000 articles."""

_FRESH = "compacting"
_APOSTROPHE = "'"


@dataclass(frozen=True, slots=True)
class Compaction:
    """The size of a store in bytes, before and after."""

    before: int
    after: int


def free_share(store: Store) -> float:
    """The share of the store's blocks that hold nothing, 0 to 1; for an empty store 0."""
    for _ in range(2):  # what the first one frees at the end of the file, the second gives back
        store.connection.execute(f"CHECKPOINT {CATALOG}")
    found = store.connection.execute(
        "SELECT free_blocks, total_blocks FROM pragma_database_size() WHERE database_name = ?", [CATALOG]
    ).fetchall()
    free, total = found[0] if found else (0, 0)
    return float(free) / float(total) if total else 0.0


def is_due(store: Store) -> bool:
    """Whether free blocks may still hold what was forgotten."""
    return (store.folder / COMPACTION_DUE).exists()


def make_due(store: Store) -> None:
    """Note, before anything is forgotten, that the store is to be compacted and published again."""
    marker = store.folder / COMPACTION_DUE
    marker.touch()
    sync_folder(store.folder)
    publish_again(store)


def publish_again(store: Store) -> None:
    """Have the store published next time even where its ledger did not move."""
    record = publish.read_record(store.folder)
    publish.write_record(store.folder, publish.Published("", record.files))


def compact(store: Store) -> Compaction:
    """Copy the store into a new file without a free block, and put it in the old one's place in one step.

    A kill at any moment leaves the old store or the new one, each whole. The copy is compared row by row with
    the original before it takes its place.

    Raises:
        WarehouseError: no room for the copy, or the copy is not the same; the store stays as it was.
    """
    target, fresh = store.folder / STORE, store.folder / _FRESH
    clear_left_over(store.folder)
    try:
        connection = store.connection
        connection.execute(f"CHECKPOINT {CATALOG}")
        before = target.stat().st_size
        _copy(connection, str(fresh), store)
        sync_file(fresh)
        # Closing checkpoints; a log left here would be replayed onto the new file.
        connection.close()
        if wal_of(target).exists():
            raise WarehouseError(
                f"{store.db} was not compacted, because its write-ahead log could not be emptied: free some "
                "space and run `dateline maintain` again"
            )
        publish_again(store)
        fresh.replace(target)
        sync_folder(store.folder)
    except duckdb.Error as error:
        raise errors.from_duckdb(error, store.db) from error
    except OSError as error:
        raise errors.from_os(error, store.db) from error
    finally:
        clear_left_over(store.folder)
        store.reopen()
    (store.folder / COMPACTION_DUE).unlink(missing_ok=True)
    return Compaction(before, os.stat(target).st_size)  # noqa: PTH116 - the file that is open now


def _copy(connection: duckdb.DuckDBPyConnection, fresh: str, store: Store) -> None:
    literal = quoted(fresh, mark=_APOSTROPHE)
    connection.execute(f"ATTACH {literal} AS {_FRESH} (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        connection.execute(f"COPY FROM DATABASE {CATALOG} TO {_FRESH}")
        connection.execute(f"CHECKPOINT {_FRESH}")
        if read_tables(connection, CATALOG) != read_tables(connection, _FRESH):
            raise WarehouseError(
                f"{store.db} was not compacted, because the copy did not hold the same rows: look into it "
                "with `dateline doctor`"
            )
    finally:
        connection.execute(f"DETACH {_FRESH}")
