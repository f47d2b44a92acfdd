"""Suggests bases for the environments below paths: measure, ask, search, resolve."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from thinvenv.base_suggestion.closure import resolved
from thinvenv.base_suggestion.members import Reader, member_of
from thinvenv.base_suggestion.requests import requests_of
from thinvenv.base_suggestion.search import predict, suggest
from thinvenv.fleet.fleet import measure_fleet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinvenv.base_suggestion.values import FleetMember, SuggestedBase
    from thinvenv.context.context import Context
    from thinvenv.fleet.values import Fleet

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
