"""Writes new entries of a store to the disk, so that they survive a power failure."""

from __future__ import annotations

import errno
import os
import re
from concurrent.futures import ThreadPoolExecutor

from thinvenv.files import read_bytes, walk

try:
    import ctypes
except ImportError:  # a Python that was built without it
    ctypes = None  # type: ignore[assignment]

_WITHOUT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)
"""The errors of files and file systems that cannot be synced."""
_FORBIDDEN = (errno.ENOSYS, errno.EPERM)
"""The errors of calls that a container forbids."""
_SYNCED_AT_ONCE = 32
"""A journal writes what many threads wait for at once, which takes a tenth of the time of one file after the other."""
_SYNCED_WHOLE = frozenset({"ext4", "xfs", "btrfs"})
"""The file systems that are synced as a whole, which takes a third of the time, and nearly no processor time."""
_MANY = 500
"""The number of files and directories from which a file system is synced as a whole."""
_REPORTS_ERRORS = (5, 8)
"""The version of Linux from which syncing a file system reports that the disk is full or broken."""
_LITTLE = 512 * 1024
"""The kilobytes that wait to be written on the machine, up to which a file system is synced as a whole. It waits for
those of all others, too."""
_MOUNTS, _MEMORY = "/proc/self/mountinfo", "/proc/meminfo"
_ESCAPE = re.compile(r"\\([0-7]{3})")
_UNWRITTEN = re.compile(r"^(?:Dirty|Writeback): +(\d+) kB", re.MULTILINE)


def sync(root: str, count: int) -> None:
    """Write a tree to the disk. A rename may be there after a power failure while the content of files is not.

    Args:
        root: The tree.
        count: The number of files and directories in it.

    Raises:
        OSError: The disk is full or broken.

    """
    # Windows syncs no directories, and no files that are open for reading.
    if os.name != "nt" and not (count >= _MANY and _can_sync_file_system(root) and _sync_file_system(root)):
        paths = [os.path.join(folder, name) for folder, _, files in walk(root) for name in (*files, "")]
        try:
            with ThreadPoolExecutor(_SYNCED_AT_ONCE) as executor:
                list(executor.map(_sync_files, (paths[start::_SYNCED_AT_ONCE] for start in range(_SYNCED_AT_ONCE))))
        except RuntimeError:  # the user has as many processes and threads as are allowed
            _sync_files(paths)


def _sync_files(paths: list[str]) -> None:
    """Sync several files: a task for each would take longer than most calls."""
    for path in paths:
        _sync(path)


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


def _can_sync_file_system(root: str) -> bool:
    """Return whether the whole file system of a tree can be synced, and little of others would be written with it."""
    try:
        name = _file_system_of(root)
        unwritten = sum(map(int, _UNWRITTEN.findall(read_bytes(_MEMORY).decode())))
    except (OSError, ValueError, IndexError):  # not on Linux
        return False
    release = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))
    return name in _SYNCED_WHOLE and release >= _REPORTS_ERRORS and unwritten <= _LITTLE


def _file_system_of(path: str) -> str:
    """Return the type of the file system that a path lies on.

    The numbers of devices do not tell it: each subvolume of Btrfs has one of its own.

    Raises:
        OSError: The system has no list of mounts.
        ValueError: The list has another form.
        IndexError: The list has another form.

    """
    mounts = [line.split() for line in os.fsdecode(read_bytes(_MOUNTS)).splitlines()]
    types = {
        _ESCAPE.sub(lambda match: chr(int(match[1], 8)), mount[4]): mount[mount.index("-") + 1] for mount in mounts
    }
    path = os.path.realpath(path)
    while path not in types and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return types.get(path, "")


def _sync_file_system(root: str) -> bool:
    """Sync the file system of a tree, and return whether the C library and the system can.

    Raises:
        OSError: The disk is full or broken.

    """
    try:
        call = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError):  # also where Python was built without `ctypes`, or cannot load libraries
        return False
    descriptor = os.open(root, os.O_RDONLY)
    try:
        if call(descriptor):
            number = ctypes.get_errno()
            if number in _FORBIDDEN:
                return False
            raise OSError(number, os.strerror(number), root)
    finally:
        os.close(descriptor)
    return True
