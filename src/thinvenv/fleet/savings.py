"""What thinvenv saves in a fleet, and what it would save."""

from __future__ import annotations

import os
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.distributions.disk_usage import usage_of
from thinvenv.fleet.ownership import distributions_in
from thinvenv.fleet.values import Description

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.fleet.values import InstalledDistribution, Measurement
    from thinvenv.model import Distribution

_SITES = ("lib/python{}/site-packages", "lib/python{}/dist-packages", "local/lib/python{}/dist-packages")
_DEBIAN = "lib/python3/dist-packages"
_WINDOWS = "Lib/site-packages"


class Savings(NamedTuple):
    """What an environment saves, and would save.

    Attributes:
        saved_bytes: What it saves, because it reuses or links distributions instead of having copies.
        base_bytes: What it would save if it reused what its base has in the same version.
        store_bytes: What it would save if it linked what an environment before it has, too.

    """

    saved_bytes: int
    base_bytes: int
    store_bytes: int


class Content(NamedTuple):
    """What a copy of a distribution contains, as far as its names say: equal contents need one entry in a store.

    Extension modules are for one version of Python, and other modules for all.
    """

    name: str
    version: str
    python: str


class Calculation:
    """The savings of the environments of a fleet, one after the other."""

    def __init__(self) -> None:
        self.sources: dict[str, int] = {}
        self.repeated: Counter[str] = Counter()
        self._contents: set[Content] = set()
        self._sizes: dict[str, int] = {}

    @property
    def stored_bytes(self) -> int:
        """What the entries of stores take that the environments link, each once."""
        return sum(self.sources.values())

    def savings_of(
        self, description: Description, measurement: Measurement, distributions: Iterable[InstalledDistribution]
    ) -> Savings:
        """Return the savings of an environment, and remember its distributions for the next environments."""
        in_base = _versions(description)
        base = store = 0
        for dist in distributions:
            if dist.kind == "installed":
                size = dist.sizes.disk_bytes
                base += size if dist.version in in_base.get(dist.name, ()) else 0
                content = Content(dist.name, dist.version, description.minor if dist.is_compiled else "")
                if content in self._contents:
                    store += size
                    self.repeated[dist.name] += size
                self._contents.add(content)
        return Savings(self._saved(measurement), base, store)

    def _saved(self, measurement: Measurement) -> int:
        """Return what an environment saves: the base distributions that it reuses, and what its links lead to."""
        linked = [dist for dist in measurement.distributions if dist.source]
        names = {dist.name for dist in measurement.distributions}
        saved = sum(self._size_of(dist) for dist in measurement.reused if dist.name not in names)
        for dist in linked:
            size = self._size_of(dist.metadata_at(dist.source))
            saved += max(0, size - dist.sizes.disk_bytes)
            if dist.kind == "stored":
                self.sources[dist.source] = size
        return saved

    def _size_of(self, distribution: Distribution) -> int:
        """Return what a distribution takes that environments share. Each is measured once."""
        size = self._sizes.get(distribution.location)
        if size is None:
            size = self._sizes[distribution.location] = usage_of(distribution).disk_bytes
        return size


def _versions(description: Description) -> Mapping[str, Iterable[str]]:
    """Return the versions of the distributions that the bases of an environment have, by name; none if it has thin."""
    if description.is_thin or not description.minor:
        return {}
    return _versions_below((description.base, *description.bases), description.minor)


@lru_cache(maxsize=1024)
def _versions_below(prefixes: tuple[str, ...], minor: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for site in (site for prefix in prefixes if prefix for site in base_sites(prefix, minor)):
        for dist in distributions_in(site, Description(site, minor, "", "off")):
            versions.setdefault(dist.name, set()).add(dist.version)
    return versions


def base_sites(prefix: str, minor: str) -> list[str]:
    """Return the site directories of a prefix: an installation or an environment. No interpreter is started.

    Args:
        prefix: The prefix, or a site directory itself.
        minor: The version of Python, such as ``3.12``.

    """
    names = [*(site.format(minor) for site in _SITES), _DEBIAN, _WINDOWS]
    sites = [path for name in names if os.path.isdir(path := os.path.join(prefix, name))]
    return sites or ([prefix] if distributions_in(prefix, Description(prefix, minor, "", "off")) else [])
