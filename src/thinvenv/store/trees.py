"""Trees of files in a store: unshared, made read-only, synced, measured and removed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

_WITHOUT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)
"""The errors of files and file systems that cannot be synced."""
_SYNCED_AT_ONCE = 32
"""A journal writes what many threads wait for at once, which takes a tenth of the time of one file after the other."""
_LIBRARY = re.compile(r"\.(so|dylib|pyd|dll|a|lib)(\.[\d.]+)?$")


def unshare(root: str) -> None:
    """Replace the files that are hard links to the cache of an installer by copies, compiled libraries apart.

    People edit modules in an environment to debug them, and such a change must reach neither the store nor the cache.
    Nobody edits compiled libraries, which are two thirds of the bytes of scientific distributions. One that other users
    own or can write is copied, too.

    Raises:
        OSError: The disk is full.

    """
    paths = (os.path.join(folder, name) for folder, _, files in os.walk(root) for name in files)
    _in_threads(_separate, list(paths), os.cpu_count() or 1)


def sync(root: str) -> None:
    """Write a tree to the disk. A rename may be there after a power failure while the content of files is not.

    Raises:
        OSError: The disk is full or broken.

    """
    if os.name == "nt":  # it syncs no directories, and no files that are open for reading
        return
    paths = [os.path.join(folder, name) for folder, _, files in os.walk(root) for name in (*files, "")]
    _in_threads(_sync, paths, _SYNCED_AT_ONCE)


def make_read_only(root: str) -> None:
    """Take the permission to write from everything below a directory.

    The directory itself keeps it, since one that cannot be written cannot be moved, and so do libraries that are shared
    with the cache of an installer: their mode is the same file's in environments that are not ours.

    Raises:
        OSError: A mode cannot be changed.

    """
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if status.st_mode & _WRITE and (stat.S_ISDIR(status.st_mode) or status.st_nlink == 1):
                os.chmod(path, stat.S_IMODE(status.st_mode) & ~_WRITE)


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


def _in_threads(function: Callable[[str], None], paths: list[str], count: int) -> None:
    """Call a function for each path in several threads. A task for each path would take longer than most calls."""

    def call_for_share(start: int) -> None:
        for path in paths[start::count]:
            function(path)

    with import_module("concurrent.futures").ThreadPoolExecutor(count) as executor:  # linking needs no threads
        list(executor.map(call_for_share, range(count)))


def _may_share(path: str, status: os.stat_result) -> bool:
    """Return whether a file may stay a hard link to the file of a cache."""
    is_own = status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return is_own and bool(_LIBRARY.search(path))


def _separate(path: str) -> None:
    """Replace a hard link by a copy that nobody can write. It has the same time, which its byte code records."""
    status = os.lstat(path)
    if status.st_nlink == 1 or _may_share(path, status):
        return
    temporary = f"{path}.new"
    shutil.copyfile(path, temporary)
    os.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.chmod(temporary, stat.S_IMODE(status.st_mode) & ~_WRITE)
    os.replace(temporary, path)


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
