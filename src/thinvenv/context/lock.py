"""Locks: of files, of one install at a time in an environment, of one call that creates it.

The lock of a file has the interface of filelock. Importing that takes a tenth of the time of creating an environment
from a store (22 of 200 ms with filelock 4.3), most of it for kinds of locks that nobody here uses. Everywhere but on
Windows, a lock is one call of the system.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from thinvenv.errors import UnwritableError
from thinvenv.files import content_digest, is_exhaustion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from thinvenv.cache import Cache
    from thinvenv.context.reporter import Reporter

FILE_NAME = ".thinvenv.lock"
_WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EIO})
"""The errors of file systems that have no locks. One that fails altogether fails again at the first write."""

if sys.platform == "win32":
    from filelock import FileLock
    from filelock import Timeout as LockTimeoutError
else:
    import fcntl

    _POLL_SECONDS = 0.05
    _FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    """A link would lead to a file elsewhere, and opening a pipe would wait."""

    class LockTimeoutError(TimeoutError):
        """Another process or thread holds the lock."""

    class FileLock:
        """An exclusive lock, which ends with its process. The file is created, and stays.

        Args:
            path: The file.
            mode: Its permissions, of which the umask is taken away.

        """

        def __init__(self, path: str | os.PathLike[str], *, mode: int = 0o644) -> None:
            self._path = path
            self._mode = mode
            self._descriptor: int | None = None

        def acquire(self, timeout: float = -1) -> None:
            """Wait for the lock.

            Args:
                timeout: The seconds to wait at most; any negative number sets no limit.

            Raises:
                LockTimeoutError: Another process or thread holds it all the time.
                OSError: The file cannot be opened, or its file system has no locks.

            """
            start = time.monotonic()
            while not self._try_to_acquire():
                if 0 <= timeout <= time.monotonic() - start:
                    raise LockTimeoutError(self._path)
                time.sleep(_POLL_SECONDS)

        def release(self) -> None:
            """Give the lock to another. Nothing happens if it is not held."""
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

        def __enter__(self) -> None:
            """Wait for the lock."""
            self.acquire()

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
        ) -> None:
            """Release the lock."""
            self.release()

        def _try_to_acquire(self) -> bool:
            descriptor = os.open(self._path, _FLAGS, self._mode)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Its last holder may have removed the file, and somebody else may have locked a new one.
                if os.path.samestat(os.fstat(descriptor), os.stat(self._path)):
                    self._descriptor, descriptor = descriptor, -1
                    return True
            except (BlockingIOError, FileNotFoundError):
                pass
            finally:
                if descriptor >= 0:
                    os.close(descriptor)
            return False


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
