"""Trees of files in a store: copied, made read-only, synced, measured and removed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from thinvenv.files import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import FileIO

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

_WITHOUT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)
"""The errors of files and file systems that cannot be synced."""
_SYNCED_AT_ONCE = 32
"""A journal writes what many threads wait for at once, which takes a tenth of the time of one file after the other."""
_LIBRARY = re.compile(r"\.(so|dylib|pyd|dll|a|lib)(\.[\d.]+)?$")
_BLOCK = 1024 * 1024


def unshared_blocks(path: str) -> Iterator[bytes]:
    """Yield the content of a file, and replace it by a copy if it is a hard link to the cache of an installer.

    People edit modules in an environment to debug them, and such a change must reach neither the store nor the cache.
    Nobody edits compiled libraries, which are two thirds of the bytes of scientific distributions: these stay links
    unless other users own or can write them. Nobody can write a copy.

    Raises:
        OSError: The file cannot be read, or the disk is full.

    """
    with open(path, "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        if status.st_nlink == 1 or _may_share(path, status) or os.path.islink(path):
            yield from blocks(file)
            return
        # Not by a rename over the file: ext4 writes to the disk at once what replaces another file.
        os.unlink(path)
        mode = stat.S_IMODE(status.st_mode) & ~_WRITE
        with open(path, "xb", buffering=0, opener=lambda name, flags: os.open(name, flags, mode)) as copy:
            for block in blocks(file):
                copy.write(block)
                yield block
            if stat.S_IMODE(os.fstat(copy.fileno()).st_mode) != mode:  # the umask has taken some of it
                os.chmod(path, mode)


def sync(root: str) -> None:
    """Write a tree to the disk. A rename may be there after a power failure while the content of files is not.

    Raises:
        OSError: The disk is full or broken.

    """
    if os.name == "nt":  # it syncs no directories, and no files that are open for reading
        return
    paths = [os.path.join(folder, name) for folder, _, files in walk(root) for name in (*files, "")]
    in_threads(_sync, paths, _SYNCED_AT_ONCE)


def make_read_only(root: str) -> None:
    """Take the permission to write from everything below a directory.

    The directory itself keeps it, since one that cannot be written cannot be moved, and so do libraries that are shared
    with the cache of an installer: their mode is the same file's in environments that are not ours.

    Raises:
        OSError: A mode cannot be changed.

    """
    for folder, folders, files in walk(root):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if status.st_mode & _WRITE and (stat.S_ISDIR(status.st_mode) or status.st_nlink == 1):
                os.chmod(path, stat.S_IMODE(status.st_mode) & ~_WRITE)
            elif stat.S_ISREG(status.st_mode) and status.st_nlink > 1:  # no RECORD lists it
                deque(unshared_blocks(path), maxlen=0)


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
    for folder, folders, _ in walk(root):
        for name in folders:
            with suppress(OSError):
                os.chmod(os.path.join(folder, name), 0o700)
    shutil.rmtree(root)


def size_of(root: str) -> int:
    """Return the size of the files in a tree in bytes."""
    paths = (os.path.join(folder, name) for folder, _, files in walk(root) for name in files)
    return sum(os.lstat(path).st_size for path in paths)


def in_threads(function: Callable[[str], None], paths: list[str], count: int) -> None:
    """Call a function for each path in several threads. A task for each path would take longer than most calls."""

    def call_for_share(start: int) -> None:
        for path in paths[start::count]:
            function(path)

    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - linking needs no threads

    with ThreadPoolExecutor(count) as executor:
        list(executor.map(call_for_share, range(count)))


def blocks(file: FileIO) -> Iterator[bytes]:
    """Yield the content of a file."""
    while block := file.read(_BLOCK):
        yield block


def _may_share(path: str, status: os.stat_result) -> bool:
    """Return whether a file may stay a hard link to the file of a cache."""
    is_own = status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return is_own and bool(_LIBRARY.search(path))


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
