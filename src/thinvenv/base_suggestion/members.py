"""What the environments of a fleet ask for and hold, for the search for bases."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from thinvenv.base_suggestion.values import FleetMember, HeldDistribution, VersionRange
from thinvenv.distributions.requirement_cache import applies, requirement
from thinvenv.environments import receipt
from thinvenv.inventory.metadata_entries import UnreadableError, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from packaging.requirements import Requirement

    from thinvenv.fleet.values import Description, FleetEnvironment, InstalledDistribution
    from thinvenv.model import Distribution, Root

_SITE = re.compile(r"(?P<name>python|pypy|graalpy)(?P<version>\d+\.\d+t?)")
"""The part of the path of a site directory that says which interpreters it is for."""
_IMPLEMENTATIONS = {"pypy": "PyPy", "graalpy": "GraalVM"}
_SEEDS = frozenset({"pip", "setuptools", "wheel"})
"""What tools put into an environment without being asked, and a thin environment does not have."""


class Reader:
    """Reads the metadata of distributions, of each version only once.

    Attributes:
        skipped: A line for each distribution whose metadata cannot be read.

    """

    def __init__(self) -> None:
        self.skipped: list[str] = []
        self._read: dict[tuple[str, str], Distribution | None] = {}

    def distribution(self, installed: InstalledDistribution) -> Distribution | None:
        """Return a distribution as its metadata describe it, ``None`` if they cannot be read."""
        key = (installed.name, installed.version)
        if os.path.isfile(os.path.join(installed.location, "direct_url.json")):
            return self._parsed(installed.location)
        if key not in self._read:
            self._read[key] = self._parsed(installed.location)
        return self._read[key]

    def _parsed(self, location: str) -> Distribution | None:
        try:
            return parse_entry(Path(location), os.path.dirname(location))[0]
        except UnreadableError as error:
            self.skipped.append(str(error))
            return None


def member_of(environment: FleetEnvironment, roots: Iterable[Root], reader: Reader) -> FleetMember:
    """Return what an environment asks for and holds.

    Args:
        environment: The environment, measured.
        roots: What was asked for, besides what its receipt says.
        reader: Reads the metadata of its distributions.

    """
    description = environment.description
    markers = _markers_of(description)
    last = (receipt.load(Path(description.path)) if description.is_thin else None) or receipt.Receipt()
    texts = [root.text for root in (*roots, *last.roots, *last.policy.constraints)]
    requirements = list(filter(None, map(requirement, texts)))
    wanted = [parsed for parsed in requirements if not parsed.url and applies(parsed, markers)]
    extras: dict[str, set[str]] = {}
    _add_extras(wanted, extras)
    copies = [dist for dist in environment.distributions if dist.kind == "installed"]
    pairs = [(copy, dist) for copy in copies if (dist := reader.distribution(copy)) is not None]
    requires = _requires_of([dist for _, dist in pairs], extras, markers)
    names = set(extras) | {required.name for ranges in requires.values() for required in ranges}
    return FleetMember(
        description.path,
        python_of(description),
        _ranges(wanted),
        tuple(
            HeldDistribution(
                dist.name,
                dist.version,
                requires[dist.name],
                copy.sizes.apparent_bytes,
                copy.sizes.files,
                is_shareable=not dist.direct_url and (dist.name in names or dist.name not in _SEEDS),
            )
            for copy, dist in pairs
        ),
        description.base,
    )


def _add_extras(requirements: Iterable[Requirement], extras: dict[str, set[str]]) -> None:
    for parsed in requirements:
        extras.setdefault(canonicalize_name(parsed.name), set()).update(map(canonicalize_name, parsed.extras))


def _ranges(requirements: Iterable[Requirement]) -> tuple[VersionRange, ...]:
    ranges = (VersionRange(canonicalize_name(parsed.name), str(parsed.specifier)) for parsed in requirements)
    return tuple(dict.fromkeys(ranges))


def python_of(description: Description) -> str:
    """Return the interpreter that a base for an environment needs, such as ``3.12``, ``3.13t`` or ``pypy3.10``."""
    for site in description.sites:
        match = _SITE.search(site[len(description.path) :])
        if match:
            return match["version"] if match["name"] == "python" else match[0]
    return description.minor


def _markers_of(description: Description) -> dict[str, str]:
    """Return the markers of an environment, without starting its interpreter."""
    python = python_of(description)
    implementation = next((name for prefix, name in _IMPLEMENTATIONS.items() if python.startswith(prefix)), "CPython")
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "python_version": description.minor,
        "python_full_version": description.python,
        "implementation_name": implementation.lower(),
        "platform_python_implementation": implementation,
    }


def _requires_of(
    distributions: Sequence[Distribution], extras: dict[str, set[str]], markers: Mapping[str, str]
) -> dict[str, tuple[VersionRange, ...]]:
    """Return what distributions require in an environment, by name.

    Args:
        distributions: The distributions.
        extras: The extras of each that are asked for. Those that the distributions ask for are added. A project that
            was installed from a path or a URL counts with all of its extras: nothing says which of them are in use.
        markers: The markers of the environment.

    """
    for dist in distributions:
        if dist.direct_url:
            extras.setdefault(dist.name, set()).update(dist.extras)
    while True:
        count = sum(map(len, extras.values()))
        requires = {}
        for dist in distributions:
            own_extras = ["", *sorted(extras.get(dist.name, ()))]
            every = filter(None, map(requirement, dist.requires))
            in_effect = [parsed for parsed in every if applies(parsed, markers, own_extras)]
            _add_extras(in_effect, extras)
            requires[dist.name] = _ranges(in_effect)
        if sum(map(len, extras.values())) == count:
            return requires
