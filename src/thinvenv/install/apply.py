"""A plan, carried out on the venv. The base is never written."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions import installed_files
from thinvenv.environments import bootstrap, receipt
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.install import import_conflicts, import_refresh, link_step, scripts, shared_packages
from thinvenv.inventory.layers import fingerprint
from thinvenv.inventory.scan import take
from thinvenv.model import Remove, Reuse
from thinvenv.plugins import manager
from thinvenv.resolution import closure, eligibility, planner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Host
    from thinvenv.environments.state import Survey
    from thinvenv.install.import_conflicts import Hidden
    from thinvenv.model import Closure, Environment, Inventory, Plan, Step
    from thinvenv.resolution.prepare import Prepared

_REMEMBERED = 64
"""How many requests a receipt keeps as satisfied: those of a while, not of a life."""


def apply(prepared: Prepared, host: Host) -> Plan:
    """Carry out a plan, and leave a receipt that says so.

    The receipt names what an install is busy with before anything is touched, so that the
    next run knows what to mend if this one is stopped anywhere.

    Raises:
        BackendError: The installer failed; the receipt still names what was pending.
        BrokenInstallError: The installer succeeded, but the closure is not satisfied.

    """
    survey, plan = prepared.survey, prepared.plan
    path_files = import_refresh.path_files(survey.environment)
    unlinked = link_step.leave(survey)
    inventory, used, shared = _carried_out(prepared, host)
    plan = _with_versions(shared_packages.with_shared(plan, shared), inventory)
    linked = _finish(prepared, inventory, used, plan, shared, host)
    if plan.changes or linked or unlinked:
        import_refresh.touch(_changed_folders(plan, inventory, survey.environment))
        _tell_what_is_loaded(plan, survey, inventory, host)
        import_refresh.refresh(survey.environment, path_files)
        manager.tell_installed(host.plugins, survey.environment, plan)
    return plan


def _with_versions(plan: Plan, inventory: Inventory) -> Plan:
    """Return a plan with the versions that only a build could tell."""

    def known(step: Step) -> Step:
        if isinstance(step, (Reuse, Remove)) or step.candidate.version:
            return step
        found = inventory.visible.get(step.candidate.name)
        return step._replace(candidate=replace(step.candidate, version=found.version if found else ""))

    return plan._replace(steps=tuple(known(step) for step in plan.steps))


def recover(survey: Survey, backend: Backend, host: Host) -> None:
    """Take out what an install left half-made when it was stopped."""
    host.progress("clearing what an interrupted install left")
    for one in survey.half_made:
        try:
            backend.uninstall([one.name], survey.environment, host)
        except BackendError:  # no RECORD yet: nothing tells its files, but nothing may import it either
            shutil.rmtree(one.location, ignore_errors=True)
    receipt.save(survey.prefix, survey.receipt._replace(pending=()))


def _begin(prepared: Prepared) -> None:
    """Say in the receipt what is going to change, and drop scripts that stand in its way."""
    survey, plan = prepared.survey, prepared.plan
    pending = plan.names
    known = survey.receipt
    stale = {name: one for name, one in known.scripts.items() if one.owner in pending}
    kept = {name: one for name, one in known.scripts.items() if name not in stale}
    receipt.save(survey.prefix, known._replace(pending=pending, requests=(), scripts=kept))
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


def _carried_out(prepared: Prepared, host: Host) -> tuple[Inventory, Closure, tuple[Hidden, ...]]:
    """Do what the plan says, and return what imports find then, see :func:`_found_by_imports`."""
    if not prepared.plan.changes:
        return _found_by_imports(prepared, host)
    _begin(prepared)
    with link_step.out_of_the_way(prepared.survey, prepared.request):
        _change(prepared, host)
        return _found_by_imports(prepared, host)


def _found_by_imports(prepared: Prepared, host: Host) -> tuple[Inventory, Closure, tuple[Hidden, ...]]:
    """Take stock, and bring in what hides what was installed, until imports find all of it.

    Returns:
        What is there then, what of it is used, and what had to be installed as well.

    """
    environment = prepared.survey.environment
    shared: tuple[Hidden, ...] = ()
    while True:
        inventory = take(environment, host.cache)
        used = _verified(prepared, inventory, host)
        compared = import_conflicts.compare(inventory, (use.distribution for use in used.uses))
        if not compared.hidden:
            bootstrap.ensure(environment, compared.first)
            return inventory, used, shared
        shared_packages.bring(compared.hidden, shared, prepared, host)
        shared += compared.hidden


def _changed_folders(plan: Plan, inventory: Inventory, environment: Environment) -> set[str]:
    """Return the directories of a venv whose entries a plan has changed, namespaces included."""
    found = {environment.purelib, environment.platlib}
    for name in plan.names:
        one = inventory.visible.get(name)
        if one is not None and inventory.in_venv(one):
            found |= {os.path.join(one.layer, os.path.dirname(path)) for path in installed_files.paths_of(one)}
    return {folder for folder in found if ".." not in folder}


def _tell_what_is_loaded(plan: Plan, survey: Survey, inventory: Inventory, host: Host) -> None:
    """Name the modules that the running process goes on using in the version that it has loaded."""
    if not import_refresh.is_running(survey.environment):
        return
    for name in plan.names:
        old, new = survey.inventory.visible.get(name), inventory.visible.get(name)
        modules = (
            import_refresh.loaded(installed_files.modules_of(new)) if old and new and old.version != new.version else []
        )
        if modules:
            names = ", ".join(f"`{one}`" for one in modules)
            host.note(f"{names} of {old} is already loaded in this process: {new} is used once it is started anew")


def _verified(prepared: Prepared, inventory: Inventory, host: Host) -> Closure:
    """Return the closure of all roots over what is there now.

    What only earlier installs asked for is named where it no longer holds: their host wanted
    each install by itself.

    Raises:
        BrokenInstallError: What was just asked for is not what will be imported.

    """
    request, environment = prepared.request, prepared.survey.environment
    markers = environment.markers
    reusable = eligibility.restricted(inventory, request, manager.barred(host.plugins, inventory, environment))
    new = [one for one in prepared.roots if one._replace(shallow=False) in request.roots]
    asked = closure.closure(new, reusable, markers, constraints=request.constraints)
    if not asked.satisfied:
        raise BrokenInstallError("the environment does not satisfy what was asked for", why=planner.unsatisfied(asked))
    for line in closure.unknown_extras(asked, {step.candidate.name for step in prepared.plan.installed}):
        host.note(line)
    if tuple(new) == prepared.roots:
        return asked
    everything = closure.closure(prepared.roots, reusable, markers)
    for line in planner.unsatisfied(everything):
        host.note(f"an earlier install asked for what no longer holds: {line}")
    return everything


def _still_shared(names: Iterable[str], inventory: Inventory) -> tuple[str, ...]:
    """Return those of some names that lie in the venv now."""
    return tuple(sorted({name for name in names if (one := inventory.visible.get(name)) and inventory.in_venv(one)}))


def _finish(
    prepared: Prepared, inventory: Inventory, used: Closure, plan: Plan, shared: Iterable[Hidden], host: Host
) -> bool:
    """Make the scripts and links of what is reused, and write the receipt; tell whether links changed."""
    survey, request, known = prepared.survey, prepared.request, prepared.survey.receipt
    from_base = [use for use in used.uses if not inventory.in_venv(use.distribution)]
    made = scripts.update(from_base, known.scripts, survey.environment)
    changed = bool(plan.changes)
    earlier = () if changed or fingerprint(inventory.layers) != known.fingerprint else known.requests
    linked = link_step.update(survey, from_base, made, host)
    digest = receipt.digest(prepared.asked, prepared.sources, prepared.host.plugins_key)
    receipt.save(
        survey.prefix,
        receipt.Receipt(
            environment=survey.environment,
            environment_key=survey.environment_key,
            layers=inventory.layers,
            fingerprint=fingerprint(inventory.layers),
            roots=prepared.roots,
            constraints=request.constraints,
            overrides=request.overrides,
            only_reuse=request.only_reuse,
            never_reuse=request.never_reuse,
            reused=tuple(Reuse(use.distribution, use.because) for use in from_base),
            sources={**known.sources, **prepared.sources},
            requests=tuple(dict.fromkeys((*earlier, digest)))[-_REMEMBERED:],
            shared=_still_shared((*known.shared, *(one.owner.name for one in shared)), inventory),
            scripts=made,
        ),
    )
    return linked
