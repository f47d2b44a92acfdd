"""From a request and the state of an environment to a plan: closure, resolver, planner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.errors import NotAnEnvironmentError, ResolutionError, UsageError
from thinvenv.links.manifest import is_linkable
from thinvenv.model import Closure, Plan, Root, Shadow
from thinvenv.plugins import manager
from thinvenv.resolution import abi_mismatches, eligibility, merge, resolver, uv_policy
from thinvenv.resolution.abi_mismatches import Certainty
from thinvenv.resolution.closure import compute_closure, unknown_extras
from thinvenv.resolution.planner import Outcome, compute_outcome, make_plan
from thinvenv.resolution.pruning import prune, without_unneeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Inventory, Problem, Request
    from thinvenv.resolution.abi_mismatches import Mismatch


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with everything that is needed to apply it.

    Attributes:
        state: The environment that the plan is made for.
        original: The request as it was made; ``None`` if the plan does not satisfy one.
        request: The request with the policy of earlier ones, which applies to it too.
        roots: Its requirements, and those of earlier requests.
        sources: The fingerprints of the local sources in the request.
        plan: The plan.
        closure: The closure of all roots if the environment satisfies them without a change, else ``None``.
        context: The context of the call.

    """

    state: EnvironmentState
    original: Request | None
    request: Request
    roots: tuple[Root, ...]
    sources: Mapping[str, str]
    plan: Plan
    closure: Closure | None
    context: Context

    @property
    def backend(self) -> Backend:
        """The backend that installs. Most plans do not need one."""
        return resolver.backend_for(self.request, self.context)


@dataclass(frozen=True, slots=True)
class _Goal:
    """What a plan has to achieve in which environment.

    Attributes:
        roots: The requirements that the environment has to satisfy.
        request: The request, with the policy of earlier ones.
        state: The environment.
        inventory: All distributions that it has.
        sources: The fingerprints of the local sources in the request.
        context: The context of the call.

    """

    roots: tuple[Root, ...]
    request: Request
    state: EnvironmentState
    inventory: Inventory
    sources: Mapping[str, str]
    context: Context

    @property
    def markers(self) -> Mapping[str, str]:
        return self.state.environment.markers


def prepare(request: Request, state: EnvironmentState, sources: Mapping[str, str], context: Context) -> Prepared:
    """Return the plan for a request.

    Args:
        request: The request.
        state: The environment.
        sources: The fingerprints of the local sources in the request.
        context: The context of the call.

    Raises:
        NotAnEnvironmentError: The interpreter is not that of a virtual environment.
        RequirementError: A requirement cannot be parsed.
        ResolutionError: There is no solution.
        UsageError: A glob matches nothing, and the request is strict.
        UnshadowableError: A base distribution has to be replaced, but cannot be hidden.
        BackendError: The resolver failed for another reason.
        PluginError: A plugin failed.

    """
    if not state.environment.is_virtual:
        raise _not_virtual(state)
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
    goal = _Goal(merged if request.keep else requested, request, state, inventory, sources, context)
    outcome, excluded = _decide(goal)
    if request.prune:
        outcome = _prune(outcome, goal)
    if request.exact:
        outcome = without_unneeded(outcome)
    plan = make_plan(outcome, inventory, goal.markers)
    mismatches = tuple(abi_mismatches.find_mismatches(outcome.inventory, state.environment))
    warnings = (*unmatched, *plan.warnings, *_further_warnings(plan, outcome, excluded, mismatches, goal))
    plan = plan._replace(warnings=warnings, doubtful=frozenset(mismatch.distribution.name for mismatch in mismatches))
    roots = merge.replace_superseded_roots(merged, requested, inventory, plan)
    closure = outcome.closure if outcome.was_satisfied and not plan.changes and roots == goal.roots else None
    return Prepared(state, original, request, roots, sources, plan, closure, context)


def _decide(goal: _Goal) -> tuple[Outcome, list[Mismatch]]:
    """Return what the environment has to become, with the help of a resolver if anything is missing.

    Two kinds of base distributions show only in an outcome that they do not fit. They are excluded, and
    the rest is resolved again:

    - A version has one set of metadata to a resolver. But Linux distributions patch metadata, so the
      resolver's answer can fit the metadata on the index and contradict those of the same version in
      the base.
    - It was built against another major version of what the outcome has. If that is only probable and
      there is nothing to replace it, it stays.

    Returns:
        The outcome, and the mismatches that excluded a base distribution.

    """
    closure, eligible = _exclude_unlinkable(goal, _eligible_inventory(goal))
    excluded: list[Mismatch] = []
    fallback: Outcome | None = None
    outcome: Outcome | None = None
    if closure.satisfied and not goal.request.ignores_installed:
        outcome = Outcome((), (), goal.inventory, eligible, closure, was_satisfied=True)
    while True:
        try:
            outcome = outcome or _resolve(goal, closure, eligible)
        except ResolutionError as error:
            if fallback:
                return fallback, [mismatch for mismatch in excluded if mismatch.certainty is Certainty.CERTAIN]
            error.why += tuple(abi_mismatches.exclusion_lines(excluded))
            raise
        contradicted = _contradicted(outcome.closure, eligible)
        mismatches = _mismatches_in_use(outcome, goal)
        if not contradicted and not mismatches:
            return outcome, excluded
        is_certain = contradicted or mismatches[0].certainty is Certainty.CERTAIN
        fallback = fallback if is_certain else fallback or outcome
        excluded += mismatches
        eligible = eligible.replaced((*contradicted, *(mismatch.distribution for mismatch in mismatches)), ())
        closure, outcome = _closure(goal, eligible), None


def _resolve(goal: _Goal, closure: Closure, eligible: Inventory) -> Outcome:
    """Return what the environment has to become according to a resolver."""
    try:
        resolution = resolver.resolve(goal.roots, goal.request, closure, eligible, goal.state, goal.context)
    except ResolutionError as error:
        missing = set(map(_name_of, closure.problems))
        error.why += tuple(_foreign_line(dist for dist in goal.inventory.foreign if dist.name in missing))
        raise
    constraints = goal.request.policy.constraints
    return compute_outcome(goal.roots, goal.inventory, eligible, resolution, goal.markers, constraints)


def _mismatches_in_use(outcome: Outcome, goal: _Goal) -> list[Mismatch]:
    """Return the mismatches that make a base distribution in use unfit: those that are certain, or else probable."""
    mismatches = abi_mismatches.find_mismatches(outcome.inventory, goal.state.environment)
    used = [mismatch for mismatch in mismatches if mismatch.distribution.name in outcome.closure.names]
    certainty = max((mismatch.certainty for mismatch in used), default=Certainty.POSSIBLE)
    return [mismatch for mismatch in used if mismatch.certainty is certainty is not Certainty.POSSIBLE]


def _prune(outcome: Outcome, goal: _Goal) -> Outcome:
    """Return an outcome without superfluous copies. Those stay in whose place the base has a mismatch."""
    kept = set(goal.state.receipt.shared)
    while True:
        constraints = goal.request.policy.constraints
        pruned = prune(outcome, goal.roots, goal.markers, constraints=constraints, kept=kept)
        unfit = {mismatch.distribution.name for mismatch in _mismatches_in_use(pruned, goal)}
        if unfit <= kept:
            return pruned
        kept |= unfit


def _eligible_inventory(goal: _Goal) -> Inventory:
    excluded = manager.excluded_locations(goal.context.plugins, goal.inventory, goal.state.environment)
    return eligibility.eligible_inventory(goal.inventory, goal.request, excluded)


def _exclude_unlinkable(goal: _Goal, eligible: Inventory) -> tuple[Closure, Inventory]:
    """Return the closure without the distributions that would be linked, but list no files."""
    while True:
        closure = _closure(goal, eligible)
        used = (use.distribution for use in closure.uses)
        linked = (distribution for distribution in used if distribution.layer in goal.inventory.linkable_paths)
        unlinkable = [distribution for distribution in linked if not is_linkable(distribution)]
        if not unlinkable:
            return closure, eligible
        for distribution in unlinkable:
            layer = distribution.layer
            goal.context.reporter.note(f"no metadata list the files of {distribution} in {layer}, so it is not linked")
        eligible = eligible.replaced(unlinkable, ())


def _closure(goal: _Goal, eligible: Inventory) -> Closure:
    """Return what the roots use of the eligible distributions, unless the local source of a root has changed."""
    recorded, sources = goal.state.receipt.sources, goal.sources
    requested = {root.path for root in goal.request.roots}

    def is_unchanged(root: Root) -> bool:
        if root.path not in requested or root.path not in sources:
            return True  # of an earlier request: it is compared when it is requested again
        if root.path in recorded:
            return recorded[root.path] == sources[root.path]
        return root.editable or direct_url.has_same_source(root, eligible)

    constraints = goal.request.policy.constraints
    return compute_closure(goal.roots, eligible, goal.markers, constraints=constraints, is_unchanged=is_unchanged)


def _contradicted(closure: Closure, eligible: Inventory) -> list[Distribution]:
    """Return the base distributions whose requirements a resolver's answer does not satisfy."""
    names = {problem.required_by.name for problem in closure.problems if problem.required_by}
    return [dist for dist in eligible.distributions if dist.name in names and not eligible.in_venv(dist)]


def _further_warnings(
    plan: Plan, outcome: Outcome, excluded: Iterable[Mismatch], mismatches: Iterable[Mismatch], goal: _Goal
) -> Iterator[str]:
    """Yield the warnings that need more than the metadata of the distributions."""
    installed = {step.name for step in plan.installed}
    yield from abi_mismatches.exclusion_lines(m for m in excluded if m.distribution.name in installed)
    yield from _new_mismatches(plan, outcome, mismatches, goal)
    yield from unknown_extras(outcome.closure, outcome.closure.names - installed)
    yield from _foreign_line(old for step in plan.installed if isinstance(step, Shadow) and (old := step.replaces))
    unproven = eligibility.excluded_for_unknown_hash(goal.inventory, goal.request, installed)
    if unproven:
        names = ", ".join(f"`{distribution}`" for distribution in unproven)
        yield f"{names} of the base cannot be shown to match a hash, so it is installed here (`--require-hashes`)"


def _new_mismatches(plan: Plan, outcome: Outcome, mismatches: Iterable[Mismatch], goal: _Goal) -> Iterator[str]:
    """Yield the warnings about mismatches that a plan causes, by what it installs or by what it reuses."""
    reused, earlier = ({step.name for step in steps} for steps in (plan.reused, goal.state.receipt.reused))
    new = (m for m in mismatches if m.required.planned or m.distribution.name in reused - earlier)
    yield from abi_mismatches.iter_warnings(new, outcome.inventory, reused | earlier)


def _name_of(problem: Problem) -> str:
    requirement = requirement_cache.requirement(problem.requirement)
    return canonicalize_name(requirement.name) if requirement else ""


def _foreign_line(distributions: Iterable[Distribution]) -> Iterator[str]:
    """Yield one line about those distributions that only another interpreter can import, if there are any."""
    foreign = [distribution for distribution in distributions if distribution.foreign]
    if foreign:
        names = ", ".join(f"`{distribution}`" for distribution in foreign)
        yield f"{names} of the base cannot be reused: `{foreign[0].foreign}` is for another interpreter"


def _not_virtual(state: EnvironmentState) -> NotAnEnvironmentError:
    return NotAnEnvironmentError(
        f"{state.prefix} is not a virtual environment",
        why=("thinvenv never writes to a base",),
        hint="thinvenv create .venv",
    )
