"""Base distributions that have to lie in the venv as well, for a package that they share with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import direct_url
from thinvenv.environments import receipt
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.model import Candidate, Reuse, Shadow
from thinvenv.resolution import planner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.installation.import_conflicts import Hidden
    from thinvenv.model import Plan, Step
    from thinvenv.resolution.prepare import Prepared


def bring(hidden: Iterable[Hidden], earlier: Iterable[Hidden], prepared: Prepared, context: Context) -> None:
    """Install base distributions into the venv as well, because they share a package with what is there.

    Raises:
        BrokenInstallError: They cannot be had.

    """
    owners = [one.owner for one in hidden]
    pending = {*prepared.plan.names, *(one.owner.name for one in earlier), *(one.name for one in owners)}
    known = receipt.load(prepared.state.prefix) or prepared.state.receipt
    receipt.save(prepared.state.prefix, known._replace(pending=tuple(sorted(pending)), requests=()))
    context.reporter.progress(f"installing {', '.join(map(str, owners))} as well, for what they share with it")
    try:
        candidates = [Candidate(one.name, one.version, direct_url.archive_url(one)) for one in owners]
        prepared.backend.install(candidates, prepared.request, prepared.state.environment, context)
    except BackendError as error:
        why = tuple(f"`{one.module}` is shared with {one.owner} in {one.owner.layer}" for one in hidden)
        raise BrokenInstallError(
            "what is installed would not be found by imports, and what hides it cannot be installed as well",
            why=(*why, *error.why),
            hint="use reuse mode `link`, where each distribution is linked in on its own",
        ) from error


def with_shared(plan: Plan, shared: Iterable[Hidden]) -> Plan:
    """Return a plan with what had to be installed as well."""
    brought = {one.owner.name: one for one in shared}
    steps: list[Step] = [
        Shadow(Candidate(name, one.owner.version), one.owner, (f"shares `{one.module}` with what is installed here",))
        for name, one in brought.items()
    ]
    kept = [step for step in plan.steps if not (isinstance(step, Reuse) and step.name in brought)]
    return plan._replace(steps=planner.sorted_steps((*kept, *steps)))
