"""Inodes that paths of a fleet share: their blocks count once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.fleet.values import InstalledDistribution, Sizes, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinvenv.fleet.values import HardLinks, Measurement


class Share(NamedTuple):
    """What counts for an environment, after its inodes were compared with those of others.

    Attributes:
        distributions: Its distributions.
        sizes: What it takes.
        cached_bytes: The blocks of files that have links outside of the fleet.

    """

    distributions: tuple[InstalledDistribution, ...]
    sizes: Sizes
    cached_bytes: int


def shares(measurements: Sequence[Measurement]) -> list[Share]:
    """Return what counts for each environment. The first that has an inode takes its blocks."""
    paths: dict[int, Counter[int]] = {}
    for measurement in measurements:
        for links in measurement.links:
            paths.setdefault(links.device, Counter()).update(links.inodes)
    taken: dict[int, set[int]] = {device: set() for device in paths}
    return [_share(measurement, paths, taken) for measurement in measurements]


def _share(measurement: Measurement, paths: dict[int, Counter[int]], taken: dict[int, set[int]]) -> Share:
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
    return Share(distributions, sizes, cached)


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
