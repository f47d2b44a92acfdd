"""What a distribution consists of: the files that an install of it has put somewhere.

RECORD tells it (the recording specification), or ``installed-files.txt`` (pip, for setuptools);
where neither is, as in much of what Linux distributions ship, ``top_level.txt`` or the
distribution's own name leads to its modules, and what lies there shows the rest.
"""

from __future__ import annotations

import csv
import os
import posixpath
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thinvenv.model import Distribution

_SCRIPTS = ("bin", "Scripts")
_BYTE_CODE = (".pyc", ".pyo")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a distribution.

    Attributes:
        root: The directory that they are relative to.
        files: Their paths with ``/``; data files start with ``../``. Neither metadata nor
            scripts nor byte code.
        paths: What has to be on the path itself: an archive, a source tree.
        rewritten: Whether pytest rewrites its modules, and so writes byte code beside them.

    """

    root: str
    files: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    rewritten: bool = False


def manifest(distribution: Distribution) -> Manifest | None:
    """Return the files of a distribution; ``None`` where nothing tells them."""
    entry, layer = Path(distribution.location), distribution.layer
    if os.path.isfile(layer):  # an archive can only be put on the path
        return Manifest(layer, paths=(layer,))
    if os.path.realpath(entry.parent) != os.path.realpath(layer):  # a development install, by an `.egg-link`
        return Manifest(layer, paths=(str(entry.parent),))
    rewritten = distribution.name == "pytest" or "[pytest11]" in _text(entry / "entry_points.txt")
    own = f"{entry.name}/"
    listed = _recorded(entry) or _installed_files(entry, layer) or _by_modules(distribution, entry)
    plain = (posixpath.normpath(one) if ".." in one else one for one in listed)
    files = tuple(one for one in plain if not one.startswith(own) and _counts(one))
    return Manifest(layer, files, rewritten=rewritten) if listed else None


def is_linkable(distribution: Distribution) -> bool:
    """Tell whether something tells the files of a distribution, so that they can be linked."""
    return os.path.isfile(f"{distribution.location}/RECORD") or manifest(distribution) is not None


def _recorded(entry: Path) -> list[str]:
    """Return the paths in RECORD; most lines need no CSV reader, which takes ten times as long."""
    lines = _text(entry / "RECORD").splitlines()
    found = [line.split(",", 1)[0] for line in lines if not line.startswith('"')]
    found += [row[0] for row in csv.reader(line for line in lines if line.startswith('"')) if row]
    return [one.replace("\\", "/") for one in found if one]


def _installed_files(entry: Path, layer: str) -> list[str]:
    lines = _text(entry / "installed-files.txt").splitlines()
    return [os.path.relpath(os.path.join(entry, line), layer).replace(os.sep, "/") for line in lines if line.strip()]


def _by_modules(distribution: Distribution, entry: Path) -> list[str]:
    """Return all that belongs to the top-level modules of a distribution, as it lies there."""
    layer = Path(distribution.layer)
    names = _text(entry / "top_level.txt").split() or _guessed(distribution.name, layer)
    found = [one for name in names for one in _of_module(layer, name)]
    if found:
        found += [one.name for one in layer.glob(f"{escape(entry.stem)}*.pth")]
        found += _tree(layer / f"{distribution.name.replace('-', '_')}.libs", layer)
    return found


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
    yield from _tree(layer / name, layer)
    yield from _tree(layer / f"{name}-stubs", layer)
    for path in sorted(glob(f"{escape(str(layer / name))}.*")):
        if path.endswith((".py", ".so", ".pyd", ".pyi")) and os.path.isfile(path):
            yield os.path.relpath(path, layer).replace(os.sep, "/")


def _tree(folder: Path, root: Path) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        inside = os.path.relpath(where, root).replace(os.sep, "/")
        # A link to a directory, as Linux distributions have them for data, counts as a file.
        linked = [name for name in folders if os.path.islink(os.path.join(where, name))]
        yield from (name if inside == "." else f"{inside}/{name}" for name in (*names, *linked))


def _counts(path: str) -> bool:
    """Tell whether a file is linked: byte code and scripts are made anew, and no path is absolute."""
    if path.startswith("/") or "__pycache__/" in path or path.endswith(_BYTE_CODE):
        return False
    return not (path.startswith("../") and path.split("/")[-2] in _SCRIPTS)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
