"""The closure: the distributions that requirements use, and what is missing or conflicts.

The closure decides whether anything has to be done at all. It needs no resolver: the
distributions are given, and a version either satisfies a requirement or does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Closure, Policy, Problem, Use
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from packaging.requirements import Requirement

    from thinvenv.model import Chain, Distribution, Inventory, Root

    IsUnchanged = Callable[[Root], bool]

_LONGEST_CHAIN = 20
"""The requirements of a chain that are kept. Thousands of distributions may require each other in a row."""


class _Pending(NamedTuple):
    """A requirement that is still to be looked up.

    With ``deep``, the requirements of the distribution that it finds are looked up as well.
    """

    requirement: Requirement
    chain: Chain
    required_by: Distribution | None = None
    deep: bool = True


@dataclass
class _Walk:
    """The state of one walk: which distributions were visited, with which extras."""

    inventory: Inventory
    markers: Mapping[str, str]
    constraints: dict[str, list[Requirement]]
    overrides: dict[str, list[Requirement]]
    uses: dict[str, Use] = field(default_factory=dict)
    walked: set[str] = field(default_factory=set)
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def add_problem(self, problem: Problem) -> None:
        self.problems.setdefault((problem.requirement, problem.found.name if problem.found else ""), problem)


def compute_closure(
    roots: Iterable[Root],
    inventory: Inventory,
    markers: Mapping[str, str],
    policy: Policy = Policy(),  # noqa: B008 - it is frozen
    *,
    is_unchanged: IsUnchanged = lambda _root: True,
) -> Closure:
    """Follow requirements, and the requirements of what they find, through an inventory.

    Args:
        roots: The requirements to start from. The requirements of what a shallow root finds are not followed.
        inventory: The distributions; the first one of each name counts.
        markers: The environment markers of the target interpreter.
        policy: Its constraints and overrides count. What else it limits is not in the inventory.
        is_unchanged: Whether the source of a root is still the one that its distribution was installed from.

    Returns:
        Every distribution that is used, each with the shortest chain that leads to it, and all problems.

    Raises:
        RequirementError: A root or a constraint cannot be parsed.

    """
    roots = tuple(roots)
    requirement_cache.check_roots((*roots, *policy.constraints))
    walk = _Walk(inventory, markers, _by_name(policy.constraints, markers), _overrides(policy, markers))
    queue: deque[_Pending] = deque()
    for root in roots:
        queue.extend(_start(walk, root, is_unchanged))
    while queue:
        for pending in _apply_overrides(walk, queue.popleft()):
            queue.extend(_visit(walk, pending))
    return Closure(tuple(walk.uses.values()), tuple(walk.problems.values()))


def contradictions(
    inventory: Inventory,
    markers: Mapping[str, str],
    policy: Policy = Policy(),  # noqa: B008 - it is frozen
) -> Iterator[Problem]:
    """Yield the conflicts among all importable distributions, whether they are used or not.

    A distribution that is missing altogether is no conflict: whoever made the base may have left it
    out on purpose. Nor is a requirement that an override of the policy replaces.
    """
    overrides = _overrides(policy, markers)
    for distribution in inventory.importable.values():
        for requirement in requirements_of(distribution, frozenset(), markers):
            name, text = canonicalize_name(requirement.name), str(requirement)
            other = None if name in overrides else inventory.importable.get(name)
            if other and (detail := _mismatch(requirement, other)):
                yield Problem("conflict", text, (str(distribution), text), distribution, other, detail)


def unknown_extras(closure: Closure, names: Collection[str]) -> Iterator[str]:
    """Yield a line for each distribution that is required with extras that it does not have.

    Args:
        closure: The distributions in use.
        names: The distributions to look at.

    """
    for use in closure.uses:
        missing = use.extras.difference(use.distribution.extras)
        if missing and use.distribution.name in names:
            yield f"`{use.distribution}` has no extra {quoted(sorted(missing))}"


def quoted(values: Iterable[object]) -> str:
    """Return values in a message: ```numpy 2.1`, `scipy```."""
    return ", ".join(f"`{value}`" for value in values)


def problem_lines(closure: Closure) -> tuple[str, ...]:
    """Return the problems of a closure as lines, without the credentials of URLs."""
    return tuple(redacted(str(problem)) for problem in closure.problems)


def dependents(name: str, inventory: Inventory, markers: Mapping[str, str]) -> Iterator[Distribution]:
    """Yield the visible distributions that require another one, and that its version satisfies."""
    required = inventory.visible.get(name)
    for distribution in inventory.visible.values():
        requirements = [
            requirement
            for requirement in requirements_of(distribution, frozenset(), markers)
            if canonicalize_name(requirement.name) == name
        ]
        if requirements and not (required and any(_mismatch(requirement, required) for requirement in requirements)):
            yield distribution


def _start(walk: _Walk, root: Root, is_unchanged: IsUnchanged) -> Iterator[_Pending]:
    """Yield the requirement of a root. A root without a name is looked up by its source."""
    requirement = requirement_cache.root_requirement(root)
    if requirement is not None and not requirement_cache.applies(requirement, walk.markers):
        return
    stale = bool(root.path) and not is_unchanged(root)
    if requirement is not None and not stale:
        yield _Pending(requirement, (root.text,), deep=not root.shallow)
        return
    distribution = None if stale else direct_url.installed_from(root, walk.inventory)
    if distribution is None:
        walk.add_problem(Problem("missing", root.text, (root.text,), detail="its source changed" if stale else ""))
        return
    extras = frozenset(canonicalize_name(extra) for extra in root.extras)
    yield from _add_use(walk, distribution, extras, (root.text,), deep=not root.shallow)


def _apply_overrides(walk: _Walk, pending: _Pending) -> Iterable[_Pending]:
    """Return a requirement, or the overrides that replace it."""
    overrides = walk.overrides.get(canonicalize_name(pending.requirement.name)) if walk.overrides else None
    return [pending] if overrides is None else [pending._replace(requirement=override) for override in overrides]


def _visit(walk: _Walk, pending: _Pending) -> Iterator[_Pending]:
    """Look a requirement up, and yield the requirements of what it finds."""
    requirement, chain = pending.requirement, pending.chain
    name = canonicalize_name(requirement.name)
    distribution = walk.inventory.visible.get(name)
    if distribution is None:
        walk.add_problem(Problem("missing", str(requirement), chain, pending.required_by))
        return
    for limit in (requirement, *walk.constraints.get(name, [])):
        if detail := _mismatch(limit, distribution):
            walk.add_problem(Problem("conflict", str(limit), chain, pending.required_by, distribution, detail))
    extras = frozenset(map(canonicalize_name, requirement.extras))
    yield from _add_use(walk, distribution, extras, chain, deep=pending.deep)


def _add_use(
    walk: _Walk, distribution: Distribution, extras: frozenset[str], chain: Chain, *, deep: bool
) -> Iterator[_Pending]:
    """Add a distribution to the closure, and yield those of its requirements that are new."""
    use = walk.uses.get(distribution.name)
    if use is not None and extras <= use.extras and (not deep or distribution.name in walk.walked):
        return
    if use is None and not requirement_cache.allows_python(
        distribution.requires_python, walk.markers["python_full_version"]
    ):
        python = f"Python {distribution.requires_python}"
        walk.add_problem(Problem("conflict", python, chain, distribution, distribution, f"needs {python}"))
    extras |= use.extras if use else frozenset()
    walk.uses[distribution.name] = Use(distribution, use.because if use else chain, extras)
    if deep:
        walk.walked.add(distribution.name)
        for requirement in requirements_of(distribution, extras, walk.markers):
            yield _Pending(requirement, _extended(chain, str(requirement)), distribution)


def _extended(chain: Chain, text: str) -> Chain:
    """Return a chain with one more requirement. The middle of a long one is left out."""
    if len(chain) < _LONGEST_CHAIN:
        return (*chain, text)
    return (*chain[: _LONGEST_CHAIN // 2], "…", *chain[2 + _LONGEST_CHAIN // 2 :], text)


def requirements_of(
    distribution: Distribution, extras: frozenset[str], markers: Mapping[str, str]
) -> Iterator[Requirement]:
    """Yield the requirements of a distribution whose markers hold. Those that cannot be parsed are left out."""
    for text in distribution.requires:
        if not extras and requirement_cache.is_only_for_extra(text):
            continue
        requirement = requirement_cache.requirement(text)
        if requirement is not None and requirement_cache.applies(requirement, markers, ("", *extras)):
            yield requirement


def _mismatch(requirement: Requirement, distribution: Distribution) -> str:
    """Return how a distribution does not satisfy a requirement, an empty string if it does."""
    if distribution.planned and not distribution.version:
        return ""
    if requirement.url:
        if direct_url.matches(requirement.url, distribution):
            return ""
        return f"requires it from {redacted(requirement.url)}"
    # Installed pre-releases are accepted, as all installers do.
    is_satisfied = requirement.specifier.contains(distribution.version, prereleases=True)
    return "" if is_satisfied else f"requires `{requirement.specifier}`"


def _overrides(policy: Policy, markers: Mapping[str, str]) -> dict[str, list[Requirement]]:
    """Return the overrides by name. An override whose markers do not hold removes the requirement."""
    overrides: dict[str, list[Requirement]] = {}
    for requirement in filter(None, (requirement_cache.requirement(root.text) for root in policy.overrides)):
        replacements = overrides.setdefault(canonicalize_name(requirement.name), [])
        if requirement_cache.applies(requirement, markers):
            replacements.append(requirement)
    return overrides


def _by_name(constraints: Iterable[Root], markers: Mapping[str, str]) -> dict[str, list[Requirement]]:
    by_name: dict[str, list[Requirement]] = {}
    for constraint in constraints:
        requirement = requirement_cache.root_requirement(constraint)
        if requirement is not None and requirement_cache.applies(requirement, markers):
            by_name.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return by_name
