"""The sums of a fleet in words, and the cells of its tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.report import counted, human_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.fleet.values import Fleet, FleetEnvironment, Repetition

REPETITION_TITLES = ("distribution", "copies", "versions", "files", "on disk", "repeated")
"""The titles of :func:`repetition_cells`."""


def summary_lines(fleet: Fleet) -> list[str]:
    """Return what a fleet costs, what it saves, and what it would save, each as a line."""
    environments, sizes = fleet.environments, fleet.sizes
    if not environments:
        return ["there are no environments: no directory here has a pyvenv.cfg"]
    disk, apparent = human_size(sizes.disk_bytes), human_size(sizes.apparent_bytes)
    lines = [f"{counted(len(environments), 'environment')}: {disk} on disk ({apparent} apparent), {sizes.files} files"]
    if cached := sum(environment.cached_bytes for environment in environments):
        lines.append(f"{human_size(cached)} of this has links elsewhere, such as in the cache of uv")
    if saved := sum(environment.saved_bytes for environment in environments):
        stored = f"; the stores take {human_size(fleet.stored_bytes)}" if fleet.stored_bytes else ""
        lines.append(f"thinvenv saves {human_size(saved)}{stored}")
    base = sum(environment.base_bytes for environment in environments)
    store = sum(environment.store_bytes for environment in environments)
    possible = [f"{human_size(base)} over the bases that are there"] if base else []
    possible += [f"{human_size(store)} over a store"] if store else []
    possible += [f"{human_size(fleet.bases_bytes)} over the best bases"] if fleet.bases_bytes else []
    if possible:
        lines.append(f"thinvenv would save {', or '.join(possible)}")
    return lines


def remarks_of(environment: FleetEnvironment) -> list[str]:
    """Return what is remarkable about an environment: a problem, or a change since the last install."""
    remarks = [environment.description.problem] if environment.description.problem else []
    return remarks + (["it or its base has changed since the last install"] if environment.drift else [])


def all_remarks(fleet: Fleet, cwd: str) -> list[tuple[str, str]]:
    """Return the path of each environment about which something is remarkable, with the remark."""
    return [
        (short_path(environment.description.path, cwd), remark)
        for environment in fleet.environments
        for remark in remarks_of(environment)
    ]


def by_size(environments: Iterable[FleetEnvironment]) -> list[FleetEnvironment]:
    """Return environments in the order of what they take on disk, the largest first."""
    return sorted(environments, key=lambda environment: -environment.sizes.disk_bytes)


def short_path(path: str, cwd: str) -> str:
    """Return a path relative to a directory if it lies below, else the whole path."""
    start = cwd.rstrip(os.sep) + os.sep
    return path.removeprefix(start)


def environment_cells(environment: FleetEnvironment, cwd: str) -> tuple[str, ...]:
    """Return the cells of an environment: path, Python, tool, mode, distributions, files, size on disk, and saved."""
    description, sizes = environment.description, environment.sizes
    return (
        short_path(description.path, cwd),
        description.python,
        description.tool,
        description.mode,
        str(len(environment.distributions)),
        str(sizes.files),
        human_size(sizes.disk_bytes),
        human_size(environment.saved_bytes) if environment.saved_bytes else "",
    )


def repetition_cells(repetition: Repetition) -> tuple[str, ...]:
    """Return the cells of a distribution: name, copies, versions, files, size on disk, and what is repeated of it."""
    return (
        repetition.name,
        str(repetition.copy_count),
        str(repetition.version_count),
        str(repetition.sizes.files),
        human_size(repetition.sizes.disk_bytes),
        human_size(repetition.repeated_bytes) if repetition.repeated_bytes else "",
    )
