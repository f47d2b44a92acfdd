"""How much a distribution takes on disk, for what a plan saves."""

from __future__ import annotations

import csv
import os
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thinvenv.model import Distribution


def size_of(distribution: Distribution) -> int:
    """Return the size of a distribution's files, in bytes; 0 where nothing tells its files.

    The sizes in its RECORD are taken as they stand, without looking at the files.
    """
    source = PathDistribution(Path(distribution.location))
    record = source.read_text("RECORD")
    if record:
        return sum(int(row[2]) for row in csv.reader(record.splitlines()) if len(row) > 2 and row[2].isdigit())  # noqa: PLR2004 - path, hash, size
    return _measured(source, distribution)


def _measured(source: PathDistribution, distribution: Distribution) -> int:
    """Return the size of the files that ``installed-files.txt`` or ``top_level.txt`` lead to."""
    if source.read_text("installed-files.txt"):
        return sum(_file_size(str(source.locate_file(one))) for one in source.files or ())
    names = (source.read_text("top_level.txt") or distribution.name.replace("-", "_")).split()
    return sum(_tree_size(os.path.join(distribution.layer, name)) for name in names)


def _tree_size(path: str) -> int:
    if not os.path.isdir(path):
        return _file_size(f"{path}.py")
    return sum(_file_size(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _file_size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
