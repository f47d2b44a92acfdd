"""What an environment takes on disk, honest about hard links."""

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
        files: Files and symbolic links.
        apparent: The sum of their sizes, as a copy or a backup would meet them.
        unique: The part that goes when the tree goes: a file that has a further hard link
            elsewhere, such as in uv's cache, counts nothing; one linked twice within, once.

    """

    files: int
    apparent: int
    unique: int


def footprint(folder: Path) -> Footprint:
    """Measure the tree below a folder."""
    states = list(_states(str(folder)))
    inside = Counter((one.st_dev, one.st_ino) for one in states)
    sizes = {(one.st_dev, one.st_ino): one.st_size for one in states if one.st_nlink <= inside[one.st_dev, one.st_ino]}
    return Footprint(len(states), sum(one.st_size for one in states), sum(sizes.values()))


def as_json(one: Footprint) -> dict[str, int]:
    """Return a footprint as an object of the results."""
    return asdict(one)


def _states(folder: str) -> Iterator[os.stat_result]:
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(where, name))]
        yield from (os.lstat(os.path.join(where, name)) for name in [*names, *links])
