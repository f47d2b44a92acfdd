"""Trees of files in a store: made read-only, measured, and removed."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def make_read_only(root: str) -> None:
    """Take the permission to write from everything below a directory, and from nobody else's files.

    The directory itself keeps it, since one that cannot be written cannot be moved.

    Raises:
        OSError: A mode cannot be changed.

    """
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            os.chmod(path, stat.S_IMODE(os.lstat(path).st_mode) & ~_WRITE)


def protect(folder: str) -> None:
    """Take the permission to write from a directory alone, where that is possible."""
    with suppress(OSError):
        os.chmod(folder, stat.S_IMODE(os.stat(folder).st_mode) & ~_WRITE)


def remove(root: str) -> None:
    """Remove a tree, read-only or not.

    Raises:
        OSError: It cannot be removed.

    """
    with suppress(OSError):
        os.chmod(root, 0o700)
    for folder, folders, _ in os.walk(root):
        for name in folders:
            with suppress(OSError):
                os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(root)


def size_of(root: str) -> int:
    """Return the size of the files in a tree in bytes."""
    paths = (os.path.join(folder, name) for folder, _, files in os.walk(root) for name in files)
    return sum(os.lstat(path).st_size for path in paths)
