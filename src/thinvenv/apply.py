"""A plan, carried out on the venv. The base is never written."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import (
    files,
    imports,
    linking,
    mending,
    namespaces,
    planner,
    plugins,
    receipt,
    reuse,
    satisfy,
    scripts,
    startup,
)
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.inventory.layers import fingerprint
from thinvenv.inventory.take import take
from thinvenv.model import Remove, Reuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.backends.base import Backend
    from thinvenv.host import Host
    from thinvenv.model import Closure, Environment, Inventory, Plan, Step
    from thinvenv.namespaces import Hidden
    from thinvenv.prepare import Prepared
    from thinvenv.survey import Survey

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
    path_files = imports.path_files(survey.environment)
    unlinked = linking.leave(survey)
    inventory, used, shared = _carried_out(prepared, host)
    plan = _with_versions(mending.with_shared(plan, shared), inventory)
    linked = _finish(prepared, inventory, used, plan, shared, host)
    if plan.changes or linked or unlinked:
        imports.touch(_changed_folders(plan, inventory, survey.environment))
        _tell_what_is_loaded(plan, survey, inventory, host)
        imports.refresh(survey.environment, path_files)
        plugins.tell_installed(host.plugins, survey.environment, plan)
    return plan


def _with_versions(plan: Plan, inventory: Inventory) -> Plan:
    """Return a plan with the versions that only a build could tell."""

    def known(step: Step) -> Step:
        if isinstance(step, (Reuse, Remove)) or step.candidate.version:
            return step
        found = inventory.visible.get(step.candidate.name)
        return replace(step, candidate=replace(step.candidate, version=found.version if found else ""))

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
    with linking.out_of_the_way(prepared.survey, prepared.request):
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
        compared = namespaces.compare(inventory, (use.distribution for use in used.uses))
        if not compared.hidden:
            startup.ensure(environment, compared.first)
            return inventory, used, shared
        mending.bring(compared.hidden, shared, prepared, host)
        shared += compared.hidden


def _changed_folders(plan: Plan, inventory: Inventory, environment: Environment) -> set[str]:
    """Return the directories of a venv whose entries a plan has changed, namespaces included."""
    found = {environment.purelib, environment.platlib}
    for name in plan.names:
        one = inventory.visible.get(name)
        if one is not None and inventory.in_venv(one):
            found |= {os.path.join(one.layer, os.path.dirname(path)) for path in files.paths_of(one)}
    return {folder for folder in found if ".." not in folder}


def _tell_what_is_loaded(plan: Plan, survey: Survey, inventory: Inventory, host: Host) -> None:
    """Name the modules that the running process goes on using in the version that it has loaded."""
    if not imports.is_running(survey.environment):
        return
    for name in plan.names:
        old, new = survey.inventory.visible.get(name), inventory.visible.get(name)
        modules = imports.loaded(files.modules_of(new)) if old and new and old.version != new.version else []
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
    reusable = reuse.restricted(inventory, request, plugins.barred(host.plugins, inventory, environment))
    new = [one for one in prepared.roots if one._replace(shallow=False) in request.roots]
    asked = satisfy.closure(new, reusable, markers, constraints=request.constraints)
    if not asked.satisfied:
        raise BrokenInstallError("the environment does not satisfy what was asked for", why=planner.unsatisfied(asked))
    for line in satisfy.unknown_extras(asked, {step.candidate.name for step in prepared.plan.installed}):
        host.note(line)
    if tuple(new) == prepared.roots:
        return asked
    everything = satisfy.closure(prepared.roots, reusable, markers)
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
    linked = linking.update(survey, from_base, made, host)
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
