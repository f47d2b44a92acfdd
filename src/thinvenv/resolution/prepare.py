"""From a request and the state of an environment to a plan: closure, resolver, planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import requirement_cache
from thinvenv.environments.state import read_state
from thinvenv.errors import ResolutionError
from thinvenv.model import Plan, Shadow
from thinvenv.named_tuples import NamedTuple
from thinvenv.resolution import abi_mismatches, eligibility, merge, one_step_conditions, resolver
from thinvenv.resolution.abi_mismatches import Certainty
from thinvenv.resolution.closure import quoted, unknown_extras
from thinvenv.resolution.goal import Goal, goal_of, unlinkable
from thinvenv.resolution.planner import Outcome, compute_outcome, make_plan
from thinvenv.resolution.pruning import prune, without_unneeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure, Distribution, Inventory, Request, Root
    from thinvenv.resolution.abi_mismatches import Mismatch
    from thinvenv.resolution.one_step_conditions import Attempt


class Prepared(NamedTuple):
    """A plan with everything that is needed to apply it.

    Attributes:
        goal: What the plan has to achieve.
        roots: The requirements of the request, and those of earlier requests.
        plan: The plan.
        closure: The closure of all roots if the environment satisfies them without a change, else ``None``.
        attempt: What is installed in one step, in place of the plan, which is empty until then; see
            :mod:`thinvenv.resolution.one_step_conditions`.
        installed: The inventory after an install in one step that has carried out the plan.

    """

    goal: Goal
    roots: tuple[Root, ...]
    plan: Plan
    closure: Closure | None = None
    attempt: Attempt | None = None
    installed: Inventory | None = None

    @property
    def state(self) -> EnvironmentState:
        """The environment that the plan is made for."""
        return self.goal.state

    @property
    def request(self) -> Request:
        """The request with the policy of earlier ones, which applies to it too."""
        return self.goal.request

    @property
    def context(self) -> Context:
        """The surroundings of the call."""
        return self.goal.context

    @property
    def backend(self) -> Backend:
        """The backend that installs. Most plans do not need one."""
        return resolver.backend_for(self.request, self.context)


def prepare(
    request: Request,
    state: EnvironmentState,
    sources: Mapping[str, str],
    context: Context,
    *,
    may_attempt: bool = False,
) -> Prepared:
    """Return the plan for a request.

    Args:
        request: The request.
        state: The environment.
        sources: The fingerprints of the local sources in the request.
        context: The context of the call.
        may_attempt: Whether an attempt may take the place of a plan, because it is carried out anyway.

    Raises:
        NotAnEnvironmentError: The interpreter is not that of a virtual environment.
        RequirementError: A requirement cannot be parsed.
        ResolutionError: There is no solution.
        UsageError: A glob matches nothing, and the request is strict.
        UnshadowableError: A base distribution has to be replaced, but cannot be hidden.
        BackendError: The resolver failed for another reason.
        PluginError: A plugin failed.

    """
    goal = goal_of(request, state, sources, context)
    closure, eligible = _exclude_unlinkable(goal, goal.eligible(goal.inventory))
    is_satisfied = closure.satisfied and not goal.request.ignores_installed
    if not is_satisfied:
        attempt = one_step_conditions.attempt_of(goal, closure, eligible) if may_attempt else None
        if attempt is not None:
            return Prepared(goal, goal.roots, Plan(), attempt=attempt)
        resolver.note_ignored_settings(goal)
    outcome, excluded = _decide(goal, closure, eligible, is_satisfied=is_satisfied)
    if goal.request.prune:
        outcome = _prune(outcome, goal)
    if goal.request.exact:
        outcome = without_unneeded(outcome, goal.request.kept_names)
    return prepared_for(goal, outcome, excluded)


def prepare_for(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Prepared:
    """Return the plan for a request in the environment at ``prefix`` as it is; see :func:`prepare`.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: The interpreter of the environment does not start.

    """
    return prepare(request, read_state(prefix, context), sources, context)


def prepared_for(goal: Goal, outcome: Outcome, excluded: Iterable[Mismatch] = ()) -> Prepared:
    """Return the plan that leads to an outcome.

    Args:
        goal: What the plan has to achieve.
        outcome: The environment as it will be.
        excluded: The mismatches for which base distributions are not reused.

    Raises:
        UnshadowableError: A base distribution has to be replaced, but cannot be hidden.

    """
    inventory, excluded = goal.inventory, tuple(excluded)
    plan = make_plan(outcome, inventory, goal.markers)
    has_new_numpy = any(step.name == abi_mismatches.NUMPY for step in plan.installed)
    environment = goal.state.environment
    mismatches = tuple(abi_mismatches.find_mismatches(outcome.inventory, environment, with_venv=has_new_numpy))
    unmatched = eligibility.unmatched_globs(inventory, goal.request.policy)
    warnings = (*unmatched, *plan.warnings, *_further_warnings(plan, outcome, excluded, mismatches, goal))
    plan = plan._replace(warnings=warnings, doubtful=frozenset(mismatch.distribution.name for mismatch in mismatches))
    roots = merge.replace_superseded_roots(goal.merged, goal.requested, inventory, plan)
    closure = outcome.closure if outcome.was_satisfied and not plan.changes and roots == goal.roots else None
    return Prepared(goal, roots, plan, closure)


def mismatches_in_use(outcome: Outcome, goal: Goal) -> list[Mismatch]:
    """Return the mismatches that make a base distribution in use unfit: those that are certain, or else probable."""
    mismatches = abi_mismatches.find_mismatches(outcome.inventory, goal.state.environment)
    used = [mismatch for mismatch in mismatches if mismatch.distribution.name in outcome.closure.names]
    certainty = max((mismatch.certainty for mismatch in used), default=Certainty.POSSIBLE)
    return [mismatch for mismatch in used if mismatch.certainty is certainty is not Certainty.POSSIBLE]


def _decide(goal: Goal, closure: Closure, eligible: Inventory, *, is_satisfied: bool) -> tuple[Outcome, list[Mismatch]]:
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
    excluded: list[Mismatch] = []
    fallback: Outcome | None = None
    outcome: Outcome | None = None
    if is_satisfied:
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
        mismatches = mismatches_in_use(outcome, goal)
        if not contradicted and not mismatches:
            return outcome, excluded
        is_certain = contradicted or mismatches[0].certainty is Certainty.CERTAIN
        fallback = fallback if is_certain else fallback or outcome
        excluded += mismatches
        eligible = eligible.replaced((*contradicted, *(mismatch.distribution for mismatch in mismatches)), ())
        closure, outcome = goal.closure(eligible), None


def _resolve(goal: Goal, closure: Closure, eligible: Inventory) -> Outcome:
    """Return what the environment has to become according to a resolver."""
    try:
        resolution = resolver.resolve(goal, closure, eligible)
    except ResolutionError as error:
        missing = {requirement_cache.name_in(problem.requirement) for problem in closure.problems}
        error.why += tuple(_foreign_line(dist for dist in goal.inventory.foreign if dist.name in missing))
        raise
    return compute_outcome(goal.roots, goal.inventory, eligible, resolution, goal.markers, goal.request.policy)


def _prune(outcome: Outcome, goal: Goal) -> Outcome:
    """Return an outcome without superfluous copies. A copy stays if the base distribution has a mismatch."""
    kept = set(goal.state.receipt.shared)
    while True:
        pruned = prune(outcome, goal.roots, goal.markers, goal.request.policy, kept=kept)
        unfit = {mismatch.distribution.name for mismatch in mismatches_in_use(pruned, goal)}
        if unfit <= kept:
            return pruned
        kept |= unfit


def _exclude_unlinkable(goal: Goal, eligible: Inventory) -> tuple[Closure, Inventory]:
    """Return the closure without the distributions that would be linked, but list no files."""
    while True:
        closure = goal.closure(eligible)
        excluded = unlinkable(closure, goal.inventory)
        if not excluded:
            return closure, eligible
        for dist in excluded:
            goal.context.reporter.note(f"no metadata list the files of {dist} in {dist.layer}, so it is not linked")
        eligible = eligible.replaced(excluded, ())


def _contradicted(closure: Closure, eligible: Inventory) -> list[Distribution]:
    """Return the base distributions whose requirements a resolver's answer does not satisfy."""
    names = {problem.required_by.name for problem in closure.problems if problem.required_by}
    return [dist for dist in eligible.of_base if dist.name in names]


def _further_warnings(
    plan: Plan, outcome: Outcome, excluded: Iterable[Mismatch], mismatches: Iterable[Mismatch], goal: Goal
) -> Iterator[str]:
    """Yield the warnings that need more than the metadata of the distributions."""
    installed = {step.name for step in plan.installed}
    yield from abi_mismatches.exclusion_lines(m for m in excluded if m.distribution.name in installed)
    yield from _new_mismatches(plan, outcome, mismatches, goal)
    yield from unknown_extras(outcome.closure, outcome.closure.names - installed)
    yield from _foreign_line(old for step in plan.installed if isinstance(step, Shadow) and (old := step.replaces))
    unproven = eligibility.excluded_for_unknown_hash(goal.inventory, goal.request, installed)
    if unproven:
        names = quoted(unproven)
        yield f"{names} of the base cannot be shown to match a hash, so it is installed here (`--require-hashes`)"


def _new_mismatches(plan: Plan, outcome: Outcome, mismatches: Iterable[Mismatch], goal: Goal) -> Iterator[str]:
    """Yield the warnings about mismatches that a plan causes, by what it installs or by what it reuses."""
    reused, earlier = ({step.name for step in steps} for steps in (plan.reused, goal.state.receipt.reused))
    new = (m for m in mismatches if m.required.planned or m.distribution.name in reused - earlier)
    yield from abi_mismatches.iter_warnings(new, outcome.inventory, reused | earlier | outcome.closure.names)


def _foreign_line(distributions: Iterable[Distribution]) -> Iterator[str]:
    """Yield one line about those distributions that only another interpreter can import, if there are any."""
    foreign = [distribution for distribution in distributions if distribution.foreign]
    if foreign:
        yield f"{quoted(foreign)} of the base cannot be reused: `{foreign[0].foreign}` is for another interpreter"
