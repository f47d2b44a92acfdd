"""The lock of an environment, also where the file system has none."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from support.venv import NoteCollector
from thinvenv.cache import Cache
from thinvenv.context.lock import creation_lock, environment_lock
from thinvenv.errors import UnwritableError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_a_file_system_without_locks_stops_nothing(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
    monkeypatch.setattr(fcntl, "lockf", fail)
    notes: list[str] = []

    with environment_lock(tmp_path, NoteCollector(notes)), creation_lock(tmp_path, Cache(tmp_path / "cache")):
        pass

    assert all("has no locks" in note for note in notes)


def test_an_environment_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(UnwritableError, match="cannot write"),
        environment_lock(tmp_path / "file", NoteCollector([])),
    ):
        pass


def test_a_lack_of_open_files_says_nothing_about_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(fcntl, "flock", fail)

    with (
        pytest.raises(OSError, match="Too many open files"),
        environment_lock(tmp_path, NoteCollector([])),
    ):
        pass
