"""The part of a recorded install that comes from stores."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from thinvenv.config import index_settings
from thinvenv.errors import StoreError
from thinvenv.files import is_directory
from thinvenv.model import Candidate, Install
from thinvenv.store import entries, locks, places, roots
from thinvenv.store.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Plan, Request


def dump(plan: Plan, request: Request, environment: Environment, context: Context) -> dict[str, Any] | None:
    """Return what stores provided to a new environment as JSON.

    Args:
        plan: The plan that was carried out.
        request: The request.
        environment: The environment.
        context: The surroundings of the call.

    Returns:
        ``None`` if something was not linked from a store; an empty object if nothing had to be installed.

    """
    if not plan.changes:
        return {}
    if any(not isinstance(step, Install) or step.name not in plan.stored for step in plan.changes):
        return None
    if any(step.candidate.reference for step in plan.installed):  # a URL may lead to another archive tomorrow
        return None
    by_store = entries.names_by_store(entries.linked_distributions(environment))
    names = {store.path: entry_names for store, entry_names in by_store.items()}
    steps = [[step.name, step.version, list(step.because)] for step in plan.installed]
    archives = index_settings.states_of_places(plan.names, request.options, environment.prefix, context)
    if archives is None:
        return None
    return {"time": time.time(), "steps": steps, "entries": names, "archives": archives}


def claim(document: Any, request: Request, environment: Environment, context: Context) -> list[Install] | None:
    """Register an environment for the entries of a recorded install, so that they are not removed.

    Args:
        document: What :func:`dump` returned.
        request: The request, which is the same.
        environment: The new environment.
        context: The surroundings of the call.

    Returns:
        The steps of the install; ``None`` if the index may answer otherwise by now, or if entries are gone.

    """
    if not document:
        return []
    try:
        steps = [Install(Candidate(name, version), tuple(because)) for name, version, because in document["steps"]]
        names = [step.name for step in steps]
        is_current = (
            index_settings.is_fresh(document["time"])
            and {*document["entries"]} <= {*environment.stores}
            and document["archives"]
            == index_settings.states_of_places(names, request.options, environment.prefix, context)
        )
        return steps if is_current and _register(document["entries"], environment, context) else None
    except (KeyError, TypeError, ValueError, AttributeError, StoreError):  # another version has recorded it
        return None


def _register(entry_names: Mapping[str, list[str]], environment: Environment, context: Context) -> bool:
    """Register an environment for entries, and return whether all of them exist.

    Raises:
        StoreError: A store cannot be used.

    """
    with ExitStack() as stack:
        for store in places.open_stores(entry_names, context.environ):
            stack.enter_context(locks.in_use(store))
            names = entry_names[store.path]
            if not all(is_directory(Entry(store, name).site) for name in names):
                return False
            roots.register(store, environment.prefix, names, adding=True, reproducible=context.is_reproducible)
    return True
