"""``check``: does an environment still hold what its receipt says?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url
from thinvenv.environments.state import survey
from thinvenv.install import import_conflicts
from thinvenv.links import sync as links
from thinvenv.links.write_through import written_through
from thinvenv.model import Finding, Health, Request
from thinvenv.plugins import manager
from thinvenv.resolution import abi_warnings, closure, eligibility

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.context.context import Host
    from thinvenv.environments.state import Survey
    from thinvenv.model import Closure


def check(prefix: Path, host: Host) -> Health:
    """Compare an environment with its receipt.

    Args:
        prefix: The root of a virtual environment.
        host: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: There is none at ``prefix``.
        InterpreterError: Its interpreter does not start.

    """
    standing = survey(prefix, host)
    if standing.receipt.environment is None:
        text = "nothing was installed here by thinvenv, so there is nothing to compare with"
        return Health(str(prefix), (Finding("unplanned", text),))
    used = _used(standing, host)
    found = (
        *_interrupted(standing),
        *_requirements(used),
        *_drift(standing),
        *_contradictions(standing),
        *_misfits(standing, used),
        *_hidden(standing, used),
        *_written_through(standing),
    )
    return Health(str(prefix), found)


def _interrupted(standing: Survey) -> Iterator[Finding]:
    if standing.receipt.pending:
        names = ", ".join(standing.receipt.pending)
        yield Finding("requirement", f"an install was interrupted while it was busy with {names}")


def _used(standing: Survey, host: Host) -> Closure:
    known, environment = standing.receipt, standing.environment
    asked = Request(overrides=known.overrides, only_reuse=known.only_reuse, never_reuse=known.never_reuse)
    barred = manager.barred(host.plugins, standing.whole, environment)
    usable = eligibility.restricted(standing.whole, asked, barred)
    return closure.closure(known.roots, usable, environment.markers, constraints=known.constraints)


def _requirements(used: Closure) -> Iterator[Finding]:
    for problem in used.problems:
        yield Finding("requirement", direct_url.redacted(str(problem)))


def _drift(standing: Survey) -> Iterator[Finding]:
    """Yield what is reused and is no longer as it was planned."""
    then = standing.receipt.environment
    if then is not None and then.version != standing.environment.version:
        yield Finding("drift", f"the interpreter was {then.version} and is {standing.environment.version}")
    for step in standing.receipt.reused:
        old = step.distribution
        now = standing.inventory.visible.get(old.name)
        if now is None:
            yield Finding("drift", f"{old} is gone from {old.layer}")
        elif now.version != old.version:
            yield Finding("drift", f"{old} in {old.layer} is now {now.version} in {now.layer}")
        elif now.location != old.location and not standing.inventory.in_venv(now):
            yield Finding("drift", f"{old} moved from {old.location} to {now.location}")
    yield from _links(standing)


def _links(standing: Survey) -> Iterator[Finding]:
    """Yield what of the base is as it was, and is not linked as it lies there."""
    inventory = standing.inventory
    pairs = [(step.distribution, inventory.visible.get(step.distribution.name)) for step in standing.receipt.reused]
    wanted = [now for _, now in pairs if now and now.layer in inventory.linkable_paths]
    unchanged = {str(old) for old, now in pairs if now and (now.version, now.location) == (old.version, old.location)}
    for entry in links.difference(wanted, standing.receipt.scripts, standing.environment).fresh:
        if entry.title in unchanged:
            yield Finding("drift", f"{entry.title} is not linked as it lies in the base")


def _written_through(standing: Survey) -> Iterator[Finding]:
    """Yield the distributions of which another installer has written files into the base, through a link."""
    inventory = standing.inventory
    if not inventory.linked:
        return
    for one in filter(inventory.in_venv, inventory.distributions):
        for layer, (first, *more) in written_through(one, standing.environment).items():
            paths = f"{first} and {len(more)} more" if more else first
            yield Finding("contradiction", f"an install of {one} wrote {paths} through a link into {layer}")


def _contradictions(standing: Survey) -> Iterator[Finding]:
    """Yield base distributions that do not fit what the venv has in place of theirs."""
    overrides = tuple(one.text for one in standing.receipt.overrides)
    inventory = replace(standing.inventory, overrides=overrides)
    for problem in closure.contradictions(inventory, standing.environment.markers):
        found = problem.found
        asking = inventory.visible.get(problem.chain[0].partition(" ")[0])
        if found and asking and inventory.in_venv(found) and not inventory.in_venv(asking):
            where = f"{asking} in {asking.layer}"
            yield Finding(
                "contradiction", f"{where} {problem.detail} of {found.name}, but imports find {found.version}"
            )


def _misfits(standing: Survey, used: Closure) -> Iterator[Finding]:
    """Yield what of the base was built against a version that the venv hides."""
    inventory = standing.inventory
    base = [one for one in inventory.distributions if not inventory.in_venv(one)]
    hidden = [(new.version, one) for one in base if inventory.in_venv(new := inventory.visible[one.name])]
    names = {use.distribution.name for use in used.uses}
    for line in abi_warnings.misfits(hidden, inventory, standing.environment.markers, names):
        yield Finding("contradiction", line)


def _hidden(standing: Survey, used: Closure) -> Iterator[Finding]:
    """Yield modules that imports do not find where they were put."""
    found = (use.distribution for use in used.uses)
    for one in import_conflicts.compare(standing.inventory, found).hidden:
        text = f"imports of `{one.module}` go wrong, which is shared with {one.owner} in {one.owner.layer}"
        yield Finding("contradiction", text)
