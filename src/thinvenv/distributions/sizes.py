"""How much a distribution takes on disk, for what a plan saves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.distributions.metadata import source_of

if TYPE_CHECKING:
    from thinvenv.distributions.metadata import Source
    from thinvenv.model import Distribution


def size_of(distribution: Distribution) -> int:
    """Return the size of a distribution's files, in bytes; 0 where nothing tells its files.

    The sizes in its RECORD are taken as they stand, without looking at the files.
    """
    if os.path.isfile(distribution.layer):  # a zip archive on the path
        return _file_size(distribution.layer)
    source = source_of(distribution)
    record = source.read_text("RECORD")
    if record:  # path, hash, size: the last is never quoted
        return sum(int(size) for line in record.splitlines() if (size := line.rpartition(",")[2]).isdigit())
    return _measured(source, distribution)


def _measured(source: Source, distribution: Distribution) -> int:
    """Return the size of the files that ``installed-files.txt`` or ``top_level.txt`` lead to."""
    listed = source.read_text("installed-files.txt")
    if listed:
        return sum(_file_size(os.path.join(distribution.location, one)) for one in listed.splitlines())
    names = (source.read_text("top_level.txt") or distribution.name.replace("-", "_")).split()
    # Where an `.egg-link` leads, the files lie beside the metadata.
    return sum(_tree_size(os.path.join(os.path.dirname(distribution.location), name)) for name in names)


def _tree_size(path: str) -> int:
    if not os.path.isdir(path):
        return _file_size(f"{path}.py")
    return sum(_file_size(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _file_size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
