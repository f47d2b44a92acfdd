"""Measures a fleet: finds its environments, examines each, and compares them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from thinvenv.fingerprint import digest
from thinvenv.fleet import cache as fleet_cache
from thinvenv.fleet.description import describe
from thinvenv.fleet.discovery import find
from thinvenv.fleet.savings import Calculation
from thinvenv.fleet.sharing import shares, total
from thinvenv.fleet.values import Description, Fleet, FleetEnvironment, Measurement, Repetition
from thinvenv.inventory.layers import layer_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from thinvenv.cache import Cache
    from thinvenv.fleet.sharing import Share
    from thinvenv.fleet.values import Sizes

_PARALLEL = 32
"""The number of environments from which several processes examine them. To start these takes as long as a few do."""
_MOST_PROCESSES = 8


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


def compare(examined: Sequence[tuple[Description, Measurement]], skipped: Iterable[str] = ()) -> Fleet:
    """Return a fleet of environments that have been examined.

    Args:
        examined: What the files of each environment say, and what it takes, in the order of their paths.
        skipped: A line for each path that was passed over.

    """
    calculation, environments = Calculation(), []
    fingerprints: dict[str, str] = {}
    counted = shares([measurement for _, measurement in examined])
    for (description, measurement), share in zip(examined, counted, strict=True):
        savings = calculation.savings_of(description, measurement, share)
        environments.append(
            FleetEnvironment(
                description,
                share.distributions,
                share.sizes,
                share.cached_bytes,
                len(measurement.reused),
                *savings,
                drift=_has_drifted(measurement, fingerprints),
            )
        )
    repetitions = _repetitions(counted, calculation.repeated)
    return Fleet(tuple(environments), repetitions, calculation.stored_bytes, tuple(skipped))


def _repetitions(counted: Iterable[Share], repeated: Counter[str]) -> tuple[Repetition, ...]:
    """Return the distributions of all environments; what takes most comes first."""
    copies: dict[str, Counter[str]] = {}
    sizes: dict[str, list[Sizes]] = {}
    for dist in (dist for share in counted for dist in share.distributions):
        copies.setdefault(dist.name, Counter())[dist.version] += 1
        sizes.setdefault(dist.name, []).append(dist.sizes)
    repetitions = [
        Repetition(name, dict(sorted(versions.items())), total(sizes[name]), repeated[name])
        for name, versions in copies.items()
    ]
    return tuple(sorted(repetitions, key=lambda repetition: (-repetition.sizes.disk_bytes, repetition.name)))


def _has_drifted(measurement: Measurement, fingerprints: dict[str, str]) -> bool:
    """Return whether the layers of an environment have changed since its receipt was written.

    Args:
        measurement: The environment.
        fingerprints: The fingerprints of layers that have been examined, since environments share bases.

    """
    for layer in measurement.layers:
        if layer.path not in fingerprints:
            fingerprints[layer.path] = layer_fingerprint(layer.path)
    states = (fingerprints[layer.path] for layer in measurement.layers)
    return bool(measurement.fingerprint) and digest(states) != measurement.fingerprint


def _examine(path: str, cache: Cache) -> tuple[Description, Measurement]:
    description = describe(path)
    return description, fleet_cache.measured(description, cache)


def _examine_all(paths: Sequence[str], cache: Cache) -> Iterator[tuple[Description, Measurement]]:
    """Yield what is known of each environment, in their order; several processes examine many of them.

    A process that has threads is not forked, since a lock that another thread holds would never be released.
    """
    examine = partial(_examine, cache=cache)
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST_PROCESSES)
    if len(paths) < _PARALLEL or processes == 1 or threading.active_count() > 1:
        yield from map(examine, paths)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.imap(examine, paths, chunksize=8)
