"""``check``: does an environment still hold what its receipt says?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thinvenv.environments.state import read_state
from thinvenv.installation import import_conflicts
from thinvenv.links import sync as links
from thinvenv.links.base_protection import paths_in_base
from thinvenv.model import Finding, Health, Request
from thinvenv.plugins import manager
from thinvenv.resolution import abi_warnings, eligibility
from thinvenv.resolution.closure import compute_closure, contradictions, problem_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure


def check(prefix: Path, context: Context) -> Health:
    """Compare an environment with its receipt.

    Args:
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: There is none at ``prefix``.
        InterpreterError: Its interpreter does not start.

    """
    state = read_state(prefix, context)
    if state.receipt.environment is None:
        text = "nothing was installed here by thinvenv, so there is nothing to compare with"
        return Health(str(prefix), (Finding("unplanned", text),))
    used = _used(state, context)
    found = (
        *_interrupted(state),
        *_requirements(used),
        *_drift(state),
        *_contradictions(state),
        *_misfits(state, used),
        *_hidden(state, used),
        *_written_through(state),
    )
    return Health(str(prefix), found)


def _interrupted(state: EnvironmentState) -> Iterator[Finding]:
    if state.receipt.pending:
        names = ", ".join(state.receipt.pending)
        yield Finding("requirement", f"an install was interrupted while it was busy with {names}")


def _used(state: EnvironmentState, context: Context) -> Closure:
    known, environment = state.receipt, state.environment
    excluded = manager.excluded_locations(context.plugins, state.intact_inventory, environment)
    usable = eligibility.eligible_inventory(state.intact_inventory, Request(policy=known.policy), excluded)
    return compute_closure(known.roots, usable, environment.markers, constraints=known.policy.constraints)


def _requirements(used: Closure) -> Iterator[Finding]:
    for line in problem_lines(used):
        yield Finding("requirement", line)


def _drift(state: EnvironmentState) -> Iterator[Finding]:
    """Yield what is reused and is no longer as it was planned."""
    then = state.receipt.environment
    if then is not None and then.version != state.environment.version:
        yield Finding("drift", f"the interpreter was {then.version} and is {state.environment.version}")
    for step in state.receipt.reused:
        old = step.distribution
        now = state.inventory.visible.get(old.name)
        if now is None:
            yield Finding("drift", f"{old} is gone from {old.layer}")
        elif now.version != old.version:
            yield Finding("drift", f"{old} in {old.layer} is now {now.version} in {now.layer}")
        elif now.location != old.location and not state.inventory.in_venv(now):
            yield Finding("drift", f"{old} moved from {old.location} to {now.location}")
    yield from _links(state)


def _links(state: EnvironmentState) -> Iterator[Finding]:
    """Yield what of the base is as it was, and is not linked as it lies there."""
    inventory = state.inventory
    pairs = [(step.distribution, inventory.visible.get(step.name)) for step in state.receipt.reused]
    wanted = [now for _, now in pairs if now and now.layer in inventory.linkable_paths]
    unchanged = {str(old) for old, now in pairs if now and (now.version, now.location) == (old.version, old.location)}
    for entry in links.difference(wanted, state.receipt.scripts, state.environment).fresh:
        if entry.title in unchanged:
            yield Finding("drift", f"{entry.title} is not linked as it lies in the base")


def _written_through(state: EnvironmentState) -> Iterator[Finding]:
    """Yield the distributions of which another installer has written files into the base, through a link."""
    inventory = state.inventory
    if not inventory.linked:
        return
    for one in filter(inventory.in_venv, inventory.distributions):
        for layer, (first, *more) in paths_in_base(one, state.environment).items():
            paths = f"{first} and {len(more)} more" if more else first
            yield Finding("contradiction", f"an install of {one} wrote {paths} through a link into {layer}")


def _contradictions(state: EnvironmentState) -> Iterator[Finding]:
    """Yield base distributions that do not fit what the venv has in place of theirs."""
    overrides = tuple(one.text for one in state.receipt.policy.overrides)
    inventory = replace(state.inventory, overrides=overrides)
    for problem in contradictions(inventory, state.environment.markers):
        found, asking = problem.found, problem.required_by
        if found and asking and inventory.in_venv(found) and not inventory.in_venv(asking):
            where = f"{asking} in {asking.layer}"
            yield Finding(
                "contradiction", f"{where} {problem.detail} of {found.name}, but imports find {found.version}"
            )


def _misfits(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield what of the base was built against a version that the venv hides."""
    inventory = state.inventory
    base = [one for one in inventory.distributions if not inventory.in_venv(one)]
    hidden = [(new.version, one) for one in base if inventory.in_venv(new := inventory.visible[one.name])]
    names = {use.distribution.name for use in used.uses}
    for line in abi_warnings.iter_warnings(hidden, inventory, state.environment.markers, names):
        yield Finding("contradiction", line)


def _hidden(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield modules that imports do not find where they were put."""
    found = (use.distribution for use in used.uses)
    for one in import_conflicts.compare(state.inventory, found).hidden:
        text = f"imports of `{one.module}` go wrong, which is shared with {one.owner} in {one.owner.layer}"
        yield Finding("contradiction", text)
