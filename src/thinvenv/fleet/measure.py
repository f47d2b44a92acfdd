"""Measures an environment: one walk over its files, without following links."""

from __future__ import annotations

import os
from array import array
from dataclasses import replace
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING

from thinvenv.distributions.disk_usage import blocks_of
from thinvenv.environments import receipt
from thinvenv.files import DEPTH, is_exhaustion
from thinvenv.fleet.ownership import Site, distributions_in
from thinvenv.fleet.values import HardLinks, Measurement, Sizes

if TYPE_CHECKING:
    from thinvenv.fleet.values import Description

_PLAIN = -1
"""Stands for the owner of what is outside of the site directories."""
_LATEST = 2**63 - 1
"""The largest number of an array with the type ``q``."""
_SHARED = -2
"""Stands for the owners of what several distributions have files below."""


def time_of(status: os.stat_result) -> int:
    """Return the modification time of a file in nanoseconds, limited to what an array holds."""
    return max(-_LATEST, min(status.st_mtime_ns, _LATEST))


class Walk:
    """One walk over an environment.

    Args:
        description: What the files of the environment say.

    Attributes:
        folders: The directories of the environment, relative to its root; the first is the root itself.
        times: Their modification times, in nanoseconds.

    """

    def __init__(self, description: Description) -> None:
        self.root = description.path
        self.is_thin = description.is_thin
        self.sites: dict[str, Site] = {}
        self.outside: dict[str, dict[str, int]] = {}
        start = 0
        for path in description.sites:
            site = self.sites[path] = Site(path, distributions_in(path, description), start)
            for folder, owners in site.outside.items():
                self.outside.setdefault(folder, {}).update(owners)
            start += len(site.distributions)
        self.nobody = start
        self.folders: list[str] = []
        self.times = array("q")
        self._sums = [[0, 0, 0, 0] for _ in range(start + 1)]
        self._links: dict[int, HardLinks] = {}
        self._skipped: list[str] = []
        self._pending: list[tuple[str, int, Site | None, int]] = []

    def measure(self) -> Measurement:
        """Return what the environment takes.

        Raises:
            OSError: This process or the machine has no resources left.

        """
        try:
            self._enter(self.root, os.lstat(self.root), _PLAIN, None, 0)
        except OSError as error:
            self._skip(self.root, error)
        while self._pending:
            self._scan(*self._pending.pop())
        sizes = [Sizes(*sums) for sums in self._sums]
        distributions = [dist for site in self.sites.values() for dist in site.distributions]
        last = (receipt.load(Path(self.root)) if self.is_thin else None) or receipt.Receipt()
        return Measurement(
            tuple(replace(dist, sizes=size) for dist, size in zip(distributions, sizes, strict=False)),
            sizes[-1],
            tuple(self._links.values()),
            tuple(step.distribution for step in last.reused),
            last.layers,
            last.fingerprint,
            tuple(self._skipped),
        )

    def _scan(self, folder: str, owner: int, site: Site | None, depth: int) -> None:
        """Count what is in a directory.

        Args:
            folder: The directory.
            owner: The distribution that all of it belongs to, :data:`_PLAIN` or :data:`_SHARED`.
            site: The site directory that it lies in.
            depth: How deep it lies in the environment.

        """
        try:
            with os.scandir(folder) as scanned:
                entries = list(scanned)
        except OSError as error:
            self._skip(folder, error)
            return
        if depth > DEPTH:
            self._skipped.append(f"{folder}: it is more than {DEPTH} directories deep")
            return
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                self._skip(entry.path, error)
                continue
            if S_ISDIR(status.st_mode):
                below = owner if owner >= 0 else self._owner_below(entry.name, owner, site)
                self._enter(entry.path, status, below, site or self.sites.get(entry.path), depth + 1)
            else:
                self._count(owner if owner >= 0 else self._owner_of(folder, entry.name, owner, site), status)

    def _enter(self, folder: str, status: os.stat_result, owner: int, site: Site | None, depth: int) -> None:
        sums = self._sums[owner if owner >= 0 else self.nobody]
        sums[1] += 1
        sums[2] += status.st_size
        sums[3] += blocks_of(status)
        self.folders.append(folder[len(self.root) + 1 :])
        self.times.append(time_of(status))
        self._pending.append((folder, owner, site, depth))

    def _count(self, owner: int, status: os.stat_result) -> None:
        sums = self._sums[owner]
        sums[0] += 1
        sums[2] += status.st_size
        if status.st_nlink == 1:
            sums[3] += blocks_of(status)
            return
        links = self._links.get(status.st_dev)
        if links is None:
            links = self._links[status.st_dev] = HardLinks(
                status.st_dev, array("Q"), array("Q"), array("I"), array("I")
            )
        links.inodes.append(status.st_ino)
        links.blocks.append(blocks_of(status))
        links.counts.append(status.st_nlink)
        links.owners.append(owner)

    def _owner_below(self, name: str, owner: int, site: Site | None) -> int:
        """Return the owner of what is in a directory that lies in one with several owners or none."""
        if owner == _SHARED or site is None:
            return owner
        return _SHARED if site.is_shared(name) else site.tops.get(name, self.nobody)

    def _owner_of(self, folder: str, name: str, owner: int, site: Site | None) -> int:
        if site is None:
            return self.outside.get(folder, {}).get(name, self.nobody)
        if owner == _PLAIN:
            return site.tops.get(name, self.nobody)
        index = site.owner_of(folder[len(site.path) + 1 :], name)
        return self.nobody if index is None else index

    def _skip(self, path: str, error: OSError) -> None:
        """Note a path that cannot be examined.

        Raises:
            OSError: This process or the machine has no resources left.

        """
        if is_exhaustion(error):
            raise error
        if not isinstance(error, FileNotFoundError):  # what was removed meanwhile
            self._skipped.append(f"{path}: {error.strerror or error}")
