"""What bases are suggested from: environments, what they ask for and what they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A requirement whose marker has been evaluated.

    Attributes:
        name: The normalized name of the distribution.
        specifier: The versions that satisfy it (PEP 440), such as ``>=2,<3``; empty for all.

    """

    name: str
    specifier: str = ""


@dataclass(frozen=True, slots=True)
class HeldDistribution:
    """A distribution that an environment holds itself.

    Attributes:
        name: Its normalized name.
        version: Its version.
        requires: What it requires in this environment, with the extras that are used there.
        bytes: The size of its files.
        files: How many files it has.
        is_shareable: Whether a base can have it. What was installed from a path or a URL belongs to one project.

    """

    name: str
    version: str
    requires: tuple[VersionRange, ...] = ()
    bytes: int = 0
    files: int = 0
    is_shareable: bool = True


@dataclass(frozen=True, slots=True)
class FleetMember:
    """An environment of a fleet.

    Attributes:
        path: Its root.
        python: The interpreter that a base for it has to have, such as ``3.12``.
        requirements: What was asked for.
        distributions: What it holds.
        installation: The prefix of the installation that it was created from; empty if nothing says it.

    """

    path: str
    python: str
    requirements: tuple[VersionRange, ...] = ()
    distributions: tuple[HeldDistribution, ...] = ()
    installation: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SuggestedBase:
    """A base that is worth making.

    Attributes:
        python: Its interpreter.
        requirements: Its distributions as pinned requirements, sorted by name. They are closed under requirements.
        environments: The paths of the environments that it is the best base for, sorted.
        saved_bytes: The size of what these environments would no longer hold.
        saved_files: How many files that is.

    """

    python: str
    requirements: tuple[str, ...]
    environments: tuple[str, ...]
    saved_bytes: int
    saved_files: int


@lru_cache(maxsize=65536)
def satisfies(version: str, specifier: str) -> bool:
    """Return whether a version satisfies a specifier. Versions and specifiers that are invalid satisfy nothing."""
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except ValueError:  # `InvalidSpecifier` and `InvalidVersion` are such errors
        return False
