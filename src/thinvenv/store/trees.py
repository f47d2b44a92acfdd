"""Trees of files in a store: made read-only, measured and removed."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress

from thinvenv.files import walk
from thinvenv.store import unsharing
from thinvenv.store._unshare_script import WRITE


def make_read_only(root: str) -> int:
    """Take the permission to write from everything below a directory.

    The directory itself keeps it, since one that cannot be written cannot be moved, and so do libraries that are shared
    with the cache of an installer: their mode is the same file's in environments that are not ours.

    Returns:
        The number of files and directories.

    Raises:
        OSError: A mode cannot be changed.

    """
    count, pending = 0, [root]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                count += 1
                status = entry.stat(follow_symlinks=False)
                is_folder = stat.S_ISDIR(status.st_mode)
                if is_folder:
                    pending.append(entry.path)
                if status.st_mode & WRITE and (is_folder or status.st_nlink == 1):
                    os.chmod(entry.path, stat.S_IMODE(status.st_mode) & ~WRITE)
                elif not is_folder:  # a hard link that no RECORD lists may be left
                    unsharing.unshare(entry.path, status)
    return count


def protect(folder: str) -> None:
    """Take the permission to write from a directory alone, where that is possible."""
    with suppress(OSError):
        os.chmod(folder, stat.S_IMODE(os.stat(folder).st_mode) & ~WRITE)


def remove(root: str) -> None:
    """Remove a tree, read-only or not.

    Raises:
        OSError: It cannot be removed.

    """
    with suppress(OSError):
        os.chmod(root, 0o700)
    for folder, folders, _ in walk(root):
        for name in folders:
            with suppress(OSError):
                os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(root)


def size_of(root: str) -> int:
    """Return the size of the files in a tree in bytes. What is removed meanwhile does not count."""
    size = 0
    for folder, _, files in walk(root):
        for name in files:
            with suppress(FileNotFoundError):
                size += os.lstat(os.path.join(folder, name)).st_size
    return size
