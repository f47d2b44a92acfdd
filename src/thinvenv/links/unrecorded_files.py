"""The files of a distribution that lists none: those of its modules, guessed from their names.

``top_level.txt`` or the name of the distribution leads to its modules. Those parts of a namespace package that
belong to other distributions are left out: dpkg knows them, or else the names of the others lead to them.
"""

from __future__ import annotations

import os
import re
from glob import escape, glob
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import EXTENSION_MODULES, files_below, top_level_names
from thinvenv.distributions.namespace_packages import is_namespace_package
from thinvenv.files import is_regular_file, names_in
from thinvenv.inventory.layers import STARTUP_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.inventory.dpkg import Packages
    from thinvenv.model import Distribution

MODULES = (".py", ".pyi", *EXTENSION_MODULES)
"""The ends of the names of modules, and of their stubs."""


def find_files(distribution: Distribution) -> list[str]:
    """Return the files of the top-level modules of a distribution.

    Args:
        distribution: A distribution whose metadata list no files.

    Returns:
        Paths relative to its layer; none if no module can be found.

    """
    layer = Path(distribution.layer)
    names = top_level_names(distribution) or _modules_named(distribution.name, layer)
    files = [path for name in names for path in _files_of_module(name, layer)]
    packages = debian_packages_of(distribution.layer)
    if packages:
        files = [path for path in files if not packages.belongs_to_another(path, distribution)]
        files = files or _files_of_package(packages, distribution)
    else:
        others = tuple(f"{part}/" for name in names for part in _parts_of_others(layer, name, distribution.name))
        files = [path for path in files if not path.startswith(others)] if others else files
    if files:
        stem = os.path.splitext(os.path.basename(distribution.location))[0]
        files += [path.name for suffix in STARTUP_SUFFIXES for path in layer.glob(f"{escape(stem)}*{suffix}")]
        files += files_below(f"{distribution.name.replace('-', '_')}.libs", distribution.layer)
    return files


def debian_packages_of(layer: str) -> Packages | None:
    """Return the packages in a site directory that dpkg has filled, see :func:`thinvenv.inventory.dpkg.packages_of`."""
    from thinvenv.inventory.dpkg import packages_of  # noqa: PLC0415 - loads `packaging`; recorded links do without

    return packages_of(layer)


def _modules_named(name: str, layer: Path) -> list[str]:
    """Return the module with the name of a distribution, in upper or lower case, or an empty list."""
    module = name.replace("-", "_")
    return [entry.removesuffix(".py") for entry in names_in(layer) if entry.removesuffix(".py").lower() == module][:1]


def _files_of_module(name: str, layer: Path) -> Iterator[str]:
    """Yield the files of a module or package, and those of its stubs."""
    name = name.replace(".", "/")
    yield from files_below(name, str(layer))
    yield from files_below(f"{name}-stubs", str(layer))
    for path in sorted(glob(f"{escape(str(layer / name))}.*")):
        if path.endswith(MODULES) and is_regular_file(path):
            yield os.path.relpath(path, layer).replace(os.sep, "/")


def _files_of_package(packages: Packages, distribution: Distribution) -> list[str]:
    """Return the files of the Debian package that a distribution comes from, without its metadata."""
    paths = packages.files_of(distribution) or ()
    layer = distribution.layer
    return sorted(path for path in paths if is_regular_file(os.path.join(layer, path)) and ".egg-info" not in path)


def _parts_of_others(layer: Path, top: str, name: str) -> Iterator[str]:
    """Yield those parts of a namespace package that other distributions are named after: ``google/api_core``."""
    if not is_namespace_package(str(layer / top)):
        return
    own = _part_named(layer, top, name)
    entries = (entry for entry in os.listdir(layer) if entry.endswith((".dist-info", ".egg-info")))
    stems = (os.path.splitext(entry)[0].partition("-")[0] for entry in entries)
    for other in {re.sub("[-_.]+", "-", stem).lower() for stem in stems} - {name}:
        part = _part_named(layer, top, other)
        if part and not f"{own}/".startswith(f"{part}/"):
            yield part


def _part_named(layer: Path, top: str, name: str) -> str:
    """Return the part of a namespace package that a distribution is named after, or an empty string.

    Each word of the name may be a directory of its own, or several words one: ``google-api-core`` is
    ``google/api/core``, ``google/api_core`` or ``google/api``.
    """
    path, (first, *words) = top, name.split("-")
    if first != top.lower():
        return ""
    while words:
        lengths = range(len(words), 0, -1)
        candidates = ((f"{path}/{'_'.join(words[:length])}", length) for length in lengths)
        path, length = next((candidate for candidate in candidates if (layer / candidate[0]).is_dir()), ("", 0))
        if not path:
            return ""
        words = words[length:]
    return path if path != top else ""
