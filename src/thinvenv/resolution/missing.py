"""The missing requirements alone, so that a resolver need not look at the satisfied ones.

A resolver reads an index page for every name that it meets, even if the base satisfies the
requirement. Over a large base these are nearly all names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import requirement_cache
from thinvenv.model import Root
from thinvenv.requirements.roots import in_brackets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Closure, Problem, Resolution


def missing_roots(roots: Iterable[Root], closure: Closure) -> tuple[Root, ...]:
    """Return the missing requirements of a closure as roots, if they can be resolved alone.

    They can if no distribution of their names is there at all. Then every distribution that requires
    one of them is among the problems, so no requirement on it is left out.

    Args:
        roots: The roots of the closure.
        closure: The closure.

    Returns:
        The roots; none if something has to be replaced, or if a resolver treats direct requirements
        in another way than those of distributions (URLs, pre-releases).

    """
    by_text = {root.text: root for root in roots}
    missing = [_missing_root(problem, by_text.get(problem.chain[0])) for problem in closure.problems]
    return tuple(dict.fromkeys(root for root in missing if root)) if all(missing) else ()


def changes_nothing_used(resolution: Resolution, closure: Closure) -> bool:
    """Return whether an answer for the missing requirements leaves all used distributions as they are.

    Only then does it equal the answer for all requirements.
    """
    return closure.names.isdisjoint(candidate.name for candidate in resolution.candidates)


def _missing_root(problem: Problem, root: Root | None) -> Root | None:
    if problem.kind != "missing" or problem.detail or root is None:
        return None
    if problem.required_by is None:
        return None if root.shallow else root
    requirement = requirement_cache.requirement(problem.requirement)
    if requirement is None or requirement.url or requirement.specifier.prereleases:
        return None
    text = f"{requirement.name}{in_brackets(requirement.extras)}{requirement.specifier}"
    return Root(text, " -> ".join(problem.chain))
