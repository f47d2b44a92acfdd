"""What an installed distribution takes on disk: its files, and their byte code."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import files_of, recorded_files, root_of
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.cache import Cache
    from thinvenv.model import Distribution

BYTE_CODE = "__pycache__"
_CACHE = "sizes"
_BLOCK = 512
"""The unit of ``st_blocks`` (POSIX)."""
_HAS_BLOCKS = hasattr(os.stat_result, "st_blocks")


class DiskUsage(NamedTuple):
    """What files take.

    Attributes:
        files: Their number.
        apparent_bytes: The sum of their sizes.
        disk_bytes: The blocks that they take.

    """

    files: int
    apparent_bytes: int
    disk_bytes: int


def usage_of(distribution: Distribution) -> DiskUsage:
    """Return what a distribution takes: the files that its metadata list, and the byte code beside them.

    RECORD has sizes, too, but Linux distributions strip what they have built and keep the RECORD: that of scipy in
    Debian adds up to three times of what is installed. A distribution in a zip archive takes what the archive takes.
    Files that are missing or cannot be examined take nothing.
    """
    return _usage(distribution, _state_of(distribution))


def size_of(distribution: Distribution) -> int:
    """Return the size of the files of a distribution in bytes, see :func:`usage_of`."""
    return usage_of(distribution).apparent_bytes


def total_size(distributions: Iterable[Distribution], cache: Cache) -> int:
    """Return the sum of the sizes of some distributions in bytes, from the cache if it is there.

    It is looked up again when a metadata directory changes. Byte code that an interpreter has written since then does
    not count: to look for it takes longer than an install.

    Args:
        distributions: The distributions.
        cache: The cache, which keeps the sum.

    """
    distributions = list(distributions)
    key = digest(part for dist in distributions for part in (dist.location, _state_of(dist)))
    document = cache.load(_CACHE, key) or {}
    if isinstance(document.get("bytes"), int):
        return int(document["bytes"])
    size = sum(map(size_of, distributions))
    cache.store(_CACHE, key, {"bytes": size})
    return size


def installed_size_of(distribution: Distribution) -> int:
    """Return the size in bytes of a distribution that was just installed, as its RECORD says.

    An installer has written the sizes, so no file has to be examined. pip records byte code without a size; then
    the files are measured.
    """
    files = recorded_files(distribution.location)
    is_complete = files and not any(path.endswith(".pyc") for path, _ in files)
    return sum(size for _, size in files) if is_complete else size_of(distribution)


def blocks_of(status: os.stat_result) -> int:
    """Return the bytes that a file takes on disk; its size where the system does not say."""
    return status.st_blocks * _BLOCK if _HAS_BLOCKS else status.st_size


@lru_cache(maxsize=4096)
def _usage(distribution: Distribution, _state: str) -> DiskUsage:
    """Return what a distribution takes. Environments of one run share bases, so the answer is kept."""
    paths = [distribution.layer] if os.path.isfile(distribution.layer) else _paths_on_disk(distribution)
    statuses = [status for path in paths if (status := _status(path))]
    return DiskUsage(len(statuses), sum(status.st_size for status in statuses), sum(map(blocks_of, statuses)))


def _state_of(distribution: Distribution) -> str:
    """Return the state of the metadata of a distribution, or of the zip archive that it is in."""
    return file_state(distribution.layer if os.path.isfile(distribution.layer) else distribution.location)


def _paths_on_disk(distribution: Distribution) -> Iterator[str]:
    """Yield the files of a distribution, and the byte code of its modules, whether it is listed or not."""
    root = root_of(distribution)
    folders: dict[str, None] = {}
    for path in files_of(distribution):
        folder, name = os.path.split(path)
        if os.path.basename(folder) != BYTE_CODE:
            yield os.path.join(root, path)
        if name.endswith(".py") and folder:
            folders[folder] = None
    for folder in folders:
        yield from _byte_code_in(os.path.join(root, folder, BYTE_CODE))


def _byte_code_in(folder: str) -> list[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None
