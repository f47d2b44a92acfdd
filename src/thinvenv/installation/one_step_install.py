"""Installs in one step, without a plan, and undoes the install if its result does not fit."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.backends.base import UnreadableInterpreterError
from thinvenv.distributions import direct_url
from thinvenv.environments import receipt
from thinvenv.errors import BackendError, ResolutionError
from thinvenv.installation import data_files, link_step, recovery, script_files
from thinvenv.inventory.scan import scan
from thinvenv.model import Candidate
from thinvenv.resolution import resolver
from thinvenv.resolution.closure import compute_closure
from thinvenv.resolution.goal import unlinkable
from thinvenv.resolution.planner import Outcome
from thinvenv.resolution.prepare import mismatches_in_use, prepare, prepared_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Inventory
    from thinvenv.resolution.goal import Goal
    from thinvenv.resolution.one_step_conditions import Attempt
    from thinvenv.resolution.prepare import Prepared

_UNKNOWN_TIME = b"{}"
"""The content of an ``uv_cache.json`` without a time."""


class _UnsuitableError(Exception):
    """The distributions that an install in one step has added do not fit those that were installed before."""


def carry_out(prepared: Prepared, attempt: Attempt) -> Prepared:
    """Install in one step.

    Args:
        prepared: What has to be achieved.
        attempt: What is installed.

    Returns:
        The plan that was carried out, with the inventory of the environment; or, if this did not work, a
        plan that is still to be carried out.

    Raises:
        ThinvenvError: See :func:`thinvenv.resolution.prepare.prepare`.

    """
    goal, state, context = prepared.goal, prepared.state, prepared.context
    intact = tuple(sorted(dist.name for dist in state.inventory.own))
    mark_pending(state, (receipt.ANY, *sorted(attempt.replaced)), attempt.replaced, intact)
    context.reporter.progress(f"installing {len(attempt.request.roots)} with {attempt.backend.name}")
    try:
        with link_step.without_links(goal):
            completed = _install(goal, attempt)
    except (ResolutionError, BackendError, _UnsuitableError) as error:
        if isinstance(error, BackendError) and not _may_be_spurious(error, attempt, context):
            raise
        current = state._replace(inventory=scan(state.environment, context.cache))
        return prepare(goal.original or goal.request, current, goal.sources, context)
    resolver.note_ignored_settings(goal)
    return completed


def mark_pending(
    state: EnvironmentState, pending: tuple[str, ...], changed: Collection[str], intact: tuple[str, ...] = ()
) -> None:
    """List in the receipt what is about to change, and remove the scripts and data files of what is replaced.

    New versions may bring files of the same names. The receipt keeps listing the files: if this process is killed
    before it has removed them all, the next run knows that they are thinvenv's. It also lists the files of what is
    replaced, since the installer removes the lists.

    Args:
        state: The environment.
        pending: The names of the distributions that change, or :data:`receipt.ANY`.
        changed: The names of the distributions whose scripts and data files are removed.
        intact: The names of the distributions in the venv that do not change, if ``pending`` has :data:`receipt.ANY`.

    """
    saved = state.receipt
    stale = {name: script for name, script in saved.scripts.items() if script.owner in changed}
    stale_data = {owner: files for owner, files in saved.data_files.items() if owner in changed}
    replaced = (dist for dist in state.inventory.own if dist.name in changed)
    files = recovery.files_of(replaced, state.environment)
    about_to_change = saved._replace(pending=pending, intact=intact, replaced_files=files)
    receipt.save(state.prefix, about_to_change._replace(requests=(), lasting_requests=()))
    script_files.remove(stale, Path(state.environment.scripts))
    data_files.remove(stale_data, state.environment)


def _install(goal: Goal, attempt: Attempt) -> Prepared:
    """Install, and return the plan that describes what was installed. If it does not fit, remove it.

    Raises:
        _UnsuitableError: It did not fit.
        ResolutionError: There is no solution for what is missing alone.
        BackendError: uv failed for another reason.

    """
    state, backend, context = goal.state, attempt.backend, goal.context
    try:
        with recovery.restored_if_unchanged(state), _outdated(attempt.replaced, state.inventory) as names:
            replaced = attempt.replaced - names
            backend.install_missing(attempt.request, attempt.ignored, replaced, state.environment, context)
        return _completed(goal, attempt, scan(state.environment, context.cache))
    except (BackendError, ResolutionError, _UnsuitableError):
        saved = receipt.load(state.prefix) or state.receipt
        if saved.pending:
            current = state._replace(inventory=scan(state.environment, context.cache), receipt=saved)
            recovery.recover(current, "uv", context)
        raise


@contextmanager
def _outdated(names: Collection[str], inventory: Inventory) -> Iterator[set[str]]:
    """While the block runs, let uv regard local archives as newer than what was installed from them.

    uv compares the time of an archive with that in ``uv_cache.json``. With its option to install something again, it
    also starts the interpreter to learn what it is, which takes a third of the time of the install.

    Args:
        names: The names of the distributions that have to be installed again.
        inventory: The distributions of the environment.

    Yields:
        The names of those that uv installs again by itself. The others need an option of uv.

    Raises:
        _UnsuitableError: uv has not installed one of them again.

    """
    contents: dict[Path, bytes] = {}
    outdated = set()
    for dist in filter(None, map(inventory.visible.get, sorted(names))):
        path = Path(dist.location, "uv_cache.json")
        if path.is_file() and path.stat().st_nlink == 1:
            contents[path] = path.read_bytes()
            outdated.add(dist.name)
    for path in contents:  # in place: a changed directory would look as if the installer had begun
        path.write_bytes(_UNKNOWN_TIME)
    try:
        yield outdated
    finally:
        unchanged = [path for path in contents if path.is_file() and path.read_bytes() == _UNKNOWN_TIME]
        for path in unchanged:
            path.write_bytes(contents[path])
    if unchanged:
        raise _UnsuitableError


def _may_be_spurious(error: BackendError, attempt: Attempt, context: Context) -> bool:
    """Return whether an install of all requirements together may succeed, or fail with a better error."""
    return bool(attempt.ignored) or context.reporter.streams or isinstance(error, UnreadableInterpreterError)


def _completed(goal: Goal, attempt: Attempt, inventory: Inventory) -> Prepared:
    """Return the plan that has led to an inventory.

    Raises:
        _UnsuitableError: The inventory does not satisfy the roots, or a distribution of the base cannot be used in it.

    """
    eligible = goal.eligible(inventory)
    closure = compute_closure(goal.roots, eligible, goal.markers, goal.request.policy)
    old = {dist.location: dist for dist in goal.inventory.own}
    new = [dist for dist in inventory.own if dist.location not in old or dist.name in attempt.replaced]
    names = {dist.name for dist in new}
    removed = tuple(dist for dist in old.values() if dist.name in names)
    outcome = Outcome(tuple(map(_candidate, new)), removed, inventory, eligible, closure)
    if closure.problems or unlinkable(closure, inventory) or mismatches_in_use(outcome, goal):
        raise _UnsuitableError
    return prepared_for(goal, outcome)._replace(installed=inventory)


def _candidate(distribution: Distribution) -> Candidate:
    """Return the candidate that a distribution was installed for."""
    recorded = direct_url.parse(distribution.direct_url)
    reference = direct_url.archive_url(distribution) or (recorded.url if recorded else "")
    editable = direct_url.is_editable(distribution)
    return Candidate(distribution.name, distribution.version, reference, distribution.requires, editable=editable)
