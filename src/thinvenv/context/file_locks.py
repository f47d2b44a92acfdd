"""Locks of files: FileLock, with the interface of filelock.

Importing filelock takes a tenth of the time of creating an environment from a store (22 of 200 ms with filelock 4.3),
most of it for kinds of locks that nobody here uses. Everywhere but on Windows, a lock is one call of the system.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

__all__ = ["FileLock", "LockTimeoutError"]

if sys.platform == "win32":
    from filelock import FileLock
    from filelock import Timeout as LockTimeoutError
else:
    import fcntl

    if TYPE_CHECKING:
        from types import TracebackType

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
