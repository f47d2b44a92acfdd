"""Folders in which entries are made and removed, and what killed processes leave of them.

A process holds a lock beside its folder, so whoever gets the lock knows that the owner is dead. That holds on the same
machine only: a network file system may keep its locks on each machine apart. The name of a folder therefore starts with
the machine of its owner. Where its owner could get no lock, it does not, and nothing but its age tells that it is left.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from thinvenv.context.lock import FileLock
from thinvenv.files import names_in
from thinvenv.store import trees
from thinvenv.store.roots import this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.store.places import Store

_LOCK = ".lock"
"""The end of the name of the lock of a folder."""


@contextmanager
def workspace(store: Store) -> Iterator[str]:
    """Create a folder in the staging folder of a store for the block, and remove it afterwards.

    Raises:
        OSError: The store cannot be written.

    """
    token = f"{os.getpid()}.{os.urandom(4).hex()}"
    folder = os.path.join(store.staging, f"{this_machine()}.{token}")
    lock = FileLock(f"{folder}{_LOCK}")
    try:
        lock.acquire()  # nobody else has the name, so nobody holds it for longer than `remove_abandoned` needs
    except (OSError, NotImplementedError):
        _remove_lock(lock, folder)
        folder = os.path.join(store.staging, token)
    try:
        os.mkdir(folder, 0o700)
        try:
            yield folder
        finally:
            trees.remove(folder)
    finally:
        _remove_lock(lock, folder)


def remove_abandoned(store: Store) -> None:
    """Remove the folders of killed processes of this machine, as far as this user can remove them."""
    start = f"{this_machine()}."
    names = {name.removesuffix(_LOCK) for name in names_in(store.staging) if name.startswith(start)}
    for folder in (os.path.join(store.staging, name) for name in sorted(names)):
        lock = FileLock(f"{folder}{_LOCK}")
        with suppress(OSError, NotImplementedError):  # its owner lives, or it is the folder of another user
            lock.acquire(timeout=0)
            try:
                if os.path.isdir(folder):
                    trees.remove(folder)
            finally:
                _remove_lock(lock, folder)


def _remove_lock(lock: FileLock, folder: str) -> None:
    """Remove the lock of a folder, unless the folder could not be removed, and then release it.

    In the other order, another process could hold the lock when it is removed.
    """
    with suppress(OSError):
        if not os.path.lexists(folder):
            os.unlink(f"{folder}{_LOCK}")
    lock.release()
