"""What a fleet would save over the best bases, in blocks on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from thinvenv.base_suggestion.search import suggest
from thinvenv.base_suggestion.suggest import members_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinvenv.base_suggestion.values import SuggestedBase
    from thinvenv.context.context import Context
    from thinvenv.fleet.values import Fleet, FleetEnvironment


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
