"""What is synced, how, and which errors count."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from thinvenv.store import syncing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path


LITTLE, MUCH = "Dirty:  11728 kB\nWriteback:  0 kB\nWritebackTmp:  999999 kB\n", "Dirty:  524289 kB\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that sets the type of the file system, what waits to be written, and the version of Linux."""

    def set_machine(kind: str = "ext4", memory: str = LITTLE, release: str = "6.1.0-18-amd64") -> None:
        mount = str(tmp_path).replace("y", r"\171")
        (tmp_path.parent / "mounts").write_text(
            f"1 0 0:1 / / rw - tmpfs a rw\n27 1 0:2 /sub {mount} rw shared:1 - {kind} b rw\n"
        )
        (tmp_path.parent / "memory").write_text(memory)
        monkeypatch.setattr(syncing, "_MOUNTS", str(tmp_path.parent / "mounts"))
        monkeypatch.setattr(syncing, "_MEMORY", str(tmp_path.parent / "memory"))
        monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))

    return set_machine


def test_everything_in_a_tree_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Callable[..., None]
) -> None:
    machine("fuse")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))

    syncing.sync(str(tmp_path), 1000)

    paths = (tmp_path, tmp_path / "folder", tmp_path / "folder" / "file")
    assert sorted(synced) == sorted(path.stat().st_ino for path in paths)


def test_this_thread_syncs_where_no_other_can_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Callable[..., None]
) -> None:
    machine("fuse")
    (tmp_path / "file").touch()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def start_few(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_few)
    syncing.sync(str(tmp_path), 1000)

    assert len(synced) >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this call")
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM, None])
def test_files_are_synced_where_a_file_system_may_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Callable[..., None], number: int | None
) -> None:
    def load(*_: object, **_options: object) -> SimpleNamespace:
        if number is None:  # a Python that is linked statically
            raise OSError("Dynamic loading not supported")
        return SimpleNamespace(syncfs=lambda _descriptor: -1)

    machine()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(ctypes, "get_errno", lambda: number)
    syncing.sync(str(tmp_path), 1000)

    assert synced


def test_a_file_system_is_synced_as_a_whole_if_it_reports_errors_and_others_write_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Callable[..., None]
) -> None:
    def is_synced_file_by_file() -> bool:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        syncing.sync(str(tmp_path), 1000)
        return bool(synced)

    machine()
    assert is_synced_file_by_file() is (sys.platform != "linux")
    monkeypatch.setattr(syncing, "_MANY", 1001)
    assert is_synced_file_by_file()
    monkeypatch.setattr(syncing, "_MANY", 1000)
    assert syncing._file_system_of(str(tmp_path / "below" / "it")) == "ext4"
    assert syncing._file_system_of("/elsewhere") == "tmpfs"
    for arguments in ({"kind": "fuse.sshfs"}, {"memory": MUCH}, {"release": "5.4.0"}):
        machine(**arguments)
        assert is_synced_file_by_file()
    machine()
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **_options: SimpleNamespace())
    assert is_synced_file_by_file()
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **_options: SimpleNamespace(syncfs=lambda _descriptor: -1))
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        syncing.sync(str(tmp_path), 1000)


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.EINVAL, nullcontext()), (errno.ENOSPC, pytest.raises(OSError, match="No space"))]
)
def test_a_full_disk_is_an_error_and_one_that_cannot_sync_is_not(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: Callable[..., None],
    number: int,
    expected: AbstractContextManager[object],
) -> None:
    machine("fuse")

    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)

    with expected:
        syncing.sync(str(tmp_path), 1000)
