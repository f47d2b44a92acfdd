"""A plan, carried out on the venv. The base is never written."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import backends
from thinvenv.distributions import installed_files
from thinvenv.environments import bootstrap, receipt
from thinvenv.errors import BackendError, BrokenInstallError
from thinvenv.installation import import_conflicts, import_refresh, link_step, script_files, scripts, shared_packages
from thinvenv.inventory.layers import fingerprint
from thinvenv.inventory.scan import take
from thinvenv.model import Remove, Reuse
from thinvenv.plugins import manager
from thinvenv.resolution import eligibility
from thinvenv.resolution.closure import compute_closure, problem_lines, unknown_extras

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.installation.import_conflicts import Hidden
    from thinvenv.model import Closure, Environment, Inventory, Plan, Step
    from thinvenv.resolution.prepare import Prepared

_REMEMBERED = 64
"""How many requests a receipt keeps as satisfied: those of a while, not of a life."""


def apply(prepared: Prepared, context: Context) -> Plan:
    """Carry out a plan, and leave a receipt that says so.

    The receipt names what an install is busy with before anything is touched, so that the
    next run knows what to mend if this one is stopped anywhere.

    Raises:
        BackendError: The installer failed; the receipt still names what was pending.
        BrokenInstallError: The installer succeeded, but the closure is not satisfied.

    """
    state, plan = prepared.state, prepared.plan
    path_files = import_refresh.path_files(state.environment)
    unlinked = link_step.leave(state)
    inventory, used, shared = _carried_out(prepared, context)
    plan = _with_versions(shared_packages.with_shared(plan, shared), inventory)
    linked = _finish(prepared, inventory, used, plan, shared, context)
    if plan.changes or linked or unlinked:
        import_refresh.touch(_changed_folders(plan, inventory, state.environment))
        _tell_what_is_loaded(plan, state, inventory, context)
        import_refresh.refresh(state.environment, path_files)
        manager.notify_installed(context.plugins, state.environment, plan)
    return plan


def _with_versions(plan: Plan, inventory: Inventory) -> Plan:
    """Return a plan with the versions that only a build could tell."""

    def known(step: Step) -> Step:
        if isinstance(step, (Reuse, Remove)) or step.version is not None:
            return step
        found = inventory.visible.get(step.name)
        return step._replace(candidate=replace(step.candidate, version=found.version if found else None))

    return plan._replace(steps=tuple(known(step) for step in plan.steps))


def recover(state: EnvironmentState, backend_name: BackendName | None, context: Context) -> None:
    """Remove the distributions that an interrupted install left incomplete.

    Args:
        state: The environment, whose receipt names the pending distributions.
        backend_name: The backend that uninstalls them; ``None`` chooses one.
        context: The surroundings of the call.

    Raises:
        BackendError: There is no such backend.
        ReceiptError: The receipt cannot be written.

    """
    backend = backends.choose(backend_name, context)
    context.reporter.progress("removing what an interrupted install left")
    for distribution in state.incomplete:
        try:
            backend.uninstall([distribution.name], state.environment, context)
        except BackendError:  # it has no RECORD yet, so its files are unknown; without metadata it counts as absent
            shutil.rmtree(distribution.location, ignore_errors=True)
    receipt.save(state.prefix, state.receipt._replace(pending=()))


def _begin(prepared: Prepared) -> None:
    """Say in the receipt what is going to change, and drop scripts that stand in its way."""
    state, plan = prepared.state, prepared.plan
    pending = plan.names
    known = state.receipt
    stale = {name: one for name, one in known.scripts.items() if one.owner in pending}
    kept = {name: one for name, one in known.scripts.items() if name not in stale}
    receipt.save(state.prefix, known._replace(pending=pending, requests=(), scripts=kept))
    script_files.remove(stale, Path(state.environment.scripts))


def _change(prepared: Prepared, context: Context) -> None:
    state, plan, backend = prepared.state, prepared.plan, prepared.backend
    replaced = {step.name for step in plan.installed}
    gone = [step.name for step in plan.removed if step.name not in replaced]
    if gone:
        context.reporter.progress(f"removing {', '.join(gone)}")
        backend.uninstall(gone, state.environment, context)
    if plan.installed:
        context.reporter.progress(f"installing {len(plan.installed)} with {backend.name}")
        candidates = [step.candidate for step in plan.installed]
        backend.install(candidates, prepared.request, state.environment, context)


def _carried_out(prepared: Prepared, context: Context) -> tuple[Inventory, Closure, tuple[Hidden, ...]]:
    """Do what the plan says, and return what imports find then, see :func:`_found_by_imports`."""
    if not prepared.plan.changes:
        return _found_by_imports(prepared, context)
    _begin(prepared)
    with link_step.out_of_the_way(prepared.state, prepared.request):
        _change(prepared, context)
        return _found_by_imports(prepared, context)


def _found_by_imports(prepared: Prepared, context: Context) -> tuple[Inventory, Closure, tuple[Hidden, ...]]:
    """Take stock, and bring in what hides what was installed, until imports find all of it.

    Returns:
        What is there then, what of it is used, and what had to be installed as well.

    """
    environment = prepared.state.environment
    shared: tuple[Hidden, ...] = ()
    while True:
        inventory = take(environment, context.cache)
        used = _verified(prepared, inventory, context)
        compared = import_conflicts.compare(inventory, (use.distribution for use in used.uses))
        if not compared.hidden:
            bootstrap.ensure(environment, compared.first)
            return inventory, used, shared
        shared_packages.bring(compared.hidden, shared, prepared, context)
        shared += compared.hidden


def _changed_folders(plan: Plan, inventory: Inventory, environment: Environment) -> set[str]:
    """Return the directories of a venv whose entries a plan has changed, namespaces included."""
    found = {environment.purelib, environment.platlib}
    for name in plan.names:
        one = inventory.visible.get(name)
        if one is not None and inventory.in_venv(one):
            found |= {os.path.join(one.layer, os.path.dirname(path)) for path in installed_files.paths_of(one)}
    return {folder for folder in found if ".." not in folder}


def _tell_what_is_loaded(plan: Plan, state: EnvironmentState, inventory: Inventory, context: Context) -> None:
    """Name the modules that the running process goes on using in the version that it has loaded."""
    if not import_refresh.is_running(state.environment):
        return
    for name in plan.names:
        old, new = state.inventory.visible.get(name), inventory.visible.get(name)
        modules = (
            import_refresh.loaded(installed_files.modules_of(new)) if old and new and old.version != new.version else []
        )
        if modules:
            names = ", ".join(f"`{one}`" for one in modules)
            context.reporter.note(
                f"{names} of {old} is already loaded in this process: {new} is used once it is started anew"
            )


def _verified(prepared: Prepared, inventory: Inventory, context: Context) -> Closure:
    """Return the closure of all roots over what is there now.

    What only earlier installs asked for is named where it no longer holds: their host wanted
    each install by itself.

    Raises:
        BrokenInstallError: What was just asked for is not what will be imported.

    """
    request, environment = prepared.request, prepared.state.environment
    markers = environment.markers
    reusable = eligibility.eligible_inventory(
        inventory, request, manager.excluded_locations(context.plugins, inventory, environment)
    )
    new = [one for one in prepared.roots if one._replace(shallow=False) in request.roots]
    asked = compute_closure(new, reusable, markers, constraints=request.policy.constraints)
    if not asked.satisfied:
        raise BrokenInstallError("the environment does not satisfy what was asked for", why=problem_lines(asked))
    for line in unknown_extras(asked, {step.name for step in prepared.plan.installed}):
        context.reporter.note(line)
    if tuple(new) == prepared.roots:
        return asked
    everything = compute_closure(prepared.roots, reusable, markers)
    for line in problem_lines(everything):
        context.reporter.note(f"an earlier install asked for what no longer holds: {line}")
    return everything


def _still_shared(names: Iterable[str], inventory: Inventory) -> tuple[str, ...]:
    """Return those of some names that lie in the venv now."""
    return tuple(sorted({name for name in names if (one := inventory.visible.get(name)) and inventory.in_venv(one)}))


def _finish(
    prepared: Prepared, inventory: Inventory, used: Closure, plan: Plan, shared: Iterable[Hidden], context: Context
) -> bool:
    """Make the scripts and links of what is reused, and write the receipt; tell whether links changed."""
    state, request, known = prepared.state, prepared.request, prepared.state.receipt
    from_base = [use for use in used.uses if not inventory.in_venv(use.distribution)]
    made = scripts.update(from_base, known.scripts, state.environment)
    changed = bool(plan.changes)
    earlier = () if changed or fingerprint(inventory.layers) != known.fingerprint else known.requests
    linked = link_step.update(state, from_base, made, context)
    digest = receipt.request_digest(prepared.original, prepared.sources, prepared.context.plugins_fingerprint)
    receipt.save(
        state.prefix,
        receipt.Receipt(
            environment=state.environment,
            environment_key=state.environment_key,
            layers=inventory.layers,
            fingerprint=fingerprint(inventory.layers),
            roots=prepared.roots,
            policy=request.policy,
            reused=tuple(Reuse(use.distribution, use.because) for use in from_base),
            sources={**known.sources, **prepared.sources},
            requests=tuple(dict.fromkeys((*earlier, digest)))[-_REMEMBERED:],
            shared=_still_shared((*known.shared, *(one.owner.name for one in shared)), inventory),
            scripts=made,
        ),
    )
    return linked
