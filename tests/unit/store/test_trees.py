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


def test_modules_become_copies_and_libraries_stay_hard_links(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    cache.mkdir()
    root.mkdir()
    names = ("a.py", "run.sh", "_a.cpython-312-x86_64-linux-gnu.so", "liba.so.1.2", "writable.so")
    for name in names:
        (cache / name).write_text(name)
        (cache / name).chmod(0o755 if name == "run.sh" else 0o666 if name == "writable.so" else 0o644)
        os.link(cache / name, root / name)

    umask = os.umask(0o077)
    read = [b"".join(trees.unshared_blocks(str(root / name))).decode() for name in names[:-1]]
    os.umask(umask)
    trees.make_read_only(str(root))

    assert read == [*names[:-1]]
    assert [name for name in names if os.path.samefile(cache / name, root / name)] == [*names[2:4]]
    assert [(root / name).stat().st_mode & 0o777 for name in names] == [0o444, 0o555, 0o644, 0o644, 0o444]
    assert [(root / name).read_text() for name in names] == [*names]
    assert [(cache / name).stat().st_mode & 0o777 for name in names] == [0o644, 0o755, 0o644, 0o644, 0o666]
    assert sorted(os.listdir(root)) == sorted(names)
