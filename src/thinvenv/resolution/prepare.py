"""From a request and a survey to a plan: walk, resolve where needed, plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url
from thinvenv.errors import NotAnEnvironmentError
from thinvenv.links.manifest import is_linkable
from thinvenv.model import Closure, Plan, Resolution, Root, Shadow
from thinvenv.plugins import manager
from thinvenv.resolution import abi_warnings, eligibility, merge, planner, pruning, resolver
from thinvenv.resolution.closure import compute_closure, unknown_extras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Inventory, Request


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with all that is needed to apply it.

    Attributes:
        state: What it was made for.
        asked: What was asked for.
        request: That, with what earlier requests said that holds for it too.
        roots: What is asked for, and what earlier installs asked for.
        sources: The fingerprints of the local sources in the request.
        plan: What is to be done.
        context: Where it is done.

    """

    state: EnvironmentState
    asked: Request
    request: Request
    roots: tuple[Root, ...]
    sources: Mapping[str, str]
    plan: Plan
    context: Context

    @property
    def backend(self) -> Backend:
        """Who does it. Most plans need nobody."""
        return resolver.backend_for(self.request, self.context)


def prepare(request: Request, state: EnvironmentState, sources: Mapping[str, str], context: Context) -> Prepared:
    """Make the plan for a request.

    Args:
        request: What is asked for.
        state: The environment as it stands.
        sources: The fingerprints of the local sources in the request.
        context: Where the resolver runs.

    Raises:
        NotAnEnvironmentError: The interpreter is not that of a virtual environment.
        RequirementError: A root cannot be read.
        ResolutionError: There is no solution.
        UnshadowableError: A base distribution that must go cannot be hidden.
        BackendError: The resolver failed otherwise.

    """
    if not state.environment.is_virtual:
        raise _not_virtual(state)
    asked_for, request = request, merge.as_before(request, state.receipt)
    everything = state.intact_inventory
    reusable = eligibility.restricted(
        everything, request, manager.excluded_locations(context.plugins, everything, state.environment)
    )
    asked = [one._replace(shallow=request.no_deps) for one in request.roots]
    roots = merge.merged(state.receipt.roots, asked)
    wanted = roots if request.keep else tuple(asked)

    def walked(usable: Inventory) -> Closure:
        return _closure(wanted, request, usable, state, sources)

    def resolved(used: Closure, usable: Inventory) -> Resolution:
        return resolver.resolve(wanted, request, used, usable, state, context)

    used, reusable = _linkable(walked, reusable, everything, context)
    resolution, markers = Resolution(), state.environment.markers
    if not used.satisfied or request.anew:
        resolution = resolved(used, reusable)
        while misfits := _misfits(wanted, planner.outcome(resolution, everything, reusable), reusable, markers):
            reusable = reusable.replaced(misfits, ())
            used = walked(reusable)
            resolution = resolved(used, reusable)
    if request.prune:
        left = planner.outcome(resolution, everything, reusable)
        spared = state.receipt.shared
        back = pruning.superfluous(wanted, left, markers, constraints=request.policy.constraints, spared=spared)
        resolution = Resolution((*resolution.candidates, *back))
    made = planner.make(wanted, everything, reusable, resolution, markers)
    made = made._replace(warnings=(*made.warnings, *_cautions(made, request, used, everything, resolution, markers)))
    roots = merge.superseded(roots, asked, everything, made)
    return Prepared(state, asked_for, request, roots, sources, made, context)


def _misfits(
    wanted: tuple[Root, ...], outcome: Inventory, reusable: Inventory, markers: Mapping[str, str]
) -> list[Distribution]:
    """Return what of a base does not fit what a resolver chose, although its version does.

    A version is one thing to a resolver. But Linux distributions patch metadata: what the index
    has of that version fits, and what the base has does not.
    """
    problems = compute_closure(wanted, outcome, markers).problems
    misfits = {problem.required_by.name for problem in problems if problem.required_by}
    return [one for one in reusable.distributions if one.name in misfits and not reusable.in_venv(one)]


def _cautions(
    made: Plan,
    request: Request,
    used: Closure,
    everything: Inventory,
    resolution: Resolution,
    markers: Mapping[str, str],
) -> Iterator[str]:
    """Yield what only a look at the files of the base tells of a plan, and what it leaves unused."""
    hidden = [(step.version, step.replaces) for step in made.installed if isinstance(step, Shadow)]
    reused = {step.name for step in made.reused}
    coming = {step.name for step in made.installed}
    yield from abi_warnings.misfits(hidden, planner.outcome(resolution, everything, everything), markers, reused)
    yield from unknown_extras(used, {use.distribution.name for use in used.uses} - coming)
    unproven = ", ".join(f"`{one}`" for one in eligibility.unproven(everything, request, coming))
    if unproven:
        yield f"{unproven} of the base cannot be shown to match a hash, so it is installed here (`--require-hashes`)"


def _not_virtual(state: EnvironmentState) -> NotAnEnvironmentError:
    return NotAnEnvironmentError(
        f"{state.prefix} is not a virtual environment",
        why=("thinvenv never writes to a base",),
        hint="thinvenv create .venv",
    )


def _linkable(
    walked: Callable[[Inventory], Closure], reusable: Inventory, everything: Inventory, context: Context
) -> tuple[Closure, Inventory]:
    """Return what is used, and what may be, without that of which nothing tells the files."""
    used = walked(reusable)
    while stuck := _not_linkable(used, everything):
        for one in stuck:
            context.reporter.note(f"nothing tells the files of {one} in {one.layer}, so it cannot be linked")
        reusable = reusable.replaced(stuck, ())
        used = walked(reusable)
    return used, reusable


def _not_linkable(used: Closure, everything: Inventory) -> list[Distribution]:
    found = (use.distribution for use in used.uses)
    return [one for one in found if one.layer in everything.linkable_paths and not is_linkable(one)]


def _closure(
    wanted: Iterable[Root], request: Request, reusable: Inventory, state: EnvironmentState, sources: Mapping[str, str]
) -> Closure:
    known = state.receipt.sources
    asked = {root.path for root in request.roots}

    def is_unchanged(root: Root) -> bool:
        if root.path not in asked or root.path not in sources:
            return True  # asked for earlier: it changes when it is asked for again
        if root.path in known:
            return known[root.path] == sources[root.path]
        return root.editable or direct_url.is_same_archive(root, reusable)

    return compute_closure(
        wanted,
        reusable,
        state.environment.markers,
        constraints=request.policy.constraints,
        is_unchanged=is_unchanged,
    )
