"""The size of an environment on disk, with and without hard links to other places."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """The size of a directory tree.

    Attributes:
        files: The number of files and symbolic links.
        apparent: The sum of their sizes in bytes, as in a copy or a backup.
        unique: The bytes that deleting the tree frees. A file with another hard link
            elsewhere, such as in uv's cache, counts as nothing; one with two links in the
            tree counts once.

    """

    files: int
    apparent: int
    unique: int


def footprint(folder: Path) -> Footprint:
    """Return the size of the tree below a folder."""
    states = list(_states(str(folder)))
    links = Counter((stat.st_dev, stat.st_ino) for stat in states)
    sizes = {
        (stat.st_dev, stat.st_ino): stat.st_size for stat in states if stat.st_nlink <= links[stat.st_dev, stat.st_ino]
    }
    return Footprint(len(states), sum(stat.st_size for stat in states), sum(sizes.values()))


def as_json(one: Footprint) -> dict[str, int]:
    """Return a footprint as an object of the results."""
    return asdict(one)


def _states(folder: str) -> Iterator[os.stat_result]:
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        yield from (os.lstat(os.path.join(where, name)) for name in [*names, *links])
