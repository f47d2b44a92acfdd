"""Pruning: copies in the venv that are superfluous, because the base has them by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.model import Policy
from thinvenv.resolution.closure import compute_closure, contradictions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from thinvenv.model import Distribution, Inventory, Problem, Root
    from thinvenv.resolution.planner import Outcome


def prune(
    outcome: Outcome,
    roots: Iterable[Root],
    markers: Mapping[str, str],
    policy: Policy = Policy(),  # noqa: B008 - it is frozen
    *,
    kept: Collection[str] = (),
) -> Outcome:
    """Return an outcome without the venv's copies of distributions that the base has as well.

    Args:
        outcome: The environment as it will be when everything else is done.
        roots: The requirements.
        markers: The environment markers of the target interpreter.
        policy: Its constraints and overrides count.
        kept: The names of copies that have to stay.

    """
    roots = tuple(roots)
    copies = superfluous_copies(roots, outcome.eligible, markers, policy, kept=kept)
    if not copies:
        return outcome
    pruned = outcome.without(copies)
    closure = compute_closure(roots, pruned.eligible, markers, policy._replace(constraints=()))
    return pruned._replace(closure=closure)


def without_unneeded(outcome: Outcome, kept: Collection[str] = ()) -> Outcome:
    """Return an outcome without the distributions of the venv that the requirements do not use, except for some."""
    needed = {*outcome.closure.names, *kept}
    return outcome.without([dist for dist in outcome.inventory.own if not dist.planned and dist.name not in needed])


def superfluous_copies(
    roots: Iterable[Root],
    inventory: Inventory,
    markers: Mapping[str, str],
    policy: Policy = Policy(),  # noqa: B008 - it is frozen
    *,
    kept: Collection[str] = (),
) -> list[Distribution]:
    """Return as many distributions of the venv as the base can replace together.

    A copy stays if its removal would leave a requirement unsatisfied, or would cause a
    contradiction between two distributions. The arguments are those of :func:`prune`, with the
    eligible distributions in place of the outcome.
    """
    roots = tuple(roots)
    copies = {dist.name: dist for dist in inventory.visible.values() if _is_copy(dist, inventory, kept)}
    accepted = {str(problem) for problem in _problems(roots, inventory, markers, policy)}
    while copies:
        rest = inventory.replaced(copies.values(), ())
        problems = [problem for problem in _problems(roots, rest, markers, policy) if str(problem) not in accepted]
        if not problems:
            break
        needed = {name for problem in problems for name in _involved(problem)} & set(copies)
        copies = {name: dist for name, dist in copies.items() if name not in needed} if needed else {}
    return [copies[name] for name in sorted(copies)]


def _is_copy(distribution: Distribution, inventory: Inventory, kept: Collection[str]) -> bool:
    """Return whether the base has a distribution of this name too. What came from a URL is no copy of it."""
    if distribution.planned or distribution.direct_url or distribution.name in kept:
        return False
    return inventory.in_venv(distribution) and any(other.name == distribution.name for other in inventory.of_base)


def _problems(
    roots: tuple[Root, ...], inventory: Inventory, markers: Mapping[str, str], policy: Policy
) -> list[Problem]:
    closure = compute_closure(roots, inventory, markers, policy)
    return [*closure.problems, *contradictions(inventory, markers, policy)]


def _involved(problem: Problem) -> set[str]:
    """Return the names of what was found, and of the distribution that requires another one."""
    return {distribution.name for distribution in (problem.found, problem.required_by) if distribution}
