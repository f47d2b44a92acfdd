"""Suggests bases for the environments below paths: measure, ask, search, resolve."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from thinvenv.base_suggestion.closure import resolved
from thinvenv.base_suggestion.members import Reader, member_of
from thinvenv.base_suggestion.requests import requests_of
from thinvenv.base_suggestion.search import predict, suggest
from thinvenv.fleet.fleet import measure_fleet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinvenv.base_suggestion.values import FleetMember, SuggestedBase
    from thinvenv.context.context import Context
    from thinvenv.fleet.values import Fleet, FleetEnvironment

By = Literal["bytes", "files"]
"""What a suggestion saves most of."""


def suggest_bases(
    paths: Sequence[str], context: Context, *, count: int = 1, by: By = "bytes", offline: bool = False
) -> tuple[SuggestedBase, ...]:
    """Return the bases with which the environments below paths would hold the least themselves.

    Args:
        paths: Absolute paths of projects, or of folders with environments.
        context: The surroundings of the call.
        count: How many bases there may be.
        by: What counts: ``bytes`` or ``files``.
        offline: Whether the resolver works without a network.

    Returns:
        The bases, the one that saves most first; none if the environments hold nothing that a base can have.

    Raises:
        ResolutionError: The resolver finds no solution for a base.
        BackendError: The resolver failed.

    """
    members = fleet_members(paths, context)
    bases = suggest(members, count, by)
    context.reporter.progress("Resolving the bases")
    completed = [replace(base, requirements=resolved(base, members, context, offline=offline)) for base in bases]
    return predict(members, completed, by)


def fleet_members(paths: Sequence[str], context: Context) -> list[FleetMember]:
    """Return what the environments below paths ask for and hold."""
    fleet = measure_fleet(paths, context.cache, context.reporter.progress)
    members, skipped = members_of(fleet, paths, context)
    for line in (*fleet.skipped, *skipped):
        context.reporter.note(f"passed over {line}")
    return members


def members_of(fleet: Fleet, paths: Sequence[str], context: Context) -> tuple[list[FleetMember], list[str]]:
    """Return what the environments of a fleet ask for and hold, and a line for each distribution that was passed over.

    Args:
        fleet: The environments.
        paths: The absolute paths of projects, or of folders with environments, that they were found below.
        context: The surroundings of the call.

    """
    requests, reader = requests_of(paths, context), Reader()
    members = []
    for environment in fleet.environments:
        path = os.path.realpath(environment.description.path)
        if path not in requests.left_over and not environment.description.problem:
            members.append(member_of(environment, requests.roots.get(path, ()), reader))
    return members, list(dict.fromkeys(reader.skipped))


def with_best_bases(fleet: Fleet, paths: Sequence[str], count: int, context: Context) -> Fleet:
    """Return a fleet with what its environments would save over the best bases, less what the bases take themselves.

    Args:
        fleet: The fleet.
        paths: The absolute paths that its environments were found below.
        count: How many bases there may be.
        context: The surroundings of the call.

    """
    in_blocks = replace(fleet, environments=tuple(map(_in_blocks, fleet.environments)))
    members, skipped = members_of(in_blocks, paths, context)
    saved = sum(base.saved_bytes - _size_of(base, fleet) for base in suggest(members, count))
    return replace(fleet, bases_bytes=max(0, saved), skipped=(*fleet.skipped, *skipped))


def _in_blocks(environment: FleetEnvironment) -> FleetEnvironment:
    """Return an environment whose distributions have their blocks as sizes: what several share counts once."""
    distributions = (
        replace(dist, sizes=replace(dist.sizes, apparent_bytes=dist.sizes.disk_bytes))
        for dist in environment.distributions
    )
    return replace(environment, distributions=tuple(distributions))


def _size_of(base: SuggestedBase, fleet: Fleet) -> int:
    """Return what a base would take: for each distribution, what its largest copy takes."""
    pinned = {(canonicalize_name(wanted.name), str(wanted.specifier)) for wanted in map(Requirement, base.requirements)}
    sizes: dict[tuple[str, str], int] = {}
    for dist in (dist for environment in fleet.environments for dist in environment.distributions):
        key = (dist.name, f"=={dist.version}")
        if key in pinned:
            sizes[key] = max(sizes.get(key, 0), dist.sizes.disk_bytes)
    return sum(sizes.values())
