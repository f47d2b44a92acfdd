"""Compares an environment with its receipt: the command ``check``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions import installed_files
from thinvenv.environments import durability, probe
from thinvenv.environments.receipt import ANY
from thinvenv.environments.state import read_state
from thinvenv.installation import data_files, import_conflicts, link_step, script_files
from thinvenv.installation.inspection import usable_inventory
from thinvenv.links import sync
from thinvenv.model import Finding, Health
from thinvenv.resolution import abi_mismatches
from thinvenv.resolution.closure import compute_closure, contradictions, problem_lines
from thinvenv.store import entries
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure, Distribution, Environment


def check(prefix: str | PathLike[str], context: Context) -> Health:
    """Compare an environment with its receipt.

    Args:
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: The interpreter of the environment does not start.

    """
    state = read_state(Path(prefix), context)
    if state.receipt.environment is None:
        text = "nothing was installed here by thinvenv, so there is nothing to compare with"
        return Health(str(prefix), (Finding("unplanned", text),))
    saved, inventory = state.receipt, usable_inventory(state, context)
    used = compute_closure(saved.roots, inventory, state.environment.markers, saved.policy)
    findings = (
        *_broken_scripts(state),
        *_incomplete_install(state),
        *_truncated_files(state),
        *_emptied_files(state),
        *(Finding("requirement", line) for line in problem_lines(used)),
        *_drift(state),
        *_missing_entries(state),
        *_changed_links(state, context),
        *_missing_scripts(state),
        *_missing_data_files(state),
        *_contradictions(state, used),
        *_abi_mismatches(state, used),
        *_separated_libraries(state, used),
        *_hidden_modules(state, used),
        *_writes_into_base(state),
    )
    return Health(str(prefix), tuple(dict.fromkeys(findings)))


def _incomplete_install(state: EnvironmentState) -> Iterator[Finding]:
    if state.receipt.pending:
        names = ", ".join(name for name in state.receipt.pending if name != ANY)
        what = f"changing {names}" if names else "adding distributions"
        yield Finding("requirement", f"an install failed or was interrupted while it was {what}")


def _broken_scripts(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding if no script of an environment can run."""
    if not probe.can_start_scripts(str(state.prefix)):
        yield Finding("contradiction", "no script in it can run, because its path has a tab or a line break")


def _truncated_files(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding for each distribution whose files a power failure has truncated."""
    for location in durability.truncated_distributions(sorted(state.inventory.venv_paths)):
        yield Finding("requirement", f"files of {location} are truncated, as after a power failure")


def _drift(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding for the interpreter and for each reused distribution if it differs from the receipt."""
    planned = state.receipt.environment
    if planned is not None and planned.version != state.environment.version:
        yield Finding("drift", f"the interpreter was {planned.version} and is {state.environment.version}")
    for step in state.receipt.reused:
        old, new = step.distribution, state.inventory.visible.get(step.name)
        if new is None:
            yield Finding("drift", f"{old} is gone from {old.layer}")
        elif new.version != old.version:
            yield Finding("drift", f"{old} in {old.layer} is now {new.version} in {new.layer}")
        elif new.foreign:
            yield Finding("drift", f"{old} in {new.layer} has {new.foreign} now, for another interpreter")
        elif new.location != old.location and not state.inventory.in_venv(new):
            yield Finding("drift", f"{old} moved from {old.location} to {new.location}")


def _changed_links(state: EnvironmentState, context: Context) -> Iterator[Finding]:
    """Yield a finding for each reused distribution that did not change, and whose links differ from it."""
    inventory = state.inventory
    pairs = [(step.distribution, inventory.visible.get(step.name)) for step in state.receipt.reused]
    linkable = [new for _, new in pairs if new and new.layer in inventory.linkable_paths]
    stored = entries.linked_distributions(state.environment)
    unchanged = {str(old) for old, new in pairs if new and (new.version, new.location) == (old.version, old.location)}
    changes = sync.find_changes([*linkable, *stored], state.receipt.scripts, state.environment, context.cache)
    of_stores = {str(dist) for dist in stored}
    for linked in changes.missing:
        if linked.title in unchanged | of_stores:
            place = "its store" if linked.title in of_stores else "the base"
            yield Finding("drift", f"{linked.title} is not linked as it lies in {place}")


def _missing_entries(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding for each distribution that is linked from an entry of a store which is gone."""
    for name, store in entries.missing(state.environment):
        yield Finding("drift", f"{name} is gone from the store {store}")


def _missing_scripts(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding if scripts of reused distributions are missing, or empty as after a power failure."""
    folder = Path(state.environment.scripts)
    if names := [name for name in state.receipt.scripts if not script_files.digest_of(folder / name)]:
        yield Finding("drift", f"the script {_first_of(names)} of reused distributions is missing or empty")


def _emptied_files(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding if a power failure has emptied files that belong to each environment."""
    if paths := durability.emptied_files(state.environment):
        text = f"{_first_of(paths)} is empty, as after a power failure; create the environment again, with --clear"
        yield Finding("contradiction", text)


def _missing_data_files(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding if data files of reused distributions are missing."""
    if paths := data_files.missing(state.receipt.data_files, state.environment):
        yield Finding("drift", f"the data file {_first_of(paths)} of reused distributions is missing")


def _first_of(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _contradictions(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield a finding for each base distribution whose requirement is broken by a distribution in the venv."""
    inventory = state.inventory
    for problem in contradictions(inventory, state.environment.markers, state.receipt.policy):
        dist, base_dist = problem.found, problem.required_by
        if dist and base_dist and inventory.in_venv(dist) and not inventory.in_venv(base_dist):
            required = redacted(problem.specifier)
            text = f"{base_dist} in {base_dist.layer} requires `{required}`, but imports find {dist.version}"
            yield Finding("contradiction", text, "error" if base_dist.name in used.names else "warning")


def _abi_mismatches(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield a finding for the distributions that were built against another version than the one they find."""
    mismatches = tuple(abi_mismatches.find_mismatches(state.inventory, state.environment, with_venv=True))
    needed = [mismatch for mismatch in mismatches if mismatch.distribution.name in used.names]
    for line in abi_mismatches.iter_warnings(needed, state.inventory, used.names):
        yield Finding("contradiction", line)
    others = [mismatch for mismatch in mismatches if mismatch not in needed]
    for line in abi_mismatches.iter_warnings(others, state.inventory, used.names):
        yield Finding("contradiction", line, "warning")


def _separated_libraries(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield a finding for each distribution that does not find the libraries of another one."""
    for line in link_step.separation_lines((use.distribution for use in used.uses), state.inventory):
        yield Finding("contradiction", line)


def _hidden_modules(state: EnvironmentState, used: Closure) -> Iterator[Finding]:
    """Yield a finding for each module that imports do not find because another layer hides it."""
    conflicts = import_conflicts.find_conflicts(state.inventory, (use.distribution for use in used.uses))
    for conflict in conflicts.hidden:
        owner = conflict.owner
        text = f"imports of `{conflict.module}` go wrong, which is shared with {owner} in {owner.layer}"
        yield Finding("contradiction", text)


def _writes_into_base(state: EnvironmentState) -> Iterator[Finding]:
    """Yield a finding for each distribution whose installer has followed a link and written into the base."""
    inventory = state.inventory
    if not inventory.linked:
        return
    for dist in inventory.own:
        for layer, paths in _paths_in_base(dist, state.environment).items():
            yield Finding("contradiction", f"an install of {dist} wrote {_first_of(paths)} through a link into {layer}")


def _paths_in_base(distribution: Distribution, environment: Environment) -> dict[str, list[str]]:
    """Return the paths of a distribution in the venv whose files are really in the base, by base layer."""
    bases = {layer: os.path.realpath(layer) + os.sep for layer in environment.linkable}
    real_folders: dict[str, str] = {}
    paths: dict[str, list[str]] = {}
    for path in installed_files.paths_of(distribution):
        folder = os.path.dirname(path)
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(os.path.join(distribution.layer, folder)) + os.sep
        for layer, real in bases.items():
            if real_folders[folder].startswith(real) and not folder.endswith("__pycache__"):
                paths.setdefault(layer, []).append(path)
    return paths
