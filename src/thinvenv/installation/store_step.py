"""Installs distributions: from stores by links, and the others with the installer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from thinvenv.installation import link_step, script_generation
from thinvenv.inventory.layers import STORE_INSTALLER, linked_dist_infos
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.links import writer
from thinvenv.model import Reuse
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import entries, locks, places, roots
from thinvenv.store.filling import Filler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Distribution, Environment
    from thinvenv.resolution.prepare import Prepared


class StoreStep(NamedTuple):
    """The work of an install: what stores provide, and what the installer has to install.

    Attributes:
        provided: The distributions that are linked from a store, by their names.
        others: What the installer installs into the environment itself.
        kept: The other distributions of stores that the environment has, without those that the plan removes.

    """

    provided: Mapping[str, Distribution]
    others: tuple[Candidate, ...]
    kept: tuple[Distribution, ...]

    @property
    def linked(self) -> list[Distribution]:
        """All distributions of stores that the environment will have."""
        return [*self.kept, *self.provided.values()]


def provide(candidates: Sequence[Candidate], prepared: Prepared) -> StoreStep:
    """Fill a store, and return what remains to be done to install candidates. The environment is not changed.

    Args:
        candidates: What has to be installed. Other versions of them are replaced.
        prepared: The plan that is being applied.

    Raises:
        UsageError: A store lies in the environment or its base.
        StoreError: A store cannot be used, or something is missing and none can be written.
        BackendError: The installer failed.

    """
    environment, plan, context = prepared.state.environment, prepared.plan, prepared.context
    removed = {step.name for step in plan.removed}.difference(step.name for step in plan.installed)
    gone = removed.union(candidate.name for candidate in candidates)
    kept = tuple(dist for dist in entries.linked_distributions(environment) if dist.name not in gone)
    if not (candidates and environment.stores):
        return StoreStep({}, tuple(candidates), kept)
    stores = places.open_stores(environment.stores, context.environ)
    for store in stores:
        for layer in prepared.state.inventory.layers:
            places.check_apart(store.path, layer.path, "its base" if layer.kind != "venv" else "the environment")
    filler = Filler(prepared.request, environment, prepared.backend, context)
    with ExitStack() as stack:
        for store in stores:
            stack.enter_context(locks.in_use(store))
        provided = filler.provide(candidates, stores)
        others = tuple(candidate for candidate in candidates if candidate.name not in provided)
        step = StoreStep(provided, others, kept)
        for store, entry_names in entries.names_by_store(step.linked).items():
            is_registered = roots.register(
                store, environment.prefix, entry_names, adding=True, reproducible=context.is_reproducible
            )
            if not is_registered and store.is_writable:
                context.reporter.note(
                    f"cannot register {environment.prefix} in {store.path}: its owner may remove what is linked here"
                )
    return step


def register(stored: Iterable[Distribution], environment: Environment, context: Context) -> None:
    """Register in each store the entries that an environment uses after an install, and no others.

    Args:
        stored: The distributions that are linked from stores.
        environment: The virtual environment.
        context: The surroundings of the call.

    """
    entry_names = entries.names_by_store(stored)
    for store in {*entry_names, *map(places.Store, environment.stores)}:
        names = entry_names.get(store, ())
        roots.register(store, environment.prefix, names, reproducible=context.is_reproducible)


def install(step: StoreStep, prepared: Prepared) -> link_step.Links | None:
    """Install from stores and with the installer.

    Args:
        step: What :func:`provide` returned.
        prepared: The plan that is being applied.

    Returns:
        What the environment has links to; ``None`` if nothing was linked.

    Raises:
        BackendError: The installer failed. The links are as they were.

    """
    state, backend, context, others = prepared.state, prepared.backend, prepared.context, step.others
    if others:
        with link_step.without_links(prepared.goal):
            _unlink({candidate.name for candidate in others}, prepared)
            context.reporter.progress(f"installing {len(others)} with {backend.name}")
            backend.install(others, prepared.request, state.environment, context)
    if not step.linked:
        return None
    installed = {dist.name for dist in state.inventory.own}
    uninstall(sorted(installed.intersection(step.provided)), prepared)
    scripts = script_generation.update([Reuse(dist, ()) for dist in step.linked], {}, state.environment)
    links = link_step.links_of(state, (), step.linked, scripts)
    link_step.update(state, links, context)
    return links


def uninstall(names: Sequence[str], prepared: Prepared) -> None:
    """Remove distributions from an environment.

    Args:
        names: Their normalized names.
        prepared: The plan that is being applied.

    Raises:
        BackendError: The installer failed.

    """
    linked = _unlink(set(names), prepared)
    others = [name for name in names if name not in linked]
    if others:
        prepared.backend.uninstall(others, prepared.state.environment, prepared.context)


def _unlink(names: set[str], prepared: Prepared) -> set[str]:
    """Remove the links of those distributions that are linked from stores, and return their names."""
    environment = prepared.state.environment
    dist_infos = {name_of(path): path for path in linked_dist_infos(environment.purelib, STORE_INSTALLER)}
    linked = names.intersection(dist_infos)
    for name in linked:
        writer.unlink(dist_infos[name], environment)
    return linked
