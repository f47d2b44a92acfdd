"""Compares environments that were measured: what they share, repeat and save."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.fleet.description import describe
from thinvenv.fleet.measure import Walk
from thinvenv.fleet.savings import Calculation
from thinvenv.fleet.values import Fleet, FleetEnvironment, Repetition, Sizes, total
from thinvenv.inventory.layers import environment_fingerprint, layer_fingerprint
from thinvenv.report import counted, human_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.fleet.values import Description, HardLinks, InstalledDistribution, Measurement


class _Share(NamedTuple):
    """What counts for an environment, after its inodes were compared with those of others.

    Attributes:
        distributions: Its distributions.
        sizes: What it takes.
        cached_bytes: The blocks of files that have links outside of the fleet.

    """

    distributions: tuple[InstalledDistribution, ...]
    sizes: Sizes
    cached_bytes: int


def is_thin(prefix: str) -> bool:
    """Return whether thinvenv has installed into the environment at a path."""
    return describe(prefix).is_thin


def measure_all(prefixes: Iterable[str]) -> Fleet:
    """Return environments whose paths are known as a fleet, without a cache.

    Args:
        prefixes: The absolute paths of their roots.

    Raises:
        OSError: This process or the machine has no resources left.

    """
    descriptions = [describe(prefix) for prefix in prefixes]
    return compare([(description, Walk(description).measure()) for description in descriptions])


def line_about(fleet: Fleet, doubtful_bytes: int = 0) -> str:
    """Return one line about environments that thinvenv has installed into.

    Args:
        fleet: The environments.
        doubtful_bytes: What they reuse that may fail to import, so that it saves nothing.

    """
    environments = fleet.environments
    own = [dist for environment in environments for dist in environment.distributions if dist.kind == "installed"]
    stored = sum(dist.kind == "stored" for environment in environments for dist in environment.distributions)
    size = human_size(sum(dist.sizes.disk_bytes for dist in own))
    saved = sum(environment.saved_bytes for environment in environments) - fleet.stored_bytes - doubtful_bytes
    subject, verb = counted(len(environments), "environment"), "reuses" if len(environments) == 1 else "reuse"
    parts = [f"thin: {subject} {verb} {sum(environment.reused for environment in environments)}"]
    parts += [f"link {stored} from stores"] if stored else []
    parts += [f"hold {len(own)} of their own ({size})"] if own else []
    parts += [f"take {human_size(fleet.sizes.disk_bytes)} on disk"]
    parts += [f"saved {human_size(saved)}"] if saved > 0 else []
    return ", ".join(parts)


def compare(examined: Sequence[tuple[Description, Measurement]], skipped: Iterable[str] = ()) -> Fleet:
    """Return a fleet of environments that have been examined.

    Args:
        examined: What the files of each environment say, and what it takes, in the order of their paths.
        skipped: A line for each path that was passed over.

    """
    calculation, environments = Calculation(), []
    fingerprints: dict[str, str] = {}
    shares = _shares([measurement for _, measurement in examined])
    for (description, measurement), share in zip(examined, shares, strict=True):
        savings = calculation.savings_of(description, measurement, share.distributions)
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
    repetitions = _repetitions(shares, calculation.repeated)
    return Fleet(tuple(environments), repetitions, calculation.stored_bytes, tuple(skipped))


def _repetitions(shares: Iterable[_Share], repeated: Counter[str]) -> tuple[Repetition, ...]:
    """Return the distributions of all environments; what takes most comes first."""
    copies: dict[str, Counter[str]] = {}
    sizes: dict[str, list[Sizes]] = {}
    for dist in (dist for share in shares for dist in share.distributions):
        copies.setdefault(dist.name, Counter())[dist.version] += dist.kind == "installed"
        sizes.setdefault(dist.name, []).append(dist.sizes)
    repetitions = [
        Repetition(name, dict(sorted(versions.items())), total(sizes[name]), repeated[name])
        for name, versions in copies.items()
    ]
    return tuple(sorted(repetitions, key=lambda repetition: (-repetition.sizes.disk_bytes, repetition.name)))


def _has_drifted(measurement: Measurement, fingerprints: dict[str, str]) -> bool:
    """Return whether the layers of an environment, its own included, have changed since its receipt was written.

    Layers that this user cannot read count as unchanged.

    Args:
        measurement: The environment.
        fingerprints: The fingerprints of layers that have been examined, since environments share bases.

    """
    for layer in measurement.layers:
        if layer.path not in fingerprints:
            fingerprints[layer.path] = layer_fingerprint(layer.path)
    current = environment_fingerprint(measurement.layers, fingerprints.__getitem__)
    has_changed = measurement.fingerprint not in {"", current}
    return has_changed and not any(_is_forbidden(layer.path) for layer in measurement.layers)


def _is_forbidden(path: str) -> bool:
    """Return whether permissions keep this user from reading a directory."""
    try:
        os.scandir(path).close()
    except (OSError, ValueError) as error:
        return isinstance(error, PermissionError)
    return False


def _shares(measurements: Sequence[Measurement]) -> list[_Share]:
    """Return what counts for each environment. The first that has an inode takes its blocks."""
    paths: dict[int, Counter[int]] = {}
    for measurement in measurements:
        for links in measurement.links:
            paths.setdefault(links.device, Counter()).update(links.inodes)
    taken: dict[int, set[int]] = {device: set() for device in paths}
    return [_share(measurement, paths, taken) for measurement in measurements]


def _share(measurement: Measurement, paths: dict[int, Counter[int]], taken: dict[int, set[int]]) -> _Share:
    blocks: Counter[int] = Counter()
    cached = 0
    for links in measurement.links:
        if not taken[links.device].issuperset(links.inodes):
            cached += _take(links, paths[links.device], taken[links.device], blocks)
    distributions = tuple(
        _with_blocks(dist, blocks[index]) if index in blocks else dist
        for index, dist in enumerate(measurement.distributions)
    )
    other = blocks[len(distributions)]
    sizes = total([*(dist.sizes for dist in distributions), measurement.other, Sizes(disk_bytes=other)])
    return _Share(distributions, sizes, cached)


def _take(links: HardLinks, paths: Counter[int], taken: set[int], blocks: Counter[int]) -> int:
    """Add the blocks of inodes that no environment has taken to their owners.

    Returns:
        The blocks of those that have links outside of the fleet.

    """
    cached = 0
    for inode, size, count, owner in zip(links.inodes, links.blocks, links.counts, links.owners, strict=True):
        if inode not in taken:
            taken.add(inode)
            blocks[owner] += size
            cached += size if count > paths[inode] else 0
    return cached


def _with_blocks(distribution: InstalledDistribution, size: int) -> InstalledDistribution:
    sizes = distribution.sizes
    return replace(distribution, sizes=replace(sizes, disk_bytes=sizes.disk_bytes + size))
