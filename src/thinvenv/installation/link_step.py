"""Updates the links of an environment after an install; removes them while it runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from thinvenv.config import uv
from thinvenv.environments import bootstrap, receipt
from thinvenv.inventory import dpkg
from thinvenv.inventory.layers import LINK_INSTALLER, dist_infos, linked_dist_infos, store_of
from thinvenv.inventory.metadata_entries import name_of
from thinvenv.links import lookups, sync, writer
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Closure, Distribution, Inventory, Plan, Request, Reuse, WrittenScript
    from thinvenv.resolution.goal import Goal

_USES_LINKS = "--no-build-isolation"
"""With this option, or with that for one distribution, a build imports linked distributions, so the links stay."""


@contextmanager
def without_links(goal: Goal) -> Iterator[None]:
    """Remove the links of an environment while an installer runs, and restore them if it fails.

    An archive may contain any file, even one of another distribution. Without links no file of an
    archive can be written into the base, or into a store.

    Args:
        goal: What is installed in which environment.

    """
    state, environment, inventory = goal.state, goal.state.environment, goal.state.inventory
    stored = entries.linked_distributions(environment)
    linked_to_base = any(linked_dist_infos(path, LINK_INSTALLER) for path in inventory.venv_paths)
    if not (linked_to_base or stored) or _uses_links(goal.request, goal.context):
        yield  # also within another such block, which has removed them, and restores them
        return
    sync.remove_links(environment)
    try:
        yield
    except BaseException:
        installed = set(map(name_of, dist_infos(environment.purelib)))
        base = (dist for dist in inventory.importable.values() if dist.layer in inventory.linkable_paths)
        linked = [dist for dist in (*base, *stored) if dist.name not in installed]
        changes = sync.find_changes(linked, state.receipt.scripts, environment, goal.context.cache)
        sync.apply_changes(changes, environment)
        raise


def _uses_links(request: Request, context: Context) -> bool:
    configuration = uv.load(context.environ, context.cwd, request.options)
    return any(option.startswith(_USES_LINKS) for option in request.options) or bool(
        configuration.value("no-build-isolation-package")
    )


def remove_stale(state: EnvironmentState) -> bool:
    """Remove all links to the base if the environment sees it now: they would hide it.

    Returns:
        Whether there were any links.

    """
    is_stale = bool(state.inventory.linked) and not state.environment.linkable
    if is_stale:
        sync.remove_links(state.environment, LINK_INSTALLER)
    return is_stale


class Links(NamedTuple):
    """What is linked into an environment.

    Attributes:
        distributions: The base distributions in use that are not on the path, and those that stores provide.
        scripts: The scripts that were written for them, by file name.

    """

    distributions: tuple[Distribution, ...]
    scripts: Mapping[str, WrittenScript]


def links_of(
    state: EnvironmentState, uses: Iterable[Reuse], stored: Iterable[Distribution], scripts: Mapping[str, WrittenScript]
) -> Links:
    """Return what an environment has to have links to.

    Args:
        state: The environment before the install.
        uses: The base distributions in use.
        stored: The distributions of stores.
        scripts: The scripts that were written for distributions, by file name.

    """
    by_name = {dist.name: dist for dist in (*_unexplained(state), *(use.distribution for use in uses))}
    linkable = state.inventory.linkable_paths
    wanted = {name: dist for name, dist in by_name.items() if dist.layer in linkable}
    wanted |= {dist.name: dist for dist in stored}
    return Links(tuple(dist for _, dist in sorted(wanted.items())), scripts)


def update(state: EnvironmentState, links: Links, context: Context) -> bool:
    """Link the distributions that an environment has to have links to, and no others.

    Args:
        state: The environment before the install.
        links: What :func:`links_of` returned.
        context: The surroundings of the call.

    Returns:
        Whether any link changed.

    """
    environment, wanted = state.environment, links.distributions
    stores = {store for dist in wanted if (store := store_of(dist.layer))}
    bootstrap.redirect_bytecode(environment, context.cache, stores)
    changes = sync.find_changes(wanted, links.scripts, environment, context.cache)
    writer.remove_temporary_folders(environment)
    if changes:
        # If this run is interrupted, the receipt must not list any request as satisfied.
        receipt.save(state.prefix, state.receipt._replace(requests=(), lasting_requests=(), pending=(), intact=()))
        sync.apply_changes(changes, environment, context.cache)
        fresh = {entry.title for entry in changes.missing}
        for note in _notes([dist for dist in wanted if str(dist) in fresh]):
            context.reporter.note(note)
    return bool(changes)


def new_separations(plan: Plan, state: EnvironmentState, used: Closure, inventory: Inventory) -> Iterator[str]:
    """Yield the lines of :func:`separation_lines` for what a plan reuses or installs for the first time."""
    new = {step.name for step in plan.steps} - {step.name for step in state.receipt.reused}
    if new:
        yield from separation_lines((use.distribution for use in used.uses), inventory, new)


def separation_lines(
    distributions: Iterable[Distribution], inventory: Inventory, new: Collection[str] | None = None
) -> Iterator[str]:
    """Yield a line for each distribution that does not find the libraries of others, as these lie in another folder.

    Args:
        distributions: The distributions in use.
        inventory: All distributions of the environment.
        new: The names of distributions; a line is about at least one of them. With ``None``, all count.

    """
    others: dict[Distribution, list[str]] = {}
    for distribution, other in lookups.separated_libraries(distributions, inventory):
        if new is None or not {distribution.name, other.name}.isdisjoint(new):
            others.setdefault(distribution, []).append(f"`{other}` in {other.layer}")
    for distribution, names in others.items():
        libraries = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
        yield (
            f"`{distribution}` in {distribution.layer} looks beside itself for the libraries of {libraries}, and may "
            "fail to import; reuse mode `link` links both into the environment"
        )


def _notes(distributions: Iterable[Distribution]) -> Iterator[str]:
    """Yield notes on what Debian's distributions may need, and what could not be linked for that reason."""
    unknown = []
    for distribution in distributions:
        packages = dpkg.packages_of(distribution.layer)
        if missing := packages.missing_packages(distribution) if packages else []:
            names = ", ".join(missing)
            yield f"{distribution} may fail to import: its Debian package depends on {names}, which dpkg does not have"
        if dpkg.may_lack_requirements(distribution):
            unknown.append(distribution.name)
    if unknown:
        yield (
            f"the metadata of {', '.join(unknown)} may lack requirements, as Debian's packages do, and dpkg has no "
            "record of them: if an import fails, add the missing requirement to your own"
        )


def _unexplained(state: EnvironmentState) -> Iterator[Distribution]:
    """Yield the linked distributions that the receipt does not list, which a lost receipt leaves behind."""
    explained = {step.name for step in state.receipt.reused}
    for name in state.inventory.linked - explained:
        if name in state.inventory.visible:
            yield state.inventory.visible[name]
