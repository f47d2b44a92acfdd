"""Uninstalls distributions, and removes them from the requirements of the environment."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.choices import suggestion
from thinvenv.context.lock import environment_lock
from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.environments import probe
from thinvenv.errors import UninstallError, UsageError
from thinvenv.installation import apply, recovery
from thinvenv.installation.inspection import usable_inventory
from thinvenv.model import Remove, Request, Root
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.goal import Goal
from thinvenv.resolution.planner import Outcome, make_plan, sorted_steps
from thinvenv.resolution.prepare import Prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure, Distribution, Inventory, Plan


_SHOWN = "which this environment shows as a whole: reuse mode `link` shows only what is asked for"
"""Why a distribution of a base cannot be uninstalled in reuse mode ``inherit``."""


@dataclass(frozen=True, slots=True)
class _Removal:
    """What an uninstall does to an environment.

    Attributes:
        roots: The requirements that remain.
        removed: The distributions of the venv that are removed.
        before: What all requirements used before, and what no requirement had asked for.
        after: What these use of the remaining distributions.
        eligible: The remaining distributions that may be used.

    """

    roots: tuple[Root, ...]
    removed: tuple[Distribution, ...]
    before: Closure
    after: Closure
    eligible: Inventory


def uninstall(
    names: Iterable[str],
    prefix: Path,
    context: Context,
    *,
    keep_needed: bool = False,
    backend: BackendName | None = None,
    dry_run: bool = False,
) -> Plan:
    """Remove distributions from an environment, and what nothing needs any more.

    Args:
        names: The names of the distributions.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.
        keep_needed: Whether what only the removed distributions needed stays, as if it had been asked for.
        backend: The tool that uninstalls; ``None`` chooses one.
        dry_run: Whether to change nothing.

    Returns:
        The plan: what is removed or no longer linked, and what is still reused.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        UnwritableError: The environment cannot be written.
        InterpreterError: Its interpreter does not start.
        UsageError: A name is none.
        UninstallError: A name is not installed, or comes from a base that the environment shows as a whole, or is
            needed by what remains. All of these are reported at once, and nothing is changed.
        BackendError: The installer failed.
        ReceiptError: The receipt cannot be written.

    """
    normalized = list(dict.fromkeys(canonicalize_name(_checked(name)) for name in names))
    probe.python_of(prefix)  # raises before a lock file is created where there is no environment
    with environment_lock(prefix, context.reporter):
        state = recovery.recovered_state(prefix, backend, context)
        removal = _removal(normalized, state, context, keep_needed=keep_needed)
        if reasons := tuple(dict.fromkeys(_reasons_against(normalized, removal, state))):
            is_shown = any(_SHOWN in reason for reason in reasons)
            hint = f"thinvenv set --env {shlex.quote(str(prefix))} --reuse link" if is_shown else None
            raise UninstallError(f"cannot uninstall {', '.join(normalized)}", why=reasons, hint=hint)
        prepared = _prepared(removal, state, backend, context)
        plan = prepared.plan if dry_run else apply.apply(prepared)
    unlinked = [Remove(dist, (dist.name,)) for dist in _unlinked(removal, state.inventory)]
    return plan._replace(steps=sorted_steps([*plan.steps, *unlinked]))


def _checked(name: str) -> str:
    """Return the name of a distribution.

    Raises:
        UsageError: It is not a name, but has a version, a URL or the like.

    """
    requirement = requirement_cache.requirement(name)
    if requirement is None or requirement.specifier or requirement.url or requirement.extras or requirement.marker:
        why = ("an environment has one version of a distribution, so only names are accepted",)
        hint = f"write `{requirement.name}`" if requirement else None
        raise UsageError(f"`{name}` is not the name of a distribution", why=why, hint=hint)
    return requirement.name


def _removal(names: Sequence[str], state: EnvironmentState, context: Context, *, keep_needed: bool) -> _Removal:
    inventory, saved, markers = state.intact_inventory, state.receipt, state.environment.markers
    policy = saved.policy._replace(constraints=())
    eligible = usable_inventory(state, context)
    requested = compute_closure(saved.roots, eligible, markers, policy)
    own = inventory.own
    unrequested = [Root(dist.name) for dist in own if dist.name not in requested.names and dist.name not in names]
    before = compute_closure((*saved.roots, *unrequested), eligible, markers, policy)
    remaining = tuple(root for root in saved.roots if _name_of(root, inventory) not in names)
    targets = tuple(dist for dist in own if dist.name in names)
    left = eligible.replaced(targets, ())
    after = compute_closure((*remaining, *unrequested), left, markers, policy)
    unneeded = before.names - after.names - set(names)
    if keep_needed:
        remaining += tuple(Root(name, "--keep-needed") for name in sorted(unneeded))
        after = compute_closure((*remaining, *unrequested), left, markers, policy)
        return _Removal(remaining, targets, before, after, left)
    orphans = tuple(dist for dist in own if dist.name in unneeded)
    return _Removal(remaining, (*targets, *orphans), before, after, left.replaced(orphans, ()))


def _name_of(root: Root, inventory: Inventory) -> str:
    if name := requirement_cache.name_of(root):
        return name
    installed = direct_url.installed_in_any_way_from(root, inventory)
    return installed.name if installed else ""


def _reasons_against(names: Iterable[str], removal: _Removal, state: EnvironmentState) -> Iterator[str]:
    """Yield why names cannot be uninstalled."""
    inventory, linkable = state.intact_inventory, state.inventory.linkable_paths
    requested = {_name_of(root, inventory) for root in state.receipt.roots}
    removed = {dist.name for dist in removal.removed}
    chains = {use.distribution.name: use.because for use in removal.after.uses}
    for name in names:
        dist = inventory.visible.get(name)
        if name not in removed and len(chains.get(name, ())) > 1:
            yield f"`{' -> '.join(chains[name])}` needs it"
        elif name not in removed and dist is not None and dist.layer not in linkable:
            yield f"{dist} is in the base {dist.layer}, {_SHOWN}"
        elif name not in removed and name not in requested and name not in inventory.linked:
            hint = suggestion(name, [*removal.before.names, *requested])
            yield f"{name} is not installed in {state.prefix}" + (f": {hint}" if hint else "")
    earlier = set(map(str, removal.before.problems))
    for problem in removal.after.problems:
        if str(problem) not in earlier:
            yield f"`{' -> '.join(problem.chain)}` needs it" if problem.found is None else str(problem)


def _prepared(removal: _Removal, state: EnvironmentState, backend: BackendName | None, context: Context) -> Prepared:
    """Return the plan of a removal, ready to be applied."""
    outcome = Outcome(
        installed=(),
        removed=removal.removed,
        inventory=state.intact_inventory.replaced(removal.removed, ()),
        eligible=removal.eligible,
        closure=removal.after,
    )
    plan = make_plan(outcome, state.intact_inventory, state.environment.markers)
    because = {use.distribution.name: use.because for use in removal.before.uses}
    steps = [
        step._replace(because=because.get(step.name, step.because)) if isinstance(step, Remove) else step
        for step in plan.steps
    ]
    request = Request(policy=state.receipt.policy, backend=backend)
    plan = plan._replace(steps=tuple(steps))
    goal = Goal(None, request, (), removal.roots, state, state.intact_inventory, {}, context)
    return Prepared(goal, removal.roots, plan)


def _unlinked(removal: _Removal, inventory: Inventory) -> Iterator[Distribution]:
    """Yield the distributions of the base that are linked, and that nothing needs any more."""
    for use in removal.before.uses:
        dist = use.distribution
        if dist.name in inventory.linked and not inventory.in_venv(dist) and dist.name not in removal.after.names:
            yield dist
