"""Looks up what an environment uses: dependencies, one distribution, newer versions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv import backends
from thinvenv.choices import suggestion
from thinvenv.distributions import direct_url
from thinvenv.errors import RequirementError
from thinvenv.files import exists
from thinvenv.installation.script_generation import scripts_of
from thinvenv.model import Request
from thinvenv.plugins import manager
from thinvenv.resolution import eligibility
from thinvenv.resolution.dependency_graph import dependency_graph
from thinvenv.resolution.metadata_view import create_view
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Inventory, Reuse
    from thinvenv.resolution.dependency_graph import DependencyGraph
    from thinvenv.resolution.prepare import Prepared


def usable_inventory(state: EnvironmentState, context: Context) -> Inventory:
    """Return the distributions that the requirements of earlier installs may use.

    Args:
        state: The environment.
        context: The surroundings of the call, with the plugins that exclude distributions.

    """
    inventory = state.intact_inventory
    excluded = manager.excluded_locations(context.plugins, inventory, state.environment)
    return eligibility.eligible_inventory(inventory, Request(policy=state.receipt.policy), excluded)


def graph_of(state: EnvironmentState, context: Context) -> DependencyGraph:
    """Return who requires what among the distributions that an environment uses.

    Args:
        state: The environment.
        context: The surroundings of the call.

    """
    saved, inventory = state.receipt, usable_inventory(state, context)
    return dependency_graph(saved.roots, inventory, state.environment.markers, saved.policy)


def latest_versions(
    state: EnvironmentState, context: Context, backend_name: BackendName | None = None
) -> dict[str, str]:
    """Return the newest version of each imported distribution of which the indexes have a newer one, by name.

    Args:
        state: The environment.
        context: The surroundings of the call, whose indexes count.
        backend_name: The backend that looks the versions up; ``None`` chooses one.

    Raises:
        BackendError: The installer failed.

    """
    backend = backends.choose(backend_name, context.environ)
    view = create_view(state.inventory.importable.values(), context.cache)
    latest = backend.latest_versions(view, state.environment, context)
    return {canonicalize_name(name): version for name, version in latest.items()}


def find_distribution(name: str, state: EnvironmentState) -> Distribution:
    """Return the distribution of a name that an environment imports.

    Raises:
        RequirementError: There is none.

    """
    importable = state.inventory.importable
    distribution = importable.get(canonicalize_name(name))
    if distribution is None:
        hint = suggestion(canonicalize_name(name), importable)
        raise RequirementError(f"{name} is not installed in {state.prefix}", hint=hint)
    return distribution


def is_complete(prepared: Prepared) -> bool:
    """Return whether an environment needs no change at all: imports find what is reused, and its scripts exist."""
    plan, state = prepared.plan, prepared.state
    scripts = (script for step in plan.reused for script in scripts_of(step.distribution, state.environment))
    return (
        not plan.changes
        and all(step.name in state.inventory.importable for step in plan.reused)
        and all(exists(os.path.join(state.environment.scripts, script.name)) for script in scripts)
    )


def freeze_lines(inventory: Inventory, reused: Iterable[Reuse], exclude: Collection[str] = ()) -> list[str]:
    """Return the distributions that an environment uses as requirements, as ``pip freeze`` writes them.

    Those of a base have their layer as a comment.

    Args:
        inventory: The distributions of all layers.
        reused: What is reused of the base.
        exclude: The normalised names of distributions to leave out.

    """
    used = {step.name for step in reused}
    return [
        _frozen(dist) + ("" if inventory.in_venv(dist) else f"  # {dist.layer}")
        for dist in sorted(inventory.visible.values(), key=lambda dist: dist.name)
        if (inventory.in_venv(dist) or dist.name in used) and dist.name not in exclude
    ]


def _frozen(dist: Distribution) -> str:
    """Return a distribution as a requirement that installs it again."""
    if direct_url.is_editable(dist):
        return f"-e {direct_url.local_path(dist)}"
    url = direct_url.archive_url(dist) or (Path(path).as_uri() if (path := direct_url.local_path(dist)) else "")
    return f"{dist.name} @ {redacted(url)}" if url else f"{dist.name}=={dist.version}"
