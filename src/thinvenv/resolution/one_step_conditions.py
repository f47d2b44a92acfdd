"""When one process of uv can resolve and install, without a plan: the conditions.

An install along a plan starts two processes, a resolver and an installer, and both read the same pages and metadata.
If nothing in use has to be replaced, one process can do both. uv gets the requirements that are missing, and for each
distribution that may be used an override that removes all requirements on it. Therefore uv can only add distributions.
Whether they fit together is checked afterwards, when their metadata are installed (``installation.one_step_install``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.backends.uv import Uv
from thinvenv.inventory.layers import linked_dist_infos
from thinvenv.named_tuples import NamedTuple
from thinvenv.resolution import eligibility, missing, resolver

if TYPE_CHECKING:
    from thinvenv.model import Closure, Inventory, Request, Root
    from thinvenv.resolution.goal import Goal


class Attempt(NamedTuple):
    """What is installed in one step.

    Attributes:
        backend: The uv that installs.
        request: The request, with the missing requirements as its roots.
        ignored: The names of the available distributions: uv must ignore all requirements on them.
        replaced: The names of distributions in the venv that local archives replace.

    """

    backend: Uv
    request: Request
    ignored: frozenset[str]
    replaced: frozenset[str]


def attempt_of(goal: Goal, closure: Closure, eligible: Inventory) -> Attempt | None:
    """Return what can be installed in one step, ``None`` if the install needs a plan.

    Args:
        goal: What the install has to achieve.
        closure: What of the roots is satisfied, and what is not.
        eligible: The distributions that may be used.

    """
    backend = resolver.backend_for(goal.request, goal.context)
    if not isinstance(backend, Uv) or _needs_plan(goal):
        return None
    constraints = goal.request.policy.constraints
    visible = eligibility.distributions_for_resolver(eligible, goal.roots, constraints, goal.markers)
    ignored = frozenset(distribution.name for distribution in visible)
    if any(dist.name not in ignored for dist in goal.inventory.own):
        return None  # uv might replace it
    archives = frozenset(filter(None, map(resolver.name_of_archive, goal.request.roots)))
    in_venv = frozenset(dist.name for dist in visible if goal.inventory.in_venv(dist))
    if goal.request.no_deps:
        roots, ignored, replaced = _shallow_roots(goal, closure), frozenset(), archives & in_venv
    else:
        roots, replaced = missing.missing_roots(goal.roots, closure), frozenset()
        if archives & ignored:
            return None
    return Attempt(backend, goal.request._replace(roots=roots), ignored, replaced) if roots else None


def _shallow_roots(goal: Goal, closure: Closure) -> tuple[Root, ...]:
    """Return the roots to install without their dependencies; none if the request needs anything else."""
    archives = {root.text for root in goal.request.roots if resolver.name_of_archive(root)}
    texts = {root.text for root in goal.request.roots}
    for problem in closure.problems:
        is_stale = bool(problem.detail) and problem.requirement not in archives  # the name of a project is not known
        if problem.kind != "missing" or is_stale or problem.requirement not in texts:
            return ()
    if goal.request.reinstall:
        return goal.request.roots
    unmet = {problem.requirement for problem in closure.problems}
    return tuple(root for root in goal.request.roots if root.text in unmet)


def _needs_plan(goal: Goal) -> bool:
    """Return whether a request or an environment has anything that only a plan can respect."""
    request, inventory, environment = goal.request, goal.inventory, goal.state.environment
    return (
        request.upgrade
        or request.exact
        or bool(request.upgrade_names or request.reinstall_names or request.policy.overrides or request.policy.metadata)
        or (request.reinstall and not (request.no_deps and all(map(resolver.name_of_archive, request.roots))))
        or bool(request.prune and inventory.own)
        or any(root.only_index for root in goal.roots)
        or resolver.has_hashes(request)
        or resolver.prefers_lowest(request, goal.context)
        or bool(environment.stores or linked_dist_infos(environment.purelib))
        or _has_stale_files(goal)
        or any(dist.layer in inventory.paths_before_venv for dist in inventory.distributions)
    )


def _has_stale_files(goal: Goal) -> bool:
    """Return whether there are scripts or data files of distributions that the environment does not have any more."""
    receipt = goal.state.receipt
    owners = {*receipt.data_files, *(script.owner for script in receipt.scripts.values())}
    return not owners <= set(goal.inventory.visible)
