"""What a distribution consists of that lists no files: its modules, as they lie there.

``top_level.txt`` tells which they are, or the distribution's own name. Of a namespace package
the parts are left out that come from others: dpkg tells them, else the names of the others do.
"""

from __future__ import annotations

import os
import re
from glob import escape, glob
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import files_below, top_level_names
from thinvenv.distributions.namespace_packages import is_namespace_package
from thinvenv.inventory import dpkg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.model import Distribution


def by_modules(distribution: Distribution, entry: Path) -> list[str]:
    """Return all that belongs to the top-level modules of a distribution, as it lies there.

    Args:
        distribution: One that lists no files.
        entry: Its metadata.

    Returns:
        Paths relative to its layer, none where nothing tells what its modules are.

    """
    layer = Path(distribution.layer)
    names = top_level_names(distribution) or _guessed(distribution.name, layer)
    found = [one for name in names for one in _of_module(layer, name)]
    packages = dpkg.packages_of(distribution.layer)
    if packages:
        found = [one for one in found if not packages.belongs_to_another(one, distribution)]
        found = found or _files_of_package(packages, distribution)
    else:
        others = tuple(f"{one}/" for name in names for one in _parts_of_others(layer, name, distribution.name))
        found = [one for one in found if not one.startswith(others)] if others else found
    if found:
        found += [one.name for one in layer.glob(f"{escape(entry.stem)}*.pth")]
        found += files_below(f"{distribution.name.replace('-', '_')}.libs", distribution.layer)
    return found


def _files_of_package(packages: dpkg.Packages, one: Distribution) -> list[str]:
    paths = packages.files_of(one) or ()
    return sorted(path for path in paths if os.path.isfile(os.path.join(one.layer, path)) and ".egg-info" not in path)


def _parts_of_others(layer: Path, top: str, name: str) -> Iterator[str]:
    """Yield the parts of a namespace package that other distributions are named after: ``google/api_core``."""
    if not is_namespace_package(str(layer / top)):
        return
    own = _part_named(layer, top, name)
    entries = (one for one in os.listdir(layer) if one.endswith((".dist-info", ".egg-info")))
    stems = (os.path.splitext(one)[0].partition("-")[0] for one in entries)
    for other in {re.sub("[-_.]+", "-", stem).lower() for stem in stems} - {name}:
        part = _part_named(layer, top, other)
        if part and not f"{own}/".startswith(f"{part}/"):
            yield part


def _guessed(name: str, layer: Path) -> list[str]:
    """Return the module that is named as its distribution is, in whatever case, if there is one."""
    wanted = name.replace("-", "_")
    try:
        entries = os.listdir(layer)
    except OSError:
        return []
    return [one.removesuffix(".py") for one in entries if one.removesuffix(".py").lower() == wanted][:1]


def _of_module(layer: Path, name: str) -> Iterator[str]:
    name = name.replace(".", "/")
    yield from files_below(name, str(layer))
    yield from files_below(f"{name}-stubs", str(layer))
    for path in sorted(glob(f"{escape(str(layer / name))}.*")):
        if path.endswith((".py", ".so", ".pyd", ".pyi")) and os.path.isfile(path):
            yield os.path.relpath(path, layer).replace(os.sep, "/")


def _part_named(layer: Path, top: str, name: str) -> str:
    """Return the part of a namespace package that a distribution is named after, empty where there is none."""
    path, (first, *words) = top, name.split("-")
    if first != top.lower():
        return ""
    while words:
        lengths = range(len(words), 0, -1)
        found = ((f"{path}/{'_'.join(words[:length])}", length) for length in lengths)
        path, length = next(((one, length) for one, length in found if (layer / one).is_dir()), ("", 0))
        if not path:
            return ""
        words = words[length:]
    return path if path != top else ""
