"""The locks of a store, also where the file system has none."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

from support.venv import NoteCollector
from thinvenv.store import locks
from thinvenv.store.places import Store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_file_system_without_locks_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", fail)
    monkeypatch.setattr(fcntl, "lockf", fail)
    store = Store(str(tmp_path))

    with locks.filling(store, NoteCollector([])), locks.in_use(store):
        pass
    with locks.unused(store):
        entered = True

    assert entered
