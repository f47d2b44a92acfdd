"""What is missing, as requirements of its own, so that a resolver need not look at the rest.

A resolver asks the index for a page of every name that it meets, also of those that a base
satisfies; over a rich base these are nearly all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import requirement_cache
from thinvenv.model import Root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Closure, Problem, Resolution


def apart(roots: Iterable[Root], used: Closure) -> tuple[Root, ...]:
    """Return the requirements of a closure that nothing answers, if they can be resolved by themselves.

    They can where each is of a name that is not there at all: whoever requires it is among its
    problems then, so that no requirement on it is left out.

    Args:
        roots: What the closure was walked from.
        used: The closure.

    Returns:
        The requirements; none where something has to be replaced, or where a resolver treats
        what is asked for directly in another way (URLs, pre-releases).

    """
    by_text = {root.text: root for root in roots}
    found = [_own_root(problem, by_text.get(problem.chain[0])) for problem in used.problems]
    return tuple(dict.fromkeys(one for one in found if one)) if all(found) else ()


def leaves_alone(answer: Resolution, used: Closure) -> bool:
    """Tell whether an answer for what is missing changes nothing that is used: else all has to be resolved."""
    return {one.name for one in answer.candidates}.isdisjoint(use.distribution.name for use in used.uses)


def _own_root(problem: Problem, root: Root | None) -> Root | None:
    if problem.kind != "missing" or problem.detail or root is None:
        return None
    if problem.required_by is None:
        return None if root.shallow else root
    wanted = requirement_cache.requirement(problem.requirement)
    if wanted is None or wanted.url or wanted.specifier.prereleases:
        return None
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return Root(f"{wanted.name}{extras}{wanted.specifier}", " -> ".join(problem.chain))
