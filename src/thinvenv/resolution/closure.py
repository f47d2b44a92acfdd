"""Walks requirements over an inventory: what is used, what is missing, what conflicts.

This is the question that decides whether anything has to be done at all, so it needs no
resolver: the distributions are given, and a version either fits or does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Closure, Problem, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

    from thinvenv.model import Chain, Distribution, Inventory, Root

    Fresh = Callable[[Root], bool]


@dataclass(frozen=True, slots=True)
class _Wanted:
    requirement: Requirement
    chain: Chain
    deep: bool = True


@dataclass
class _Walk:
    """The state of one walk: what was visited with which extras."""

    inventory: Inventory
    markers: Mapping[str, str]
    constraints: dict[str, list[Requirement]]
    overrides: dict[str, list[Requirement]]
    uses: dict[str, Use] = field(default_factory=dict)
    walked: set[str] = field(default_factory=set)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def report(self, problem: Problem) -> None:
        self.problems.setdefault((problem.wanted, problem.found.name if problem.found else ""), problem)


def closure(
    roots: Iterable[Root],
    inventory: Inventory,
    markers: Mapping[str, str],
    *,
    constraints: Iterable[Root] = (),
    fresh: Fresh = lambda _root: True,
) -> Closure:
    """Walk requirements, and theirs, over an inventory.

    Args:
        roots: What is asked for; a shallow one is not walked into.
        inventory: What is there; of each name the first found counts.
        markers: The environment markers of the target interpreter.
        constraints: What limits versions without asking for anything.
        fresh: Tells whether what was installed from a local path is still its source.

    Returns:
        Every distribution that is used, each with the first chain that led to it in order
        of distance, and all problems at once.

    Raises:
        RequirementError: Roots that cannot be read.

    """
    roots, constraints = tuple(roots), tuple(constraints)
    requirement_cache.check((*roots, *constraints))
    walk = _Walk(inventory, markers, _by_name(constraints, markers), _overrides(inventory, markers))
    queue: deque[_Wanted] = deque()
    for root in roots:
        queue.extend(_from_root(walk, root, fresh))
    while queue:
        for wanted in _instead(walk, queue.popleft()):
            queue.extend(_visit(walk, wanted))
    return Closure(tuple(walk.uses.values()), tuple(walk.problems.values()))


def contradictions(inventory: Inventory, markers: Mapping[str, str]) -> Iterator[Problem]:
    """Yield what does not fit among all visible distributions, asked for or not.

    Only what is there in a wrong version counts: a requirement that is merely absent may
    never have been wanted by whoever made the base.
    """
    overrides = _overrides(inventory, markers)
    for distribution in inventory.importable.values():
        for wanted in _requirements(distribution, frozenset(), markers):
            if canonicalize_name(wanted.name) in overrides:
                continue
            found = inventory.importable.get(canonicalize_name(wanted.name))
            detail = _mismatch(wanted, found) if found else ""
            if found and detail:
                yield Problem("conflict", str(wanted), (str(distribution), str(wanted)), found, detail)


def unknown_extras(closure: Closure, names: Collection[str]) -> Iterator[str]:
    """Yield what asks some distributions for extras that they do not have: it gets nothing for them.

    Args:
        closure: What is used.
        names: The distributions that count.

    """
    for use in closure.uses:
        missing = use.extras.difference(use.distribution.extras)
        if missing and use.distribution.name in names:
            yield f"`{use.distribution}` has no extra {', '.join(f'`{one}`' for one in sorted(missing))}"


def guilty(problem: Problem) -> str:
    """Return the name of the distribution whose metadata a problem comes from, empty where it is what was asked for."""
    if problem.found is not None and problem.wanted == str(problem.found):
        return problem.found.name  # it does not admit the interpreter
    asking = requirement_cache.requirement(problem.chain[-2]) if len(problem.chain) > 1 else None
    return canonicalize_name(asking.name) if asking else ""


def dependents(name: str, inventory: Inventory, markers: Mapping[str, str]) -> Iterator[Distribution]:
    """Yield the visible distributions that require one of a name, and that its version fits."""
    found = inventory.visible.get(name)
    for distribution in inventory.visible.values():
        wanted = [
            one for one in _requirements(distribution, frozenset(), markers) if canonicalize_name(one.name) == name
        ]
        if wanted and not (found and any(_mismatch(one, found) for one in wanted)):
            yield distribution


def _from_root(walk: _Walk, root: Root, fresh: Fresh) -> Iterator[_Wanted]:
    """Yield what a root asks for; one without a name is looked up by where it came from."""
    parsed = requirement_cache.root_requirement(root)
    if parsed is not None and not requirement_cache.applies(parsed, walk.markers):
        return
    stale = bool(root.path) and not fresh(root)
    if parsed is not None and not stale:
        yield _Wanted(parsed, (root.text,), not root.shallow)
        return
    found = None if stale else direct_url.installed_from(root, walk.inventory)
    if found is None:
        walk.report(Problem("missing", root.text, (root.text,), detail="its source changed" if stale else ""))
        return
    extras = frozenset(canonicalize_name(one) for one in root.extras)
    yield from _use(walk, found, extras, (root.text,), deep=not root.shallow)


def _instead(walk: _Walk, wanted: _Wanted) -> Iterable[_Wanted]:
    """Return what counts in place of a requirement: itself, or what overrides say of its name."""
    others = walk.overrides.get(canonicalize_name(wanted.requirement.name)) if walk.overrides else None
    return [wanted] if others is None else [replace(wanted, requirement=one) for one in others]


def _visit(walk: _Walk, wanted: _Wanted) -> Iterator[_Wanted]:
    name = canonicalize_name(wanted.requirement.name)
    found = walk.inventory.visible.get(name)
    if found is None:
        walk.report(Problem("missing", str(wanted.requirement), wanted.chain))
        return
    limits = [wanted.requirement, *walk.constraints.get(name, [])]
    for limit in limits:
        detail = _mismatch(limit, found)
        if detail:
            walk.report(Problem("conflict", str(limit), wanted.chain, found, detail))
    extras = frozenset(map(canonicalize_name, wanted.requirement.extras))
    yield from _use(walk, found, extras, wanted.chain, deep=wanted.deep)


def _use(walk: _Walk, found: Distribution, extras: frozenset[str], chain: Chain, *, deep: bool) -> Iterator[_Wanted]:
    """Note that a distribution is used, and yield what that asks for that is new."""
    known = walk.uses.get(found.name)
    if known is not None and extras <= known.extras and (not deep or found.name in walk.walked):
        return
    if known is None and not requirement_cache.allows_python(
        found.requires_python, walk.markers["python_full_version"]
    ):
        detail = f"needs Python {found.requires_python}"
        walk.report(Problem("conflict", str(found), chain, found, detail))
    old = known.extras if known else frozenset()
    walk.uses[found.name] = Use(found, known.because if known else chain, old | extras)
    if deep:
        walk.walked.add(found.name)
        for wanted in _requirements(found, old | extras, walk.markers):
            yield _Wanted(wanted, (*chain, str(wanted)))


def _requirements(found: Distribution, extras: frozenset[str], markers: Mapping[str, str]) -> Iterator[Requirement]:
    """Yield the requirements of a distribution that apply here; what cannot be read does not."""
    for text in found.requires:
        if not extras and requirement_cache.waits_for_extra(text):
            continue
        wanted = requirement_cache.requirement(text)
        if wanted is not None and requirement_cache.applies(wanted, markers, ("", *extras)):
            yield wanted


def _mismatch(wanted: Requirement, found: Distribution) -> str:
    """Return what of a requirement a distribution does not meet, or an empty string."""
    if wanted.url:
        return "" if direct_url.matches(wanted.url, found) else f"wants it from {direct_url.redacted(wanted.url)}"
    # Pre-releases that are already there are accepted, as every installer does.
    return "" if wanted.specifier.contains(found.version, prereleases=True) else f"wants `{wanted.specifier}`"


def _overrides(inventory: Inventory, markers: Mapping[str, str]) -> dict[str, list[Requirement]]:
    """Return the overrides by name; of one whose markers do not apply nothing is left."""
    named: dict[str, list[Requirement]] = {}
    for parsed in filter(None, map(requirement_cache.requirement, inventory.overrides)):
        found = named.setdefault(canonicalize_name(parsed.name), [])
        if requirement_cache.applies(parsed, markers):
            found.append(parsed)
    return named


def _by_name(constraints: Iterable[Root], markers: Mapping[str, str]) -> dict[str, list[Requirement]]:
    named: dict[str, list[Requirement]] = {}
    for root in constraints:
        parsed = requirement_cache.root_requirement(root)
        if parsed is not None and requirement_cache.applies(parsed, markers):
            named.setdefault(canonicalize_name(parsed.name), []).append(parsed)
    return named
