"""Locks of a store: installs share one, pruning and filling exclude others.

Where the file system has no locks, there are none: entries are still complete or absent, since they appear by a
rename, and pruning looks at the roots again before it removes an entry.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from thinvenv.context.lock import FileLock, acquire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from thinvenv.context.reporter import Reporter
    from thinvenv.store.places import Store

_HAS_FLOCK = os.name != "nt"
if _HAS_FLOCK:
    import fcntl

_USE_LOCK = ".use.lock"
_FILL_LOCK = ".fill.lock"


def create(store: Store, *, shared: bool) -> None:
    """Create the lock of filling if it is missing. Members of a group have to open it for writing.

    Args:
        store: The store, whose folder exists.
        shared: Whether a group can write to the store.

    Raises:
        OSError: The store cannot be written.

    """
    path = os.path.join(store.path, _FILL_LOCK)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
        if shared:
            os.chmod(path, 0o664)


def in_use(store: Store) -> AbstractContextManager[None]:
    """Keep others from removing entries of a store during the block."""
    return _flock(store, exclusive=False)


def unused(store: Store) -> AbstractContextManager[None]:
    """Wait until no install uses a store, and let none begin during the block."""
    return _flock(store, exclusive=True)


@contextmanager
def filling(store: Store, reporter: Reporter) -> Iterator[None]:
    """Let no other process fill a store during the block, so that what several need is fetched once."""
    lock = FileLock(os.path.join(store.path, _FILL_LOCK), mode=0o644)
    with suppress(OSError, NotImplementedError):  # not on this file system
        acquire(lock, f"another process that fills {store.path}", reporter)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _flock(store: Store, *, exclusive: bool) -> Iterator[None]:
    descriptor = _open(os.path.join(store.path, _USE_LOCK)) if _HAS_FLOCK else None
    if descriptor is None:
        yield
        return
    try:
        with suppress(OSError):  # not on this file system
            fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _open(path: str) -> int | None:
    """Return a descriptor of a lock file; ``None`` in a store without one that is read-only, or does not exist."""
    for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
        try:
            return os.open(path, flags | os.O_CLOEXEC, 0o644)
        except OSError:
            continue
    return None
