"""Searches for the bases that save a fleet the most, as a pure function.

To choose bases for environments, each of which uses the one that serves it best, is facility location. Possible bases
are collected first: what single environments hold, and what grows from nothing by closures. A greedy choice with lazy
evaluation takes the best of them, and each is then improved for the environments that use it, until nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, TypeAlias

from thinvenv.base_suggestion.candidates import Candidates
from thinvenv.base_suggestion.reuse_prediction import Environment, Versions
from thinvenv.base_suggestion.values import FleetMember, SuggestedBase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SEEDS = 40
"""How many environments are tried as they are as a base."""
MOST_ROUNDS = 4
"""How often all bases are improved."""
EXCHANGE_WORK = 20_000
"""How many distributions of environments are looked at, about, to exchange versions in one base."""
LEAST_EXCHANGES = 40
THOROUGH_LIMIT = 1000
"""Below this product of environments and candidates, each exchange is followed by growth."""

Savings: TypeAlias = list[int]
"""What each environment saves with a base."""


@dataclass(frozen=True)
class _Choice:
    """A possible base of one interpreter, with what each environment saves with it."""

    search: _Search
    base: Versions
    savings: Savings


def suggest(members: Iterable[FleetMember], count: int = 1, by: str = "bytes") -> tuple[SuggestedBase, ...]:
    """Return the bases with which the environments of a fleet would hold the least themselves.

    Args:
        members: The environments.
        count: How many bases there may be.
        by: What counts: ``bytes`` or ``files``.

    Returns:
        At most ``count`` bases, the one that saves most first. Each is the best one for some environments.

    """
    searches = _searches(members, by)
    choices = _improved(searches, _best([choice for search in searches for choice in search.seeds()], count), count)
    return _described(searches, choices, by)


def predict(
    members: Iterable[FleetMember], bases: Iterable[SuggestedBase], by: str = "bytes"
) -> tuple[SuggestedBase, ...]:
    """Return bases with the environments that each is the best one for, and what these save with it.

    Args:
        members: The environments.
        bases: The bases. Only their interpreters and requirements count.
        by: What counts: ``bytes`` or ``files``.

    """
    searches = _searches(members, by)
    choices = [
        search.pinned(base.requirements) for search in searches for base in bases if base.python == search.python
    ]
    return _described(searches, choices, by)


def _searches(members: Iterable[FleetMember], by: str) -> list[_Search]:
    """Return the search for each interpreter."""
    groups: dict[str, list[FleetMember]] = {}
    for member in sorted(members, key=lambda member: member.path):
        groups.setdefault(member.python, []).append(member)
    return [_Search(python, group, by) for python, group in sorted(groups.items())]


def _described(searches: Iterable[_Search], choices: Sequence[_Choice], by: str) -> tuple[SuggestedBase, ...]:
    described = [search.describe([choice for choice in choices if choice.search is search]) for search in searches]
    bases = [base for group in described for base in group]
    return tuple(sorted(bases, key=lambda base: getattr(base, f"saved_{by}"), reverse=True))


class _Search:
    """The search for bases of one interpreter."""

    def __init__(self, python: str, members: Sequence[FleetMember], by: str) -> None:
        self.python = python
        paths: dict[FleetMember, list[str]] = {}
        for member in members:
            paths.setdefault(replace(member, path=""), []).append(member.path)
        self.environments = [Environment(member, by, alike) for member, alike in paths.items()]
        self.candidates = Candidates((dist for member in paths for dist in member.distributions), self.environments)
        self.is_thorough = len(self.environments) * len(self.candidates.requires) < THOROUGH_LIMIT
        self.holders: dict[str, list[int]] = {}
        for number, environment in enumerate(self.environments):
            for name in environment.held:
                self.holders.setdefault(name, []).append(number)

    @property
    def nothing(self) -> Savings:
        """What the environments save without a base."""
        return [0] * len(self.environments)

    @property
    def most(self) -> Savings:
        """What the environments could save at most."""
        return [sum(environment.weights.values()) for environment in self.environments]

    def seeds(self) -> list[_Choice]:
        """Return possible bases: one that grows from nothing, and what the largest environments hold."""
        largest = sorted(self.environments, key=lambda env: sum(env.weights.values()) * len(env.paths), reverse=True)
        bases = [self.candidates.closed_part(environment.held) for environment in largest[:MOST_SEEDS]]
        if self.is_thorough:
            bases += [self.grown(base, self.nothing) for base in bases]
        return [self.choice(base) for base in (self.grown({}, self.nothing), *bases)]

    def choice(self, base: Versions) -> _Choice:
        """Return a base with what it saves."""
        return _Choice(self, base, self.savings(base, {}, self.nothing))

    def pinned(self, requirements: Iterable[str]) -> _Choice:
        """Return the base that consists of some pinned requirements."""
        base = {name: version for name, _, version in (text.partition("==") for text in requirements)}
        for key in base.items():
            self.candidates.requires.setdefault(key, ())
        return self.choice(base)

    def savings(self, base: Versions, before: Versions, previous: Savings) -> Savings:
        """Return what each environment saves with a base, from what it saves with another one."""
        changed = {name for name in base.keys() | before.keys() if base.get(name) != before.get(name)}
        savings = list(previous)
        for number in {number for name in changed for number in self.holders.get(name, ())}:
            savings[number] = self.environments[number].saved(base, self.candidates.requires)
        return savings

    def gain(self, savings: Savings, others: Savings) -> int:
        """Return what a base saves more than others, if each environment uses the better one."""
        triples = zip(self.environments, savings, others, strict=True)
        return sum(len(env.paths) * max(0, saved - other) for env, saved, other in triples)

    def grown(self, base: Versions, others: Savings) -> Versions:
        """Return a base with further closures, as long as they save something; lazily the best one first."""
        savings = self.savings(base, {}, self.nothing)
        size = -1
        while size < len(base):  # each addition may make further ones worthwhile
            size = len(base)
            queue = [(-saved, -1, key) for key, saved in self.candidates.savings.items() if key[0] not in base]
            heapify(queue)
            while queue:
                gain, age, (name, version) = heappop(queue)
                extended = self.candidates.closure(name, version, base)
                if extended is None or name in base:
                    continue
                further = self.savings(extended, base, savings)
                if age == len(base):
                    base, savings = extended, further
                elif (gain := self.gain(further, others) - self.gain(savings, others)) > 0:
                    heappush(queue, (-gain, len(base), (name, version)))
        return base

    def exchanged(self, base: Versions, others: Savings) -> Versions:
        """Return a base in which other versions have replaced some, where that saves more."""
        savings = self.savings(base, {}, self.nothing)
        keys = sorted(self.candidates.savings, key=self.candidates.savings.__getitem__, reverse=True)
        limit = max(LEAST_EXCHANGES, EXCHANGE_WORK // (len(self.environments) * (len(base) + 1)))
        for name, version in [key for key in keys if base.get(key[0]) != key[1]][:limit]:
            other = self.candidates.closure(name, version, {})
            if other is None:
                continue
            for kept in sorted(base.items(), key=self.candidates.savings.__getitem__, reverse=True):
                other = self.candidates.closure(*kept, other) or other
            if self.is_thorough:
                other = self.grown(other, others)
            further = self.savings(other, base, savings)
            if self.gain(further, others) > self.gain(savings, others):
                base, savings = other, further
        return base

    def improved(self, base: Versions, others: Savings) -> _Choice:
        """Return the best base that exchanges and growth lead to."""
        return self.choice(self.grown(self.exchanged(self.grown(base, others), others), others))

    def describe(self, choices: Sequence[_Choice]) -> list[SuggestedBase]:
        """Return the suggestions for chosen bases, without what no environment needs of them."""
        users: dict[int, list[Environment]] = {}
        for number, environment in enumerate(self.environments):
            best = max(range(len(choices)), key=lambda index: choices[index].savings[number], default=0)
            if choices and choices[best].savings[number]:
                users.setdefault(best, []).append(environment)
        return [self._suggestion(choices[index].base, environments) for index, environments in users.items()]

    def _suggestion(self, base: Versions, environments: Sequence[Environment]) -> SuggestedBase:
        reused = [(env, env.reused(base, self.candidates.requires)) for env in environments]
        part = self.candidates.needed_part(base, {name for _, names in reused for name in names})
        sizes = [[len(env.paths) * size for size in env.sizes[name]] for env, names in reused for name in names]
        return SuggestedBase(
            self.python,
            tuple(f"{name}=={version}" for name, version in sorted(part.items())),
            tuple(sorted(path for env, _ in reused for path in env.paths)),
            sum(size[0] for size in sizes),
            sum(size[1] for size in sizes),
        )


def _best(pool: Sequence[_Choice], count: int) -> list[_Choice]:
    """Return the choices that save most together: greedily, with lazy evaluation."""
    chosen: list[_Choice] = []
    queue = [(-choice.search.gain(choice.savings, choice.search.nothing), 0, i) for i, choice in enumerate(pool)]
    heapify(queue)
    while queue and len(chosen) < count:
        _, age, index = heappop(queue)
        choice = pool[index]
        gain = choice.search.gain(choice.savings, _others(choice.search, chosen))
        if gain > 0 and age == len(chosen):
            chosen.append(choice)
        elif gain > 0:
            heappush(queue, (-gain, len(chosen), index))
    return chosen


def _others(search: _Search, choices: Iterable[_Choice]) -> Savings:
    """Return what each environment saves with the best of some choices."""
    savings = [choice.savings for choice in choices if choice.search is search]
    return [max(saved) for saved in zip(search.nothing, *savings, strict=True)]


def _improved(searches: Sequence[_Search], choices: Sequence[_Choice], count: int) -> list[_Choice]:
    """Return choices that save at least as much: each is improved while the others stay."""
    choices = list(choices)
    for number in range(MOST_ROUNDS):
        has_changed = False
        for index, choice in enumerate(choices):
            others = _others(choice.search, choices[:index] + choices[index + 1 :])
            if not choice.search.gain(choice.search.most, _others(choice.search, choices)):
                continue  # there is nothing left to save
            starts = [choice.base] if number else [choice.base, {}]
            for better in [choice.search.improved(start, others) for start in starts]:
                if choice.search.gain(better.savings, others) > choice.search.gain(choices[index].savings, others):
                    choices[index], has_changed = better, True
        further = _further(searches, choices) if len(choices) < count else []
        choices += further
        if not has_changed and not further:
            break
    return choices


def _further(searches: Iterable[_Search], choices: Sequence[_Choice]) -> list[_Choice]:
    """Return the base that saves most in addition to others; none if no base does."""
    unfinished = [search for search in searches if search.gain(search.most, _others(search, choices))]
    pool = [search.improved({}, _others(search, choices)) for search in unfinished]
    gains = [choice.search.gain(choice.savings, _others(choice.search, choices)) for choice in pool]
    best = max(range(len(pool)), key=gains.__getitem__, default=0)
    return [pool[best]] if pool and gains[best] else []
