"""Linking as a step of an install: out of the way before, brought to the plan after."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import receipt
from thinvenv.inventory import dpkg
from thinvenv.inventory.linked import linked_name
from thinvenv.links import base_protection
from thinvenv.links import sync as links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Request, Use, WrittenScript

BUILDS_IN_PLACE = "--no-build-isolation"
"""With this option a build imports what is linked, so the links have to stay."""


@contextmanager
def out_of_the_way(state: EnvironmentState, request: Request) -> Iterator[None]:
    """Take the links away while an installer writes, and bring them back where it fails.

    An archive may hold anything, a module of another distribution too: where nothing is
    linked, none of it can end in the base.
    """
    inventory, environment = state.inventory, state.environment
    if not inventory.linked or BUILDS_IN_PLACE in request.options:
        yield
        return
    links.clear(environment)
    try:
        yield
    except BaseException:
        installed = set(map(linked_name, Path(environment.purelib).glob("*.dist-info")))
        found = (one for name, one in inventory.importable.items() if name not in installed)
        linked = [one for one in found if one.layer in inventory.linkable_paths]
        links.apply(links.difference(linked, state.receipt.scripts, environment), environment)
        raise


def leave(state: EnvironmentState) -> bool:
    """Remove the links of an environment that links no more: they would hide the base that it sees now.

    Returns:
        Whether there were any.

    """
    left = bool(state.inventory.linked) and not state.environment.linkable
    if left:
        links.clear(state.environment)
    return left


def update(
    state: EnvironmentState, uses: Iterable[Use], scripts: Mapping[str, WrittenScript], context: Context
) -> bool:
    """Link what is used of the base, as far as it is not on the path itself.

    Args:
        state: The environment as it was found.
        uses: What is used of the base.
        scripts: The scripts that were made of it.
        context: The surroundings of the call.

    Returns:
        Whether any link changed.

    """
    environment, linkable = state.environment, state.inventory.linkable_paths
    base_protection.redirect_bytecode(environment, context.cache)
    found = {one.name: one for one in (*_unexplained(state), *(use.distribution for use in uses))}
    wanted = [one for _, one in sorted(found.items()) if one.layer in linkable]
    change = links.difference(wanted, scripts, environment)
    if change:
        # Until the links are as they should be, the receipt answers for no request.
        receipt.save(state.prefix, state.receipt._replace(requests=(), pending=()))
        links.apply(change, environment, context.cache.folder_if_any("links"))
        context.cache.tidy("links")
        fresh = {one.title for one in change.fresh}
        if silent := [one.name for one in wanted if str(one) in fresh and _is_silent(one)]:
            context.reporter.note(
                f"the metadata of {', '.join(silent)} may leave out what they require, as Debian's packages do, and "
                "dpkg does not tell: where an import fails, ask for what it wants as well"
            )
    return bool(change)


def _is_silent(one: Distribution) -> bool:
    """Tell whether what a distribution requires is known to nobody."""
    packages = dpkg.packages_of(one.layer)
    return dpkg.has_lost_requirements(one) and (packages is None or packages.files_of(one) is None)


def _unexplained(state: EnvironmentState) -> Iterator[Distribution]:
    """Yield what is linked although the receipt does not say why: where that was lost, nothing else may be."""
    explained = {step.name for step in state.receipt.reused}
    for name in state.inventory.linked - explained:
        if name in state.inventory.visible:
            yield state.inventory.visible[name]
