"""One install at a time in an environment, and one that makes it."""

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
def locked(prefix: Path, reporter: Reporter) -> Iterator[None]:
    """Hold the lock of an environment, waiting for whoever has it.

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
def claimed(prefix: Path, cache: Cache) -> Iterator[None]:
    """Hold the place where an environment is made, waiting for whoever makes one there.

    The lock lies in the cache: a folder that comes and goes can hold none, and beside it nothing
    is to be left. Where the cache cannot be written, nobody waits.
    """
    place = os.fsencode(os.path.realpath(prefix))
    with ExitStack() as held:
        with suppress(OSError):
            folder = cache.folder("places")
            held.enter_context(FileLock(folder / f"{sha256(place).hexdigest()[:32]}.lock"))
        yield
