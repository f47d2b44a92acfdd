"""Installs base distributions into the venv too if they share a package with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url
from thinvenv.environments import receipt
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.installation import store_step
from thinvenv.model import Candidate, Reuse, Shadow
from thinvenv.resolution import planner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.installation.import_conflicts import HiddenModule
    from thinvenv.model import Plan, Step
    from thinvenv.resolution.prepare import Prepared


def install_owners(hidden: Iterable[HiddenModule], earlier: Iterable[HiddenModule], prepared: Prepared) -> None:
    """Install the owners of hidden modules into the venv.

    Args:
        hidden: The hidden modules.
        earlier: The modules whose owners this install has already installed.
        prepared: The plan that is being applied.

    Raises:
        BrokenInstallError: The owners cannot be installed.

    """
    state, owners = prepared.state, [conflict.owner for conflict in hidden]
    pending = {*prepared.plan.names, *(conflict.owner.name for conflict in earlier), *(owner.name for owner in owners)}
    saved = receipt.load(state.prefix) or state.receipt
    receipt.save(state.prefix, saved._replace(pending=tuple(sorted(pending)), requests=(), lasting_requests=()))
    prepared.context.reporter.progress(f"installing {', '.join(map(str, owners))} as well, because of shared packages")
    candidates = [Candidate(owner.name, owner.version, direct_url.archive_url(owner)) for owner in owners]
    try:
        store_step.install(store_step.provide(candidates, prepared), prepared)
    except BackendError as error:
        why = tuple(
            f"`{conflict.module}` is shared with {conflict.owner} in {conflict.owner.layer}" for conflict in hidden
        )
        raise BrokenInstallError(
            "imports would not find what is installed, and the distribution that hides it cannot be installed as well",
            why=(*why, *error.why),
            hint="use reuse mode `link`, in which each distribution is linked separately",
        ) from error


def add_steps(plan: Plan, shared: Iterable[HiddenModule]) -> Plan:
    """Return a plan with a step for each owner that was installed as well.

    Args:
        plan: The plan.
        shared: The hidden modules whose owners were installed.

    """
    modules = {conflict.owner.name: conflict for conflict in shared}
    added: list[Step] = [
        Shadow(
            Candidate(name, conflict.owner.version),
            conflict.owner,
            (f"shares `{conflict.module}` with what is installed here",),
        )
        for name, conflict in modules.items()
    ]
    kept = [step for step in plan.steps if not (isinstance(step, Reuse) and step.name in modules)]
    return plan._replace(steps=planner.sorted_steps((*kept, *added)))
