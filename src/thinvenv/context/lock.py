"""Locks: one install at a time in an environment, and one call that creates it."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from thinvenv.errors import UnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.cache import Cache
    from thinvenv.context.reporter import Reporter

FILE_NAME = ".thinvenv.lock"


@contextmanager
def environment_lock(prefix: Path, reporter: Reporter) -> Iterator[None]:
    """Hold the lock of an existing environment during the block. Wait while another process holds it.

    Raises:
        UnwritableError: The environment cannot be written.

    """
    lock = FileLock(prefix / FILE_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        reporter.progress(f"waiting for another install into {prefix}")
        lock.acquire()
    except OSError as error:
        raise UnwritableError(f"cannot write to {prefix}", why=(str(error),)) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def creation_lock(prefix: Path, cache: Cache) -> Iterator[None]:
    """Hold the lock for creating an environment at a path. Wait while another process holds it.

    The lock file is in the cache: creating replaces the folder itself, and no file is left beside
    it. If the cache cannot be written, there is no lock.
    """
    path = os.fsencode(os.path.realpath(prefix))
    with ExitStack() as stack:
        with suppress(OSError):
            folder = cache.folder("places")
            stack.enter_context(FileLock(folder / f"{sha256(path).hexdigest()[:32]}.lock"))
        yield
