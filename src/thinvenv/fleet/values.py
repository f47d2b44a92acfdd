"""The values of a fleet: environments as their files describe and measure them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from thinvenv.model import Distribution

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    from thinvenv.model import Layer

Mode = Literal["inherit", "link", "off"]
"""How an environment reuses its base. An environment of another tool has ``inherit`` or ``off``."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the files of an environment say about it. No process is started to learn this.

    Attributes:
        path: The absolute path of its root.
        python: The version of its interpreter, such as ``3.12.1`` or ``3.12``; empty if nothing says it.
        tool: The tool that created it, see :mod:`thinvenv.fleet.description`.
        mode: How it reuses its base.
        base: The prefix of the installation or environment that it was created from; empty if nothing says it.
        bases: Its further bases, in the order of the import path.
        stores: The stores that it links from.
        sites: Its site directories.
        is_thin: Whether thinvenv has installed into it.
        last_use: When its interpreter was started last, as far as the file system records it, in seconds since 1970.
        problem: Why it does not work, or an empty string.

    """

    path: str
    python: str
    tool: str
    mode: Mode
    base: str = ""
    bases: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    is_thin: bool = False
    last_use: float = 0.0
    problem: str = ""

    @property
    def minor(self) -> str:
        """The version of Python that decides where modules lie, such as ``3.12``."""
        return ".".join(self.python.split(".")[:2])


@dataclass(frozen=True, slots=True)
class Sizes:
    """What paths take on disk.

    Attributes:
        files: The number of files and links, without directories.
        folders: The number of directories.
        apparent_bytes: The sizes of all paths, directories included, as ``du --apparent-size --count-links`` adds them.
        disk_bytes: The blocks that they take.

    """

    files: int = 0
    folders: int = 0
    apparent_bytes: int = 0
    disk_bytes: int = 0


def total(sizes: Iterable[Sizes]) -> Sizes:
    """Return the sum of sizes."""
    files = folders = apparent = disk = 0
    for size in sizes:
        files += size.files
        folders += size.folders
        apparent += size.apparent_bytes
        disk += size.disk_bytes
    return Sizes(files, folders, apparent, disk)


@dataclass(frozen=True, slots=True)
class InstalledDistribution:
    """A distribution in the site directory of an environment.

    Attributes:
        name: The normalised name (PEP 503).
        version: The version.
        location: The metadata directory or file.
        kind: ``installed``; ``linked`` if it consists of links to a base, or ``stored`` of links to a store.
        source: The metadata directory that its links lead to; empty if it is installed.
        is_compiled: Whether it has extension modules, so that it serves one version of Python only.
        sizes: What it takes in the environment. An inode that several paths share counts once in a fleet, for the
            first environment that has it.

    """

    name: str
    version: str
    location: str
    kind: Literal["installed", "linked", "stored"] = "installed"
    source: str = ""
    is_compiled: bool = False
    sizes: Sizes = Sizes()

    def metadata_at(self, location: str) -> Distribution:
        """Return the distribution whose metadata are at a location: its own, or the one that its links lead to."""
        return Distribution(self.name, self.version, location, os.path.dirname(location))


@dataclass(frozen=True, slots=True)
class HardLinks:
    """The files of an environment that have several hard links, on one device.

    The arrays have an item for each path.

    Attributes:
        device: The number of the device.
        inodes: The numbers of the inodes.
        blocks: The bytes that the inodes take.
        counts: The number of links of each inode, wherever they are.
        owners: The index of the distribution that the path belongs to; that of none is the number of distributions.

    """

    device: int
    inodes: array[int]
    blocks: array[int]
    counts: array[int]
    owners: array[int]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an environment takes on disk by itself, before inodes are compared with other environments.

    Attributes:
        distributions: Its distributions. Their ``disk_bytes`` are those of the files with one link.
        other: What belongs to no distribution.
        links: Its files with several hard links, whose blocks are not counted yet.
        reused: The base distributions that it reuses, as its receipt says.
        layers: The layers that it had when thinvenv installed into it last.
        fingerprint: The fingerprint of these layers at that time.
        skipped: A line for each directory that could not be read.

    """

    distributions: tuple[InstalledDistribution, ...] = ()
    other: Sizes = Sizes()
    links: tuple[HardLinks, ...] = ()
    reused: tuple[Distribution, ...] = ()
    layers: tuple[Layer, ...] = ()
    fingerprint: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FleetEnvironment:
    """An environment of a fleet, measured.

    Attributes:
        description: What its files say about it.
        distributions: The distributions in it.
        sizes: What it takes. Each inode counts once in the fleet, for the first environment that has it.
        cached_bytes: The part of its ``disk_bytes`` whose files have links outside of the fleet, as in the cache of uv:
            to remove the environment would not free them.
        reused: How many distributions it reuses from its bases.
        saved_bytes: What it saves, because it reuses or links distributions instead of having copies.
        base_bytes: What it would save if it reused what its base has in the same version.
        store_bytes: What it would save if it linked what another environment has, too.
        drift: Whether it or its base has changed since thinvenv installed into it last.

    """

    description: Description
    distributions: tuple[InstalledDistribution, ...] = ()
    sizes: Sizes = Sizes()
    cached_bytes: int = 0
    reused: int = 0
    saved_bytes: int = 0
    base_bytes: int = 0
    store_bytes: int = 0
    drift: bool = False


@dataclass(frozen=True, slots=True)
class Repetition:
    """A distribution in all environments that have it.

    Attributes:
        name: The normalised name.
        copies: How many environments have a copy, by version; links to a base or a store are no copy.
        sizes: What all copies take together.
        repeated_bytes: What the copies take beyond the first of each version and kind of Python.

    """

    name: str
    copies: dict[str, int] = field(default_factory=dict)
    sizes: Sizes = Sizes()
    repeated_bytes: int = 0

    @property
    def copy_count(self) -> int:
        """How many copies there are."""
        return sum(self.copies.values())

    @property
    def version_count(self) -> int:
        """How many versions there are a copy of."""
        return sum(count > 0 for count in self.copies.values())


@dataclass(frozen=True, slots=True)
class Fleet:
    """Environments, looked at together.

    Attributes:
        environments: The environments, by path.
        repetitions: Their distributions; what takes most comes first.
        stored_bytes: What the entries of stores take that the environments link, each once.
        skipped: A line for each path that could not be read, or was passed over.
        bases_bytes: What the environments would save over the best bases; ``None`` if these were not looked for.

    """

    environments: tuple[FleetEnvironment, ...]
    repetitions: tuple[Repetition, ...]
    stored_bytes: int = 0
    skipped: tuple[str, ...] = ()
    bases_bytes: int | None = None

    @property
    def sizes(self) -> Sizes:
        """What all environments take together."""
        return total(environment.sizes for environment in self.environments)
