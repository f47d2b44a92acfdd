"""What earlier installs asked of an environment, and how it goes together with what is asked now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Policy, Root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Distribution, Inventory, Plan, Request


def as_before(request: Request, known: Receipt) -> Request:
    """Return a request with the overrides of earlier ones.

    One that asks for nothing new has the limits of the last as well: it brings up to date what that left.
    """
    if not request.keep:
        return request
    policy, earlier = request.policy, known.policy
    named = {requirement_cache.name_of(override) for override in policy.overrides}
    kept = [override for override in earlier.overrides if requirement_cache.name_of(override) not in named]
    policy = policy._replace(overrides=(*kept, *policy.overrides))
    if not request.roots:
        policy = Policy(
            constraints=policy.constraints or earlier.constraints,
            overrides=policy.overrides,
            only_reuse=policy.only_reuse or earlier.only_reuse,
            never_reuse=policy.never_reuse or earlier.never_reuse,
        )
    return request._replace(policy=policy)


def merged(earlier: Iterable[Root], new: Iterable[Root]) -> tuple[Root, ...]:
    """Return what was asked for earlier and now; of one name or path the new one counts."""
    new = tuple(new)
    named = {requirement_cache.name_of(one) or one.path for one in new}
    kept = [one for one in earlier if (requirement_cache.name_of(one) or one.path) not in named]
    return (*(one for one in kept if not one.path or os.path.exists(one.path)), *new)


def superseded(roots: Iterable[Root], new: Iterable[Root], everything: Inventory, made: Plan) -> tuple[Root, ...]:
    """Return roots by name, where what an earlier one had from its own source now comes from elsewhere.

    ``deps = .[test]`` of tox is followed by an install of the package that it has built: what the extra requires
    is still asked for.
    """
    coming = {step.name: step.candidate.reference for step in made.installed}
    asked = {*new}

    def now(root: Root) -> Root:
        found = None if root in asked else _from_its_source(root, everything)
        if found is None or found.name not in coming or _is_source_of(root, coming[found.name]):
            return root
        parsed = requirement_cache.requirement(root.text)
        extras = ",".join(sorted(parsed.extras if parsed else root.extras))
        return Root(f"{found.name}[{extras}]" if extras else found.name, root.origin, shallow=root.shallow)

    return tuple(dict.fromkeys(map(now, roots)))


def _from_its_source(root: Root, everything: Inventory) -> Distribution | None:
    """Return what was installed from where a root says that it lies, if the root says so."""
    parsed = requirement_cache.requirement(root.text)
    if parsed is None:
        return direct_url.installed_from(root, everything)
    found = everything.visible.get(requirement_cache.name_of(root)) if parsed.url else None
    return found if found and direct_url.matches(str(parsed.url), found) else None


def _is_source_of(root: Root, reference: str) -> bool:
    parsed = requirement_cache.requirement(root.text)
    return (
        direct_url.path_of(reference) == root.path if root.path else reference == (parsed.url if parsed else root.text)
    )
