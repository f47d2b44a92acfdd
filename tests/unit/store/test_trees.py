"""Trees of files in a store: what is synced, and which errors count."""

from __future__ import annotations

import errno
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from thinvenv.store import trees

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


def test_everything_in_a_tree_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))

    trees.sync(str(tmp_path))

    paths = (tmp_path, tmp_path / "folder", tmp_path / "folder" / "file")
    assert sorted(synced) == sorted(path.stat().st_ino for path in paths)


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.EINVAL, nullcontext()), (errno.ENOSPC, pytest.raises(OSError, match="No space"))]
)
def test_a_full_disk_is_an_error_and_one_that_cannot_sync_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: AbstractContextManager[object]
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)

    with expected:
        trees.sync(str(tmp_path))
