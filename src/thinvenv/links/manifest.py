"""What a distribution consists of: the files that an install of it has put somewhere.

RECORD tells it (the recording specification), or ``installed-files.txt`` (pip, for setuptools);
where neither is, as in much of what Linux distributions ship, ``top_level.txt`` or the
distribution's own name leads to its modules, and what lies there shows the rest.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, listed_paths
from thinvenv.distributions.metadata_files import read_text
from thinvenv.environments.receipt import FILE_NAME
from thinvenv.inventory.layers import METADATA_SUFFIXES
from thinvenv.links.fallback_files import by_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.model import Distribution

_SCRIPTS = ("bin", "Scripts")
_DATA = ("share/", "etc/", "include/", "bin/", "Scripts/")
"""What a folder that was filled by ``--target`` has beside modules."""
_SITES = ("site-packages", "dist-packages")
_RESERVED = frozenset({"pyvenv.cfg", FILE_NAME})
"""What an environment is by, and cannot be of a distribution."""
_UP = re.compile(r"^(?:\.\./)+")
_TO_PREFIX = "../../" if os.name == "nt" else "../../../"
"""The way from an environment's site directory to its root."""
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
        elsewhere: Where those files lie that are not below ``root`` as they are to be in an environment.

    """

    root: str
    files: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    rewritten: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def place_of(self, path: str) -> str:
        """Return the absolute path of one of the files, or of a directory of some."""
        return self.elsewhere.get(path) or os.path.normpath(os.path.join(self.root, path))


def manifest(distribution: Distribution) -> Manifest | None:
    """Return the files of a distribution; ``None`` where nothing tells them."""
    entry, layer = Path(distribution.location), distribution.layer
    if os.path.isfile(layer):  # an archive can only be put on the path
        return Manifest(layer, paths=(layer,))
    if os.path.realpath(entry.parent) != os.path.realpath(layer):  # a development install, by an `.egg-link`
        return Manifest(layer, paths=(str(entry.parent),))
    rewritten = distribution.name == "pytest" or "[pytest11]" in read_text(distribution.location, "entry_points.txt")
    own = f"{entry.name}/"
    listed = listed_paths(distribution) or by_modules(distribution, entry)
    files, elsewhere = _placed([one for one in listed if not one.startswith(own) and _counts(one)], layer)
    return Manifest(layer, files, rewritten=rewritten, elsewhere=elsewhere) if listed else None


def is_linkable(distribution: Distribution) -> bool:
    """Tell whether something tells the files of a distribution, so that they can be linked."""
    return os.path.isfile(f"{distribution.location}/{RECORD}") or manifest(distribution) is not None


def _placed(files: list[str], layer: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return where the files of a layer belong in an environment, and where those lie that lie elsewhere.

    Of a folder that is no interpreter's, the way to its root is another. ``pip install --target``
    moves data, headers and scripts into the folder and leaves RECORD as it was, relative to
    another; uv puts them there, and lists them so.
    """
    is_site = os.path.basename(layer) in _SITES
    if is_site and not any(one.startswith("../") for one in files):
        return tuple(files), {}
    placed, elsewhere = [], {}
    for one in files:
        inside = _UP.sub("", one)
        here, moved = os.path.normpath(os.path.join(layer, one)), os.path.join(layer, inside)
        is_moved = inside != one and not os.path.lexists(here) and os.path.lexists(moved)
        if is_moved or (not is_site and (inside != one or one.startswith(_DATA))):
            if inside.partition("/")[0] not in _SCRIPTS:
                placed.append(f"{_TO_PREFIX}{inside}")
                elsewhere[placed[-1]] = moved if is_moved else here
        else:
            placed.append(one)
    return tuple(placed), elsewhere


def _counts(path: str) -> bool:
    """Tell whether a file is linked: byte code and scripts are made anew, and no path is absolute.

    Nor is one metadata of another, or has a name that not every installer reads from a RECORD.
    """
    if not path.isprintable() and (len(path.splitlines()) > 1 or not _is_utf8(path)):
        return False
    if path.partition("/")[0].endswith(METADATA_SUFFIXES):
        return False
    if path.startswith("/") or "__pycache__/" in path or path.endswith(_BYTE_CODE):
        return False
    *_, folder, name = ("", *path.split("/"))
    return not (path.startswith("../") and (folder in _SCRIPTS or name in _RESERVED))


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
