"""Predicts what environments would reuse of a base that does not exist yet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from thinvenv.base_suggestion.values import satisfies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thinvenv.base_suggestion.values import FleetMember, VersionRange

Versions: TypeAlias = "dict[str, str]"
"""The distributions of a base: a version for each name."""


class Environment:
    """An environment of a fleet, in the form that predictions need.

    Attributes:
        paths: The roots of the environments that are like this one.
        held: The versions of the distributions that it holds, by name.
        sizes: The bytes and files of those that it can reuse instead, by name.
        weights: What counts of these sizes, by name.

    """

    def __init__(self, member: FleetMember, by: str, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self.held = {dist.name: dist.version for dist in member.distributions}
        shareable = [dist for dist in member.distributions if dist.is_shareable]
        self.sizes = {dist.name: (dist.bytes, dist.files) for dist in shareable}
        self.weights = {name: sizes[by == "files"] for name, sizes in self.sizes.items()}
        self._roots: defaultdict[str, list[str]] = defaultdict(list)
        for root in member.requirements:
            self._roots[root.name].append(root.specifier)
        self._requirers: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for dist in member.distributions:
            for required in dist.requires:
                self._requirers[required.name].append((dist.name, required.specifier))

    def reused(self, base: Versions, requires: Mapping[tuple[str, str], Sequence[VersionRange]]) -> set[str]:
        """Return the names of the distributions that the environment would reuse instead of its own.

        All others stay as they are. A distribution of the base is reused if it satisfies what was asked for and what
        the distributions that stay require, and if these satisfy what it requires itself. What it requires and the
        environment does not hold is in the base, which is closed.

        Args:
            base: The distributions of the base.
            requires: What these require, by name and version.

        """
        reused = self.weights.keys() & base.keys()
        for name in self._roots.keys() & reused:
            if not all(satisfies(base[name], specifier) for specifier in self._roots[name]):
                reused.remove(name)
        # In the version that the environment holds, a distribution fits what is there already.
        others = [name for name in reused if base[name] != self.held[name]]
        while removed := {name for name in others if self._contradicts(name, base[name], reused, requires)}:
            reused -= removed
            others = [name for name in others if name not in removed]
        return reused

    def saved(self, base: Versions, requires: Mapping[tuple[str, str], Sequence[VersionRange]]) -> int:
        """Return the bytes or files that the environment would no longer hold."""
        return sum(map(self.weights.__getitem__, self.reused(base, requires)))

    def _contradicts(
        self,
        name: str,
        version: str,
        reused: set[str],
        requires: Mapping[tuple[str, str], Sequence[VersionRange]],
    ) -> bool:
        """Return whether a distribution of the base does not fit what stays in the environment."""
        for requirer, specifier in self._requirers.get(name, ()):
            if requirer not in reused and not satisfies(version, specifier):
                return True
        for required in requires[name, version]:
            own = None if required.name in reused else self.held.get(required.name)
            if own is not None and not satisfies(own, required.specifier):
                return True
        return False
