"""Locks of files: one holder at a time, whoever removes the file."""

from __future__ import annotations

import os
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from thinvenv.context.lock import FileLock, LockTimeoutError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    with first:
        with pytest.raises(LockTimeoutError):
            second.acquire(timeout=0)
        with pytest.raises(LockTimeoutError):
            second.acquire(timeout=0.01)
        second.release()
    second.acquire(timeout=0)
    with pytest.raises(LockTimeoutError):
        first.acquire(timeout=0)
    second.release()


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    holder = FileLock(tmp_path / "lock")
    holder.acquire()
    timer = Timer(0.02, holder.release)
    timer.start()

    with FileLock(tmp_path / "lock"):
        timer.join()

    assert not timer.is_alive()


def test_the_lock_of_a_removed_file_is_not_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = FileLock(path)
    holder.acquire()
    path.unlink()
    path.touch()

    with FileLock(path):
        assert os.path.getsize(path) == 0
    holder.release()


def test_a_file_removed_while_it_is_locked_is_created_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = tmp_path / "lock", os.open

    def open_and_remove(*arguments: object) -> int:
        monkeypatch.setattr(os, "open", opened)
        descriptor = opened(*arguments)  # type: ignore[arg-type]
        path.unlink()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_remove)
    with FileLock(path):
        assert path.exists()


def test_an_error_of_the_system_is_raised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "missing" / "lock").acquire(timeout=0)


def test_no_file_elsewhere_is_locked_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="lock"):
        FileLock(tmp_path / "lock").acquire(timeout=0)
    assert not (tmp_path / "elsewhere").exists()
