"""A plan, carried out on the venv. The base is never written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import imports, receipt, reuse, satisfy, scripts
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.inventory.layers import fingerprint
from thinvenv.inventory.take import take
from thinvenv.model import Remove, Reuse
from thinvenv.planner import unsatisfied

if TYPE_CHECKING:
    from thinvenv.backends.base import Backend
    from thinvenv.host import Host
    from thinvenv.model import Closure, Inventory, Plan, Step
    from thinvenv.prepare import Prepared
    from thinvenv.survey import Survey


def apply(prepared: Prepared, host: Host) -> Plan:
    """Carry out a plan, and leave a receipt that says so.

    The receipt names what an install is busy with before anything is touched, so that the
    next run knows what to mend if this one is stopped anywhere.

    Raises:
        BackendError: The installer failed; the receipt still names what was pending.
        BrokenInstallError: The installer succeeded, but the closure is not satisfied.

    """
    survey, plan = prepared.survey, prepared.plan
    path_files = imports.path_files((survey.environment.purelib, survey.environment.platlib))
    if plan.changes:
        _begin(prepared)
        _change(prepared, host)
        imports.touch(survey.environment)
    inventory = take(survey.environment, host.cache)
    used = _verified(prepared, inventory, host)
    plan = _with_versions(plan, inventory)
    _finish(prepared, inventory, used)
    if plan.changes:
        imports.refresh(survey.environment, path_files)
    return plan


def _with_versions(plan: Plan, inventory: Inventory) -> Plan:
    """Return a plan with the versions that only a build could tell."""

    def known(step: Step) -> Step:
        if isinstance(step, (Reuse, Remove)) or step.candidate.version:
            return step
        found = inventory.visible.get(step.candidate.name)
        return replace(step, candidate=replace(step.candidate, version=found.version if found else ""))

    return replace(plan, steps=tuple(known(step) for step in plan.steps))


def recover(survey: Survey, backend: Backend, host: Host) -> None:
    """Take out what an install left half-made when it was stopped."""
    inventory = survey.inventory
    half = [one for one in inventory.distributions if one.name in survey.receipt.pending and inventory.in_venv(one)]
    host.progress("clearing what an interrupted install left")
    for one in half:
        try:
            backend.uninstall([one.name], survey.environment, host)
        except BackendError:  # no RECORD yet: nothing tells its files, but nothing may import it either
            shutil.rmtree(one.location, ignore_errors=True)
    receipt.save(survey.prefix, replace(survey.receipt, pending=()))


def _begin(prepared: Prepared) -> None:
    """Say in the receipt what is going to change, and drop scripts that stand in its way."""
    survey, plan = prepared.survey, prepared.plan
    pending = tuple(
        sorted({step.candidate.name for step in plan.installed} | {step.distribution.name for step in plan.removed})
    )
    known = survey.receipt
    stale = {name: one for name, one in known.scripts.items() if one.owner in pending}
    kept = {name: one for name, one in known.scripts.items() if name not in stale}
    receipt.save(survey.prefix, replace(known, pending=pending, requests=(), scripts=kept))
    scripts.remove(stale, Path(survey.environment.scripts))


def _change(prepared: Prepared, host: Host) -> None:
    survey, plan, backend = prepared.survey, prepared.plan, prepared.backend
    replaced = {step.candidate.name for step in plan.installed}
    gone = [step.distribution.name for step in plan.removed if step.distribution.name not in replaced]
    if gone:
        host.progress(f"removing {', '.join(gone)}")
        backend.uninstall(gone, survey.environment, host)
    if plan.installed:
        host.progress(f"installing {len(plan.installed)} with {backend.name}")
        candidates = [step.candidate for step in plan.installed]
        backend.install(candidates, prepared.request, survey.environment, host)


def _verified(prepared: Prepared, inventory: Inventory, host: Host) -> Closure:
    """Return the closure of all roots over what is there now.

    What only earlier installs asked for is named where it no longer holds: their host wanted
    each install by itself.

    Raises:
        BrokenInstallError: What was just asked for is not what will be imported.

    """
    request, markers = prepared.request, prepared.survey.environment.markers
    reusable = reuse.restricted(inventory, request)
    new = [one for one in prepared.roots if replace(one, shallow=False) in request.roots]
    asked = satisfy.closure(new, reusable, markers, constraints=request.constraints)
    if not asked.satisfied:
        raise BrokenInstallError("the environment does not satisfy what was asked for", why=unsatisfied(asked))
    everything = satisfy.closure(prepared.roots, reusable, markers)
    for line in unsatisfied(everything):
        host.note(f"an earlier install asked for what no longer holds: {line}")
    return everything


def _finish(prepared: Prepared, inventory: Inventory, used: Closure) -> None:
    """Make the scripts of what is reused, and write the receipt."""
    survey, request, known = prepared.survey, prepared.request, prepared.survey.receipt
    from_base = [use for use in used.uses if not inventory.in_venv(use.distribution)]
    made = scripts.update(from_base, known.scripts, survey.environment)
    changed = bool(prepared.plan.changes)
    earlier = () if changed or fingerprint(inventory.layers) != known.fingerprint else known.requests
    digest = receipt.digest(request, prepared.sources)
    receipt.save(
        survey.prefix,
        receipt.Receipt(
            environment=survey.environment,
            environment_key=survey.environment_key,
            layers=inventory.layers,
            fingerprint=fingerprint(inventory.layers),
            roots=prepared.roots,
            constraints=request.constraints,
            only_reuse=request.only_reuse,
            never_reuse=request.never_reuse,
            reused=tuple(Reuse(use.distribution, use.because) for use in from_base),
            sources={**known.sources, **prepared.sources},
            requests=tuple(dict.fromkeys((*earlier, digest))),
            scripts=made,
        ),
    )
