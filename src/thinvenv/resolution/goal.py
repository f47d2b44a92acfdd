"""The goal of an install: what an environment has to satisfy, and what may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url
from thinvenv.errors import NotAnEnvironmentError, UsageError
from thinvenv.links.manifest import is_linkable
from thinvenv.named_tuples import NamedTuple
from thinvenv.plugins import manager
from thinvenv.resolution import eligibility, merge, resolver, uv_policy
from thinvenv.resolution.closure import compute_closure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure, Distribution, Inventory, Request, Root


class Goal(NamedTuple):
    """What an install has to achieve in which environment.

    Attributes:
        original: The request as it was made; ``None`` if a plan does not satisfy one.
        request: The request, with the policy of earlier ones and of uv's configuration.
        requested: Its requirements.
        merged: Its requirements, and those of earlier requests.
        state: The environment.
        inventory: All distributions that it has and that are complete.
        sources: The fingerprints of the local sources in the request.
        context: The context of the call.

    """

    original: Request | None
    request: Request
    requested: tuple[Root, ...]
    merged: tuple[Root, ...]
    state: EnvironmentState
    inventory: Inventory
    sources: Mapping[str, str]
    context: Context

    @property
    def roots(self) -> tuple[Root, ...]:
        """The requirements that the environment has to satisfy."""
        return self.merged if self.request.keep else self.requested

    @property
    def markers(self) -> Mapping[str, str]:
        """The environment markers of the interpreter."""
        return self.state.environment.markers

    def eligible(self, inventory: Inventory) -> Inventory:
        """Return the distributions of an inventory that may be used."""
        excluded = manager.excluded_locations(self.context.plugins, inventory, self.state.environment)
        return eligibility.eligible_inventory(inventory, self.request, excluded)

    def closure(self, eligible: Inventory) -> Closure:
        """Return what the roots use of the eligible distributions, unless the local source of a root has changed."""
        recorded, sources = self.state.receipt.sources, self.sources
        requested = {root.path for root in self.request.roots}

        def is_unchanged(root: Root) -> bool:
            if root.path not in requested or root.path not in sources:
                return True  # of an earlier request: it is compared when it is requested again
            if root.path in recorded:
                return recorded[root.path] == sources[root.path]
            return root.editable or direct_url.has_same_source(root, eligible)

        return compute_closure(self.roots, eligible, self.markers, self.request.policy, is_unchanged=is_unchanged)


def goal_of(request: Request, state: EnvironmentState, sources: Mapping[str, str], context: Context) -> Goal:
    """Return the goal of a request.

    Args:
        request: The request.
        state: The environment.
        sources: The fingerprints of the local sources in the request.
        context: The context of the call.

    Raises:
        NotAnEnvironmentError: The interpreter is not that of a virtual environment.
        RequirementError: A requirement cannot be parsed.
        UsageError: A file of uv's configuration cannot be read, or a glob matches nothing and the request is strict.

    """
    if not state.environment.is_virtual:
        why = ("thinvenv never writes to a base",)
        raise NotAnEnvironmentError(
            f"{state.prefix} is not a virtual environment", why=why, hint="thinvenv create .venv"
        )
    original, request = request, merge.with_earlier_policy(request, state.receipt)
    request = uv_policy.with_configuration(request, context)
    if uv_policy.needs_uv(request.policy) and resolver.backend_for(request, context).name == "pip":
        request = uv_policy.for_pip(request)
    requested = tuple(root._replace(shallow=request.no_deps) for root in request.roots)
    inventory = state.intact_inventory
    unmatched = tuple(eligibility.unmatched_globs(inventory, request.policy))
    if unmatched and request.strict:
        raise UsageError("some globs match nothing (`--strict`)", why=unmatched)
    merged = requested if request.exact else merge.merge_roots(state.receipt.roots, requested, inventory)
    return Goal(original, request, requested, merged, state, inventory, sources, context)


def unlinkable(closure: Closure, inventory: Inventory) -> list[Distribution]:
    """Return the distributions in use that would be linked, but list no files."""
    used: Iterable[Distribution] = (use.distribution for use in closure.uses)
    linked = (distribution for distribution in used if distribution.layer in inventory.linkable_paths)
    return [distribution for distribution in linked if not is_linkable(distribution)]
