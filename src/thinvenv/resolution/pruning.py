"""Copies in the venv that the base has meanwhile made superfluous. Pure, as the plan is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.model import Candidate
from thinvenv.resolution.closure import compute_closure, contradictions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from thinvenv.model import Distribution, Inventory, Problem, Root


def superfluous(
    roots: Iterable[Root],
    inventory: Inventory,
    markers: Mapping[str, str],
    *,
    constraints: Iterable[Root] = (),
    spared: Collection[str] = (),
) -> list[Candidate]:
    """Return the base's versions that can come to light in place of the venv's copies.

    As many as fit together: a copy stays where its absence would leave a requirement
    unsatisfied, or make two distributions contradict each other that do not now.

    Args:
        roots: What is asked for.
        inventory: What may be used, as it will be when all else is done.
        markers: The environment markers of the target interpreter.
        constraints: What limits versions without asking for anything.
        spared: Names to leave alone.

    """
    roots, constraints = tuple(roots), tuple(constraints)
    copies = {one.name: one for one in inventory.visible.values() if _is_copy(one, inventory, spared)}
    known = {str(one) for one in _problems(roots, inventory, markers, constraints)}
    while copies:
        rest = inventory.replaced(copies.values(), ())
        broken = [one for one in _problems(roots, rest, markers, constraints) if str(one) not in known]
        if not broken:
            break
        stay = {name for problem in broken for name in _involved(problem)} & set(copies)
        copies = {name: one for name, one in copies.items() if name not in stay} if stay else {}
    below = inventory.replaced(copies.values(), ()).visible
    return [Candidate(name, below[name].version) for name in sorted(copies)]


def _is_copy(one: Distribution, inventory: Inventory, spared: Collection[str]) -> bool:
    """Tell whether the base has a distribution of this name too; what came by URL is no copy of it."""
    if not inventory.in_venv(one) or one.planned or one.direct_url or one.name in spared:
        return False
    return any(each.name == one.name and not inventory.in_venv(each) for each in inventory.distributions)


def _problems(
    roots: tuple[Root, ...], inventory: Inventory, markers: Mapping[str, str], constraints: tuple[Root, ...]
) -> list[Problem]:
    walked = compute_closure(roots, inventory, markers, constraints=constraints)
    return [*walked.problems, *contradictions(inventory, markers)]


def _involved(problem: Problem) -> set[str]:
    """Return the names of what was found, and of the distribution that requires another one."""
    return {distribution.name for distribution in (problem.found, problem.required_by) if distribution}
