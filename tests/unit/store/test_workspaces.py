"""The folders in which entries are made: removed at once if their process was killed, wherever that can be known."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from thinvenv.store import collection, places, roots, workspaces

_FILL = """
import os, signal, sys
from thinvenv.store import places, workspaces

with workspaces.workspace(places.Store(sys.argv[1])) as folder:
    os.makedirs(os.path.join(folder, "root", "package"))
    os.chmod(os.path.join(folder, "root"), 0o555)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> places.Store:
    store = places.Store(str(tmp_path / "store"))
    places.create(store)
    return store


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_stays(store: places.Store) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _FILL, store.path], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())

        collection.prune(store)
        assert (folder / "root" / "package").is_dir()

        process.send_signal(signal.SIGKILL)
    collection.prune(store)

    assert not os.listdir(store.staging)


def test_a_folder_and_its_lock_are_removed_when_they_are_no_longer_needed(store: places.Store) -> None:
    with pytest.raises(FileNotFoundError), workspaces.workspace(store) as folder:
        Path(folder, "missing").rename(folder)

    assert not os.listdir(store.staging)


def test_what_a_process_leaves_before_it_creates_the_folder_or_after_it_removes_it_is_removed(
    store: places.Store,
) -> None:
    Path(store.staging, f"{roots.this_machine()}.4242.0a1b2c3d.lock").touch()

    workspaces.remove_abandoned(store)

    assert not os.listdir(store.staging)


def test_a_folder_that_cannot_be_removed_keeps_its_lock(store: places.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(store.staging, f"{roots.this_machine()}.4242.0a1b2c3d")
    folder.mkdir()

    def fail(_root: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patch:
        patch.setattr("thinvenv.store.trees.remove", fail)
        workspaces.remove_abandoned(store)

    assert sorted(os.listdir(store.staging)) == [folder.name, f"{folder.name}.lock"]
    workspaces.remove_abandoned(store)
    assert not os.listdir(store.staging)


def test_the_folder_of_another_machine_stays(store: places.Store) -> None:
    folder = Path(store.staging, "othermachine-0123456789ab.4242.0a1b2c3d")
    folder.mkdir()

    collection.prune(store)

    assert folder.is_dir()


def test_without_locks_nobody_takes_a_folder_for_abandoned(
    store: places.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", fail)
        with workspaces.workspace(store) as folder:
            assert os.listdir(store.staging) == [os.path.basename(folder)]
            patch.undo()  # as if another process, or a later mount of the file system, had locks
            collection.prune(store)
            assert Path(folder).is_dir()

    assert not os.listdir(store.staging)
