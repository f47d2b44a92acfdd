"""Carries out a plan on the venv. The base is never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions import installed_files
from thinvenv.environments import bootstrap, drift, probe, probe_cache, receipt
from thinvenv.errors import BrokenInstallError
from thinvenv.installation import (
    data_files,
    import_conflicts,
    import_refresh,
    link_step,
    one_step_install,
    receipt_step,
    recovery,
    script_generation,
    shared_packages,
    store_step,
)
from thinvenv.inventory.scan import scan
from thinvenv.links.manifest import data_targets
from thinvenv.model import Remove, Reuse
from thinvenv.named_tuples import NamedTuple
from thinvenv.plugins import manager
from thinvenv.resolution.closure import compute_closure, problem_lines, unknown_extras
from thinvenv.store import entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.context.reporter import Reporter
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.installation.import_conflicts import HiddenModule
    from thinvenv.model import Closure, Distribution, Environment, Inventory, Plan, Step
    from thinvenv.resolution.prepare import Prepared


class _Result(NamedTuple):
    """What the environment has after the installer has run.

    Attributes:
        inventory: The distributions of all its layers.
        used: The closure of its requirements.
        shared: The hidden modules whose owners were installed as well.
        links: What has been linked from stores already, if that is known.

    """

    inventory: Inventory
    used: Closure
    shared: tuple[HiddenModule, ...]
    links: link_step.Links | None = None

    @property
    def reused(self) -> tuple[Reuse, ...]:
        """The base distributions in use."""
        uses = (use for use in self.used.uses if not self.inventory.in_venv(use.distribution))
        return tuple(Reuse(use.distribution, use.because) for use in uses)

    @property
    def imported_from_base(self) -> list[Distribution]:
        """The base distributions in use that are on the path, and not linked."""
        distributions = (use.distribution for use in self.reused)
        return [dist for dist in distributions if dist.layer not in self.inventory.linkable_paths]


def apply(prepared: Prepared) -> Plan:
    """Carry out a plan, and write the receipt.

    Before anything is changed, the receipt lists the names of the distributions that will be. If the
    install is interrupted, the next one finds them there and recovers.

    Args:
        prepared: The plan, and what it was made from.

    Returns:
        The plan with what became known meanwhile: versions of builds, and base distributions that were installed.

    Raises:
        BackendError: The installer failed. The receipt still lists the pending names.
        BrokenInstallError: The installer succeeded, but the requirements are not satisfied.
        ReceiptError: The receipt cannot be written.

    """
    environment, context = prepared.state.environment, prepared.context
    path_files = import_refresh.read_path_files(environment)
    had_stale_links = link_step.remove_stale(prepared.state)
    if prepared.attempt is not None:
        prepared = one_step_install.carry_out(prepared, prepared.attempt)
    state = prepared.state
    result = _execute_and_rescan(prepared)
    stored = entries.linked_distributions(environment)
    plan = _carried_out(prepared, result, stored)
    uses = [*result.reused, *(Reuse(dist, ()) for dist in stored)]
    made_scripts = script_generation.update(uses, state.receipt.scripts, environment)
    linked_data = data_files.update(
        data_targets(result.imported_from_base, environment), state.receipt.data_files, environment, context.cache
    )
    requests = receipt_step.satisfied_requests(prepared, plan, result.inventory)  # linking changes the fingerprint
    links = link_step.links_of(state, result.reused, stored, made_scripts)
    has_changed_links = links != result.links and link_step.update(state, links, context)
    store_step.register(stored, environment, context)
    drift.update(environment, result.reused)
    current = _with_current_environment(prepared, path_files)
    if current.state.environment.path != environment.path:  # the next install has to see the new layers
        requests = ()
    shared = tuple(conflict.owner.name for conflict in result.shared)
    written = receipt.Receipt(
        reused=result.reused, shared=shared, scripts=made_scripts, data_files=linked_data, requests=requests
    )
    receipt_step.save(written, current, result.inventory)
    if plan.changes or has_changed_links or had_stale_links:
        import_refresh.touch(_changed_folders(plan, result.inventory, environment))
        _warn_about_loaded_modules(plan, state, result.inventory, context.reporter)
        import_refresh.refresh(environment, path_files)
        manager.notify_installed(context.plugins, environment, plan)
    return plan


def _execute_and_rescan(prepared: Prepared) -> _Result:
    """Run the installer if the plan has changes, and return what the environment has then."""
    if not prepared.plan.changes:
        return _solve_import_conflicts(prepared)
    if prepared.installed is not None:
        with link_step.without_links(prepared.goal):
            return _solve_import_conflicts(prepared)
    step = store_step.provide([step.candidate for step in prepared.plan.installed], prepared)
    one_step_install.mark_pending(prepared.state, prepared.plan.names, prepared.plan.names)
    with link_step.without_links(prepared.goal):
        with recovery.restored_if_unchanged(prepared.state):
            _remove(prepared)
            links = store_step.install(step, prepared)
        result = _solve_import_conflicts(prepared)
    return result._replace(links=None if result.shared else links)


def _remove(prepared: Prepared) -> None:
    """Remove what the plan removes, and does not replace."""
    plan = prepared.plan
    replaced = {step.name for step in plan.installed}
    removed = [step.name for step in plan.removed if step.name not in replaced]
    if removed:
        prepared.context.reporter.progress(f"removing {', '.join(removed)}")
        store_step.uninstall(removed, prepared)


def _solve_import_conflicts(prepared: Prepared) -> _Result:
    """Install the owners of hidden modules as well, until imports find every module."""
    environment = prepared.state.environment
    inventory, used = _known_result(prepared) or _rescan(prepared)
    shared: tuple[HiddenModule, ...] = ()
    while True:
        conflicts = import_conflicts.find_conflicts(inventory, (use.distribution for use in used.uses))
        if not conflicts.hidden:
            bootstrap.write_startup_files(environment, conflicts.venv_first)
            return _Result(inventory, used, shared)
        shared_packages.install_owners(conflicts.hidden, shared, prepared)
        shared += conflicts.hidden
        inventory, used = _rescan(prepared)


def _known_result(prepared: Prepared) -> tuple[Inventory, Closure] | None:
    """Return the inventory and the closure that the plan was made from, ``None`` if they are out of date."""
    state = prepared.state
    if prepared.installed is not None:
        return prepared.installed, _verify(prepared, prepared.installed)
    has_stale_links = bool(state.inventory.linked) and not state.environment.linkable
    return None if prepared.closure is None or has_stale_links else (state.inventory, prepared.closure)


def _rescan(prepared: Prepared) -> tuple[Inventory, Closure]:
    inventory = scan(prepared.state.environment, prepared.context.cache)
    return inventory, _verify(prepared, inventory)


def _verify(prepared: Prepared, inventory: Inventory) -> Closure:
    """Return the closure of all roots over the inventory after an install.

    Requirements of earlier installs that are no longer satisfied are noted: tox and nox want each
    install to count by itself.

    Raises:
        BrokenInstallError: The inventory does not satisfy the request.

    """
    request, markers, reporter = prepared.request, prepared.goal.markers, prepared.context.reporter
    reusable = prepared.goal.eligible(inventory)
    requested = [root for root in prepared.roots if root._replace(shallow=False) in request.roots]
    used = compute_closure(requested, reusable, markers, request.policy)
    if not used.satisfied:
        raise BrokenInstallError("the environment does not satisfy what was asked for", why=problem_lines(used))
    for line in unknown_extras(used, {step.name for step in prepared.plan.installed}):
        reporter.note(line)
    if tuple(requested) == prepared.roots:
        return used
    used_by_all = compute_closure(prepared.roots, reusable, markers, request.policy._replace(constraints=()))
    for line in problem_lines(used_by_all):
        reporter.note(f"a requirement of an earlier install is no longer satisfied: {line}")
    return used_by_all


def _carried_out(prepared: Prepared, result: _Result, stored: Iterable[Distribution]) -> Plan:
    """Return a plan with what became known while it was carried out.

    That is what it has placed, which versions only a build could determine, what comes from stores, and warnings.
    """
    plan, visible = shared_packages.add_steps(prepared.plan, result.shared), result.inventory.visible

    def add_version(step: Step) -> Step:
        if isinstance(step, (Reuse, Remove)) or step.version is not None:
            return step
        installed = visible.get(step.name)
        return step._replace(candidate=step.candidate._replace(version=installed.version if installed else None))

    plan = plan._replace(
        steps=tuple(map(add_version, plan.steps)),
        placed=tuple(visible[step.name] for step in plan.installed if step.name in visible),
        stored=frozenset(dist.name for dist in stored).intersection(plan.names),
    )
    separated = link_step.new_separations(plan, prepared.state, result.used, result.inventory)
    return plan._replace(warnings=(*plan.warnings, *separated))


def _with_current_environment(prepared: Prepared, path_files: Mapping[str, bytes]) -> Prepared:
    """Probe the interpreter again if an install has changed the code that runs when it starts."""
    state, environment, context = prepared.state, prepared.state.environment, prepared.context
    old_code, code = map(import_refresh.code_lines, (path_files, import_refresh.read_path_files(environment)))
    python = probe.python_of(state.prefix)
    if code == old_code and state.environment_key == probe.environment_key(environment, python, context):
        return prepared
    environment = probe_cache.probe_cached(python, context)
    key = probe.environment_key(environment, python, context)
    state = state._replace(environment=environment, environment_key=key)
    return prepared._replace(goal=prepared.goal._replace(state=state))


def _changed_folders(plan: Plan, inventory: Inventory, environment: Environment) -> frozenset[str]:
    """Return the directories in a venv whose entries a plan has changed, those of namespace packages included."""
    changed = filter(None, map(inventory.visible.get, plan.names))
    folders = (installed_files.module_folders(dist) for dist in changed if inventory.in_venv(dist))
    return environment.sites.union(*folders)


def _warn_about_loaded_modules(plan: Plan, state: EnvironmentState, inventory: Inventory, reporter: Reporter) -> None:
    """Note the modules that this process has already loaded in another version than the installed one."""
    if not import_refresh.is_running(state.environment):
        return
    for name in plan.names:
        old, new = state.inventory.visible.get(name), inventory.visible.get(name)
        if old is None or new is None or old.version == new.version:
            continue
        if modules := import_refresh.loaded_modules(installed_files.modules_of(new)):
            names = ", ".join(f"`{module}`" for module in modules)
            reporter.note(f"this process has already loaded {names} of {old}. Restart it to use {new}")
