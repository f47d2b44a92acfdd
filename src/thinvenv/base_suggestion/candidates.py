"""The distributions that bases for one interpreter can have, and their closures."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from thinvenv.base_suggestion.values import satisfies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.base_suggestion.reuse_prediction import Environment, Versions
    from thinvenv.base_suggestion.values import HeldDistribution, VersionRange

MOST_STEPS = 300
"""How many versions are tried for one closure."""


class Candidates:
    """What a base can consist of.

    Attributes:
        versions: The versions of each name, the most promising first.
        requires: What each requires, by name and version.
        savings: What each could save at most if it were alone, by name and version.

    """

    def __init__(self, distributions: Iterable[HeldDistribution], environments: Sequence[Environment]) -> None:
        requires: defaultdict[tuple[str, str], dict[VersionRange, None]] = defaultdict(dict)
        for dist in distributions:
            if dist.is_shareable:
                requires[dist.name, dist.version].update(dict.fromkeys(dist.requires))
        self.requires = {key: tuple(ranges) for key, ranges in requires.items()}
        self.versions: dict[str, list[str]] = {}
        self.savings: dict[tuple[str, str], int] = {}
        for name, version in self.requires:
            self.versions.setdefault(name, []).append(version)
        for name, versions in self.versions.items():
            for version in versions:
                saved = (len(env.paths) * env.saved({name: version}, self.requires) for env in environments)
                self.savings[name, version] = sum(saved)
            ranks = {version: (self.savings[name, version], _order(version)) for version in versions}
            versions.sort(key=ranks.__getitem__, reverse=True)

    def closure(self, name: str, version: str, base: Versions) -> Versions | None:
        """Return a base with a further distribution and all that it requires; ``None`` if they contradict the base."""
        if name in base:
            return base if base[name] == version else None
        budget = [MOST_STEPS]
        return self._completed(list(self.requires[name, version]), {**base, name: version}, budget)

    def _completed(self, pending: list[VersionRange], base: Versions, budget: list[int]) -> Versions | None:
        """Return a base with distributions for pending requirements, trying each version if necessary."""
        while pending:
            required = pending.pop()
            if required.name not in base:
                break
            if not satisfies(base[required.name], required.specifier):
                return None
        else:
            return base
        for version in self.versions.get(required.name, ()):
            if not satisfies(version, required.specifier):
                continue
            budget[0] -= 1
            if budget[0] < 0:
                return None
            further = [*pending, *self.requires[required.name, version]]
            completed = self._completed(further, {**base, required.name: version}, budget)
            if completed is not None:
                return completed
        return None

    def closed_part(self, versions: Versions) -> Versions:
        """Return those distributions of a set that have all their requirements in it."""
        part = {name: version for name, version in versions.items() if (name, version) in self.requires}
        broken = set(part)
        while broken:
            broken = {name for name, version in part.items() if not self._is_satisfied(name, version, part)}
            part = {name: version for name, version in part.items() if name not in broken}
        return part

    def needed_part(self, base: Versions, names: Iterable[str]) -> Versions:
        """Return some distributions of a base with all that they require."""
        part: Versions = {}
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in part:
                part[name] = base[name]
                pending += [required.name for required in self.requires[name, base[name]]]
        return part

    def _is_satisfied(self, name: str, version: str, part: Versions) -> bool:
        return all(
            required.name in part and satisfies(part[required.name], required.specifier)
            for required in self.requires[name, version]
        )


def _order(version: str) -> tuple[bool, Version | str]:
    try:
        return True, Version(version)
    except InvalidVersion:
        return False, version
