"""Locks: one install at a time in an environment, and one call that creates it."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from thinvenv.context.file_locks import FileLock, LockTimeoutError
from thinvenv.errors import UnwritableError
from thinvenv.files import content_digest, is_exhaustion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.cache import Cache
    from thinvenv.context.reporter import Reporter

FILE_NAME = ".thinvenv.lock"
_WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EIO})
"""The errors of file systems that have no locks. One that fails altogether fails again at the first write."""


@contextmanager
def environment_lock(prefix: Path, reporter: Reporter) -> Iterator[None]:
    """Hold the lock of an existing environment during the block. Wait while another process holds it.

    Where the file system has no locks, as NFS without a lock service, there is none, and a note says so.

    Raises:
        UnwritableError: The environment cannot be written.
        OSError: This process or the machine has no resources left.

    """
    lock = FileLock(prefix / FILE_NAME)
    try:
        acquire(lock, f"another install into {prefix}", reporter)
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in _WITHOUT_LOCKS:
            if is_exhaustion(error):  # this is no problem of the environment
                raise
            raise UnwritableError.of_writing(prefix, error) from error
        reporter.note(f"the file system of {prefix} has no locks, so only one install may run there at once: {error}")
    try:
        yield
    finally:
        lock.release()


def acquire(lock: FileLock, holder: str, reporter: Reporter) -> None:
    """Wait for a lock, and say so if somebody else holds it.

    Args:
        lock: The lock.
        holder: Who else may hold it, for the person.
        reporter: Receives what the call waits for.

    Raises:
        OSError: The file cannot be opened, or its file system has no locks.

    """
    try:
        lock.acquire(timeout=0)
    except LockTimeoutError:
        reporter.progress(f"waiting for {holder}")
        lock.acquire()


@contextmanager
def creation_lock(prefix: Path, cache: Cache) -> Iterator[None]:
    """Hold the lock for creating an environment at a path. Wait while another process holds it.

    The lock file is in the cache: creating replaces the folder itself, and no file is left beside
    it. If the cache cannot be written, there is no lock.
    """
    path = os.fsencode(os.path.realpath(prefix))
    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError):
            folder = cache.folder("places")
            stack.enter_context(FileLock(folder / f"{content_digest(path)[:32]}.lock"))
        yield
