"""The writer's lock: who holds it, when it is free, and what a heartbeat from another machine means."""

import errno
import json
import os
from pathlib import Path

import pytest

from records import BusyError
from warehouse import lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def owned_by(path: Path, *, boot: str, heard_s_ago: float) -> None:
    owner = {"pid": 4711, "host": "elsewhere", "since": "2025-11-04T10:00:00Z", "boot": boot}
    path.write_text(json.dumps(owner))
    at = path.stat().st_mtime - heard_s_ago
    os.utime(path, (at, at))


def test_it_names_process_host_and_time(path: Path):
    held = lock.take(path, path, wait_s=0)
    owner = json.loads(path.read_text())
    assert (owner["pid"], owner["since"][:2]) == (os.getpid(), "20")
    with pytest.raises(BusyError, match=rf"process {os.getpid()} on .* since 20.*, last heard of 0 s ago"):
        lock.take(path, path, wait_s=0)
    os.close(held)


def test_it_is_free_when_it_was_given_back(path: Path):
    lock.keep_alive(lock.take(path, path, wait_s=0))()
    assert path.read_text() == ""
    os.close(lock.take(path, path, wait_s=0))


def test_what_a_process_of_this_machine_left_behind_is_taken_over_at_once(path: Path):
    owned_by(path, boot=lock._boot(), heard_s_ago=0)
    os.close(lock.take(path, path, wait_s=0))


def test_an_owner_on_another_machine_holds_it_while_it_is_heard_of(path: Path):
    owned_by(path, boot="another", heard_s_ago=lock.STALE_S / 2)
    with pytest.raises(
        BusyError, match="process 4711 on elsewhere since 2025-11-04T10:00:00Z, last heard of 30 s"
    ):
        lock.take(path, path, wait_s=0)


def test_an_owner_on_another_machine_that_fell_silent_has_lost_it(path: Path):
    owned_by(path, boot="another", heard_s_ago=lock.STALE_S + 1)
    os.close(lock.take(path, path, wait_s=0))


def test_where_the_file_system_knows_no_locks_the_heartbeat_decides(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unknown)
    owned_by(path, boot="another", heard_s_ago=0)
    with pytest.raises(BusyError, match="process 4711"):
        lock.take(path, path, wait_s=0)
    owned_by(path, boot="another", heard_s_ago=lock.STALE_S + 1)
    os.close(lock.take(path, path, wait_s=0))


def test_the_heartbeat_sets_the_time_of_the_file(path: Path):
    held = lock.take(path, path, wait_s=0)
    os.utime(held, (0, 0))
    release = lock.keep_alive(held, every_s=0.001)
    while path.stat().st_mtime == 0:
        pass
    release()


def test_a_file_that_is_no_record_names_nobody(path: Path):
    path.write_bytes(b"\0\xff")
    held = lock.take(path, path, wait_s=0)
    path.write_bytes(b"[]")
    with pytest.raises(BusyError, match="by another process: run this again"):
        lock.take(path, path, wait_s=0)
    os.close(held)
