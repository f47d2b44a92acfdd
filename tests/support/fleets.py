"""Small random fleets, and the most that any bases can save them: the optimum of an integer program."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from itertools import product
from random import Random
from typing import Any, TypeAlias

from thinvenv.base_suggestion.values import FleetMember, HeldDistribution, VersionRange, satisfies

_highspy: Any = import_module("highspy")  # it has no types

Key: TypeAlias = tuple[str, str]
"""The name and the version of a distribution."""


def random_fleet(seed: int) -> list[FleetMember]:
    """Return environments over random distributions, each of which holds what it asked for with its closure."""
    random = Random(seed)
    universe = _random_universe(random)
    members: list[FleetMember] = []
    for number in range(random.randint(8, 20)):
        roots = tuple(_random_range(random, name) for name in random.sample(sorted(universe), random.randint(1, 4)))
        versions = _resolved(random, universe, list(roots), {})
        if versions:
            distributions = tuple(universe[name][version] for name, version in sorted(versions.items()))
            members.append(FleetMember(f"env{number}", "3.12", roots, distributions))
    return members


def _random_universe(random: Random) -> dict[str, dict[str, HeldDistribution]]:
    names = [f"d{number}" for number in range(random.randint(5, 9))]
    universe: dict[str, dict[str, HeldDistribution]] = {}
    for index, name in enumerate(names):
        universe[name] = {}
        for version in map(str, range(1, random.randint(2, 4) + 1)):
            others = random.sample(names[:index], min(index, random.choice([0, 0, 1, 1, 2])))
            requires = tuple(_random_range(random, other) for other in others)
            size = int(2 ** random.uniform(0, 10))
            universe[name][version] = HeldDistribution(name, version, requires, size, random.randint(1, 50))
    return universe


def _random_range(random: Random, name: str) -> VersionRange:
    return VersionRange(name, f"{random.choice(['>=', '<=', '==', '=='])}{random.randint(1, 4)}")


def _resolved(
    random: Random,
    universe: dict[str, dict[str, HeldDistribution]],
    pending: list[VersionRange],
    versions: dict[str, str],
) -> dict[str, str] | None:
    """Return versions that satisfy pending requirements: the newest or the oldest that fit."""
    if not pending:
        return versions
    required, *rest = pending
    if required.name in versions:
        fits = satisfies(versions[required.name], required.specifier)
        return _resolved(random, universe, rest, versions) if fits else None
    candidates = sorted(universe[required.name], reverse=random.random() < 0.5)
    for version in candidates:
        if satisfies(version, required.specifier):
            requires = universe[required.name][version].requires
            resolved = _resolved(random, universe, [*rest, *requires], {**versions, required.name: version})
            if resolved is not None:
                return resolved
    return None


def most_savings(members: list[FleetMember], count: int, by: str = "bytes") -> int:
    """Return what the best bases for environments of one interpreter save, by HiGHS.

    Each base consists of distributions that are in some environment, at most one version of each name, and is closed
    under requirements. Each environment uses one base.
    """
    return _Program(members, count, by).solve()


class _Program:
    """The integer program: what each base has, which base an environment uses, and what it reuses of it."""

    def __init__(self, members: list[FleetMember], count: int, by: str) -> None:
        self.highs = _highspy.Highs()
        self.highs.silent()
        self.members, self.bases, self.by = members, range(count), by
        self.requires: defaultdict[Key, set[VersionRange]] = defaultdict(set)
        for member in members:
            for dist in member.distributions:
                self.requires[dist.name, dist.version].update(dist.requires)
        self.has = {(base, key): self.highs.addBinary() for base in self.bases for key in self.requires}
        self.uses = {(base, member.path): self.highs.addBinary() for base in self.bases for member in members}
        self.reuses = {
            (base, member.path, key): self.highs.addBinary()
            for base, member, key in product(self.bases, members, self.requires)
            if self._is_accepted(member, key)
        }

    def _is_accepted(self, member: FleetMember, key: Key) -> bool:
        roots = [root.specifier for root in member.requirements if root.name == key[0]]
        holds = any(dist.name == key[0] for dist in member.distributions)
        return holds and all(satisfies(key[1], specifier) for specifier in roots)

    def _satisfying(self, required: VersionRange) -> list[Key]:
        return [key for key in self.requires if key[0] == required.name and satisfies(key[1], required.specifier)]

    def solve(self) -> int:
        for base in self.bases:
            self._make_closed(base)
        for member in self.members:
            self.highs.addConstr(sum(self.uses[base, member.path] for base in self.bases) <= 1)
        for (base, path, key), reused in self.reuses.items():
            self.highs.addConstr(reused <= self.has[base, key])
            self.highs.addConstr(reused <= self.uses[base, path])
            self._make_consistent(base, next(member for member in self.members if member.path == path), key)
        sizes = {(m.path, dist.name): getattr(dist, self.by) for m in self.members for dist in m.distributions}
        if self.reuses:
            self.highs.maximize(sum(sizes[path, key[0]] * var for (_, path, key), var in self.reuses.items()))
        return round(self.highs.getObjectiveValue()) if self.reuses else 0

    def _make_closed(self, base: int) -> None:
        by_name: defaultdict[str, list[Key]] = defaultdict(list)
        for key in self.requires:
            by_name[key[0]].append(key)
        for keys in by_name.values():
            self.highs.addConstr(sum(self.has[base, key] for key in keys) <= 1)
        for key, ranges in self.requires.items():
            for required in ranges:
                fitting = sum(self.has[base, other] for other in self._satisfying(required))
                self.highs.addConstr(self.has[base, key] <= fitting)

    def _make_consistent(self, base: int, member: FleetMember, key: Key) -> None:
        """What stays in an environment must fit what it reuses, in both directions."""
        own = {dist.name: dist for dist in member.distributions}
        if own[key[0]].version == key[1]:
            return
        names = {
            dist.name
            for dist in own.values()
            for required in dist.requires
            if required.name == key[0] and not satisfies(key[1], required.specifier)
        }
        for required in self.requires[key]:
            kept = own.get(required.name)
            if kept is not None and not satisfies(kept.version, required.specifier):
                names.add(required.name)
        for name in names:
            place = (base, member.path, name)
            replaced = [var for (*start, other), var in self.reuses.items() if (*start, other[0]) == place]
            self.highs.addConstr(self.reuses[base, member.path, key] <= sum(replaced))
