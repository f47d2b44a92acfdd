"""Merges a request with the earlier requests that the receipt of an environment records."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.config import uv
from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Policy, Root
from thinvenv.requirements.roots import in_brackets
from thinvenv.urls import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.environments.receipt import Receipt
    from thinvenv.model import Distribution, Inventory, Plan, Request


def with_earlier_policy(request: Request, receipt: Receipt) -> Request:
    """Return a request with the overrides of earlier ones; its own replace those of the same name.

    A request without roots updates what earlier ones asked for, so it gets the rest of their policy too.
    """
    if not request.keep:
        return request
    policy, earlier = request.policy, _without_uv_configuration(receipt.policy)
    names = {requirement_cache.name_of(override) for override in policy.overrides}
    kept = [override for override in earlier.overrides if requirement_cache.name_of(override) not in names]
    policy = policy._replace(overrides=(*kept, *policy.overrides))
    if not request.roots:
        policy = Policy(
            constraints=policy.constraints or earlier.constraints,
            overrides=policy.overrides,
            only_reuse=policy.only_reuse or earlier.only_reuse,
            never_reuse=policy.never_reuse or earlier.never_reuse,
        )
    return request._replace(policy=policy)


def _without_uv_configuration(policy: Policy) -> Policy:
    """Return a policy without what uv's configuration added: that of the current request counts, not an earlier one."""
    return policy._replace(
        constraints=tuple(root for root in policy.constraints if not uv.is_configured(root)),
        overrides=tuple(root for root in policy.overrides if not uv.is_configured(root)),
        metadata=(),
    )


def merge_roots(earlier: Iterable[Root], new: Iterable[Root], inventory: Inventory) -> tuple[Root, ...]:
    """Return the roots of earlier requests and of a new one. New roots replace those of the same name, path or URL.

    Earlier roots whose path no longer exists are dropped, unless they are installed.
    """
    new = tuple(new)
    keys = {_key(root) for root in new}

    def is_lost(root: Root) -> bool:
        return bool(root.path) and not os.path.exists(root.path) and not direct_url.installed_from(root, inventory)

    return (*(root for root in earlier if _key(root) not in keys and not is_lost(root)), *new)


def _key(root: Root) -> str:
    return requirement_cache.name_of(root) or root.path or root.text


def replace_superseded_roots(
    roots: Iterable[Root], new: Iterable[Root], inventory: Inventory, plan: Plan
) -> tuple[Root, ...]:
    """Return roots, with a name in place of each path or URL whose distribution a plan takes from elsewhere.

    After ``deps = .[test]``, tox installs the package that it has built: it replaces the project at that
    path, and the requirements of the extra remain.

    Args:
        roots: The roots of all requests.
        new: The roots of the current request, which stay as they are.
        inventory: The distributions before the plan is applied.
        plan: The plan.

    """
    references = {step.name: step.candidate.reference for step in plan.installed}
    requested = {*new}

    def replaced(root: Root) -> Root:
        old = None if root in requested else _installed_from_source(root, inventory)
        if old is None or old.name not in references or _is_source_of(root, references[old.name]):
            return root
        requirement = requirement_cache.requirement(root.text)
        extras = in_brackets(requirement.extras if requirement else root.extras)
        return Root(old.name + extras, root.origin, shallow=root.shallow)

    return tuple(dict.fromkeys(map(replaced, roots)))


def _installed_from_source(root: Root, inventory: Inventory) -> Distribution | None:
    """Return the distribution that was installed from the path or URL of a root, ``None`` if it has neither."""
    requirement = requirement_cache.requirement(root.text)
    if requirement is not None and not requirement.url:
        return None
    installed = direct_url.installed_from(root, inventory)
    return installed if installed and requirement_cache.name_of(root) in {"", installed.name} else None


def _is_source_of(root: Root, reference: str) -> bool:
    if root.path:
        return path_of(reference) == root.path
    requirement = requirement_cache.requirement(root.text)
    return reference == (requirement.url if requirement else root.text)
