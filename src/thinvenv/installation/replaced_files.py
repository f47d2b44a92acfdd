"""The files that an install removes or replaces, which the receipt lists while it runs.

An installer removes the files of a distribution in any order, RECORD among them. If it is killed after that, nothing
else tells which modules are left. They would stay forever, and hide those of the base.
"""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import recorded_files
from thinvenv.inventory.layers import dist_infos
from thinvenv.links import folders
from thinvenv.model.json import relative_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from thinvenv.model import Distribution, Environment


def paths_of(distributions: Iterable[Distribution], environment: Environment) -> tuple[str, ...]:
    """Return the files that the RECORDs of distributions list and that lie in the environment.

    Args:
        distributions: Distributions of the venv.
        environment: The virtual environment.

    Returns:
        The paths relative to the root of the environment, with forward slashes.

    """
    paths = (path for dist in distributions for path in _recorded_paths(dist.location, environment))
    return tuple(dict.fromkeys(paths))


def remove(paths: Iterable[str], kept: Collection[str], environment: Environment) -> None:
    """Remove the files that are left of distributions, unless another distribution of the venv lists them, too.

    Args:
        paths: What :func:`paths_of` returned. The metadata directories of these distributions are gone.
        kept: Paths of the same form that stay, such as scripts of others with the same names.
        environment: The virtual environment.

    Raises:
        OSError: A file cannot be removed.

    """
    prefix = environment.prefix
    left = [path for path in paths if _is_file_or_link(os.path.join(prefix, path))]
    if not left:
        return
    locations = chain.from_iterable(map(dist_infos, {environment.purelib, environment.platlib}))
    owned = {*kept, *(path for location in locations for path in _recorded_paths(location, environment))}
    for path in (os.path.join(prefix, path) for path in left if path not in owned):
        folder = os.path.dirname(path)
        if folders.is_inside(folder, prefix):  # else it is linked to a base
            os.unlink(path)
            folders.remove_empty(folder, prefix, environment.purelib, environment.platlib, environment.scripts)


def _is_file_or_link(path: str) -> bool:
    return os.path.islink(path) or os.path.isfile(path)


def _recorded_paths(dist_info: str, environment: Environment) -> Iterator[str]:
    """Yield the paths in the RECORD of a metadata directory that lie in the environment."""
    site, start = os.path.dirname(dist_info), environment.prefix + os.sep
    for path, _ in recorded_files(dist_info):
        absolute = os.path.normpath(os.path.join(site, path))
        if absolute.startswith(start):
            with suppress(ValueError):  # a name that thinvenv does not accept in a document
                yield relative_path(absolute[len(start) :].replace(os.sep, "/"))
