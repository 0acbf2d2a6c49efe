"""Damaged files, of the store and under the published name: named, never overwritten, and brought back."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.fingerprint import fingerprint
from benchmarks.made_up import BROKEN, batch
from records import UsageError, WarehouseError
from warehouse.read import query
from warehouse.restore import restore
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
HEADER_BYTES = 3 * 4096
BLOCK_BYTES = 1 << 18


def cut(size: float) -> Callable[[Path], None]:
    """All but a share of the file is lost, or all but so many bytes."""
    return lambda path: os.truncate(path, int(size * path.stat().st_size) if size < 1 else int(size))


def zeroed(first: int, count: int) -> Callable[[Path], None]:
    def zero(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(first)
            file.write(bytes(count))

    return zero


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(1, 256)) * (path.stat().st_size // 255))


def all_blocks_zeroed(path: Path) -> None:
    zeroed(HEADER_BYTES, path.stat().st_size - HEADER_BYTES)(path)


def block_of_ids(path: Path) -> int:
    """Where in the file the block begins that holds the ids of captures, which every run reads."""
    with duckdb.connect(str(path), read_only=True) as connection:
        [(block,)] = connection.execute(
            "SELECT max(block_id) FROM pragma_storage_info('captures') WHERE column_name = 'capture_id'"
        ).fetchall()
    return HEADER_BYTES + int(block) * BLOCK_BYTES


BEYOND_OPENING = {
    "cut in half": cut(0.5),
    "cut off before the ids": lambda path: os.truncate(path, block_of_ids(path)),
    "ids zeroed": lambda path: zeroed(block_of_ids(path), BLOCK_BYTES)(path),
    "all blocks zeroed": all_blocks_zeroed,
}
AT_ONCE = {
    "all but 100 bytes cut off": cut(100),
    "zero length": cut(0),
    "garbage": garbage,
    "header zeroed": zeroed(0, HEADER_BYTES),
    "first block zeroed": zeroed(HEADER_BYTES, BLOCK_BYTES),
}
DAMAGE = BEYOND_OPENING | AT_ONCE


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of three batches, published, of which a fourth is in the store alone."""
    folder = tmp_path_factory.mktemp("sound")
    with open_writer(folder / "news.duckdb") as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        for number in range(3):
            writer.write(run_id, batch("sound", number, items=60), at=NOW)
        writer.publish()
        shutil.copy(folder / "news.duckdb", folder / "backup.duckdb")
    return folder


@pytest.fixture
def copied(sound: Path, tmp_path: Path) -> Path:
    """A database that is ours to damage; its published file is known as such."""
    shutil.copytree(sound, tmp_path / "copy")
    db = tmp_path / "copy" / "news.duckdb"
    db.unlink()
    with open_writer(db) as writer:
        writer.publish()
    return db


def tables(path: Path) -> dict[str, Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return fingerprint(connection)


def use(db: Path) -> None:
    """What a run does: open, write what is known and what is new, publish."""
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        try:
            for name, number in (("sound", 0), ("sound", 2), ("sound", 3)):
                writer.write(run_id, batch(name, number, items=60), at=NOW)
        finally:
            writer.publish()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_store_is_named_and_what_was_published_stands(copied: Path, damage: Callable[[Path], None]):
    store = copied.with_name("news.duckdb.store") / "store.duckdb"
    published = copied.read_bytes()
    damage(store)
    size = store.stat().st_size
    with pytest.raises(WarehouseError, match="restore") as raised:
        use(copied)
    assert f"The store of {copied} is damaged" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert copied.read_bytes() == published
    assert store.stat().st_size >= size
    assert list(query(copied, BROKEN).rows) == []


@pytest.mark.parametrize("damage", AT_ONCE.values(), ids=AT_ONCE)
def test_a_store_that_cannot_be_opened_stays_as_it_is(copied: Path, damage: Callable[[Path], None]):
    store = copied.with_name("news.duckdb.store") / "store.duckdb"
    damage(store)
    content = store.read_bytes()
    with pytest.raises(WarehouseError):
        open_writer(copied)
    assert store.read_bytes() == content


@pytest.mark.parametrize("backup", ["backup.duckdb", "news.duckdb"])
@pytest.mark.parametrize("damage", ["cut in half", "garbage", "zero length", "ids zeroed"])
def test_restore_brings_it_back(sound: Path, copied: Path, damage: str, backup: str):
    store = copied.with_name("news.duckdb.store") / "store.duckdb"
    DAMAGE[damage](store)
    damaged = store.read_bytes()
    restored = restore(copied.with_name(backup), copied, now=NOW)
    assert tables(copied) == tables(sound / "backup.duckdb")
    assert any(path.read_bytes() == damaged for aside in restored.aside for path in files_in(aside))
    use(copied)
    assert list(query(copied, BROKEN).rows) == []


def files_in(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_published_file_is_named_kept_and_published_anew(
    copied: Path, damage: Callable[[Path], None]
):
    copied.chmod(0o644)
    damage(copied)
    damaged = copied.read_bytes()
    with pytest.raises((WarehouseError, UsageError), match=r"news\.duckdb|checksum"):  # noqa: PT012 - any of them
        for table in ("articles", "article_versions", "version_cuts", "captures", "outcomes", "batches"):
            list(query(copied, f"FROM {table}").rows)
    use(copied)
    aside = copied.with_name("news.duckdb.set-aside-1")
    assert aside.exists() == bool(damaged)
    assert not damaged or aside.read_bytes() == damaged
    assert list(query(copied, BROKEN).rows) == []
    assert list(query(copied, "SELECT count(*) FROM outcomes").rows) == [(360,)]


def test_a_backup_that_is_damaged_restores_nothing(copied: Path):
    backup = copied.with_name("backup.duckdb")
    cut(0.5)(backup)
    before = copied.read_bytes()
    with pytest.raises(WarehouseError, match=r"backup\.duckdb"):
        restore(backup, copied, now=NOW)
    assert copied.read_bytes() == before
    use(copied)
