"""Measures a fleet: finds its environments, and examines them in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING

from thinvenv.fleet import cache as fleet_cache
from thinvenv.fleet.comparison import compare
from thinvenv.fleet.description import describe
from thinvenv.fleet.discovery import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from thinvenv.cache import Cache
    from thinvenv.fleet.values import Description, Fleet, Measurement

    Examined = tuple[Description, Measurement]

_PARALLEL = 16
"""The number of environments from which several processes examine them. To start these takes as long as a few do."""
_PROCESSES_OF_A_CORE, _MOST_PROCESSES = 4, 16
"""More processes than cores: they wait for the disk when the system has not read the directories before."""
_CHUNK = 8
"""The environments that a process gets at once, at most."""
_SECONDS = 1.0
"""How long results are waited for, before a look at whether the processes are alive."""


def measure_fleet(paths: Iterable[str], cache: Cache, progress: Callable[[str], None]) -> Fleet:
    """Return the environments below paths, measured and compared.

    Nothing in them is executed or written. What cannot be read is passed over, and named in ``skipped``.

    Args:
        paths: Absolute paths of directories.
        cache: Keeps what was learnt of environments, see :mod:`thinvenv.fleet.cache`.
        progress: Is called with a line of text from time to time.

    Raises:
        OSError: This process or the machine has no resources left.

    """
    discovery = find(paths, lambda count: None if count % 100 else progress(f"{count} environments found"))
    examined = []
    for count, result in enumerate(_examine_all(discovery.environments, cache), 1):
        if not result[0].problem or os.path.isdir(result[0].path):  # else it was removed meanwhile
            examined.append(result)
        if not count % 50:
            progress(f"{count} of {len(discovery.environments)} environments measured")
    skipped = [*discovery.skipped, *(line for _, measurement in examined for line in measurement.skipped)]
    return compare(examined, skipped)


def _examine(path: str, cache: Cache) -> Examined:
    description = describe(path)
    return description, fleet_cache.measured(description, cache)


def _examine_each(paths: Iterable[str], cache: Cache) -> list[Examined]:
    return [_examine(path, cache) for path in paths]


def _examine_all(paths: Sequence[str], cache: Cache) -> Iterator[Examined]:
    """Yield what is known of each environment, in their order; several processes examine many of them.

    A process that has threads is not forked, since a lock that another thread holds would never be released.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    processes = min(cores * _PROCESSES_OF_A_CORE, _MOST_PROCESSES)
    count = 0
    if len(paths) >= _PARALLEL and processes and threading.active_count() == 1:
        for result in _examine_in_parallel(paths, cache, processes):
            yield result
            count += 1
    yield from (_examine(path, cache) for path in paths[count:])


def _examine_in_parallel(paths: Sequence[str], cache: Cache, processes: int) -> Iterator[Examined]:
    """Yield what is known of environments, as long as no process is killed, as by a system that is out of memory."""
    size = min(_CHUNK, -(-len(paths) // processes))
    chunks = [paths[start : start + size] for start in range(0, len(paths), size)]
    others = {*multiprocessing.active_children()}
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        workers = {*multiprocessing.active_children()} - others
        results = pool.imap(partial(_examine_each, cache=cache), chunks)
        while True:
            try:
                yield from results.next(_SECONDS)
            except StopIteration:
                return
            except multiprocessing.TimeoutError:
                if not all(worker.is_alive() for worker in workers):
                    return  # the results of a dead worker will never come
