"""One install at a time in an environment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from thinvenv.errors import NotAnEnvironmentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.host import Host

FILE_NAME = ".thinvenv.lock"


@contextmanager
def locked(prefix: Path, host: Host) -> Iterator[None]:
    """Hold the lock of an environment, waiting for whoever has it.

    Raises:
        NotAnEnvironmentError: The environment cannot be written.

    """
    lock = FileLock(prefix / FILE_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        host.progress(f"waiting for another install into {prefix}")
        lock.acquire()
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot write to {prefix}", why=(str(error),)) from error
    try:
        yield
    finally:
        lock.release()
