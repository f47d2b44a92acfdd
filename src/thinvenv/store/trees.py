"""Trees of files in a store: made read-only, measured, and removed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

_WITHOUT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)
"""The errors of files and file systems that cannot be synced."""
_SYNCED_AT_ONCE = 32
"""A journal writes what many threads wait for at once, which takes a tenth of the time of one file after the other."""


def sync(root: str) -> None:
    """Write a tree to the disk. A rename may be there after a power failure while the content of files is not.

    Raises:
        OSError: The disk is full or broken.

    """
    if os.name == "nt":  # it syncs no directories, and no files that are open for reading
        return
    paths = (os.path.join(folder, name) for folder, _, files in os.walk(root) for name in (*files, ""))
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as executor:
        list(executor.map(_sync, paths))


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


def _sync(path: str) -> None:
    if os.path.islink(path):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _WITHOUT_SYNC:
            raise
    finally:
        os.close(descriptor)
