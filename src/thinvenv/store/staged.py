"""What an installer has put into a folder of a store: verified and split.

One process of the installer installs all that is missing into one folder. What belongs to a distribution is what its
RECORD lists, and the byte code beside it. Where two distributions have the same file, only one of them is intact.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import Counter
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions.disk_usage import BYTE_CODE
from thinvenv.distributions.installed_files import RECORD, SCRIPT_FOLDERS, parse_record
from thinvenv.distributions.metadata_files import read_text
from thinvenv.files import names_in, read_bytes, walk
from thinvenv.inventory.layers import ENTRY_SITE
from thinvenv.named_tuples import NamedTuple
from thinvenv.store import _unshare_script, unsharing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OF_INSTALLERS = frozenset({RECORD, "INSTALLER", "REQUESTED", "uv_cache.json", "uv_build.json"})
"""Files in a ``dist-info`` that say nothing of the content of a distribution."""


class StagedDistribution(NamedTuple):
    """A distribution in the folder of an installer, or in an entry.

    Attributes:
        root: The folder, which has the layout of an installation.
        site: Its site directory, relative to the folder.
        dist_info: The name of its ``dist-info``.
        hashes: The files in its RECORD with their hashes, by the path relative to the folder. Byte code is left out,
            and a hash is empty where RECORD has none.

    """

    root: str
    site: str
    dist_info: str
    hashes: dict[str, str]

    @property
    def name(self) -> str:
        """The normalized name."""
        return canonicalize_name(self.dist_info.partition("-")[0])

    @property
    def version(self) -> str:
        """The version in the name of its ``dist-info``."""
        return self.dist_info.removesuffix(".dist-info").partition("-")[2]

    def damage(self, actual: Mapping[tuple[str, str], str] = MappingProxyType({})) -> str:
        """Return the first path that is missing, or differs from RECORD; empty if there is none.

        Args:
            actual: The hashes of files that have been read already, by the path and the algorithm.

        """
        for path, expected in self.hashes.items():
            value = actual.get((path, unsharing.algorithm_of(expected))) or _hash_or_nothing(self.root, path, expected)
            if not value or (expected and value != expected):
                return path
        return ""

    def digest(self) -> str:
        """Return a digest of the content. Two builds of one version have the same if all their files are the same.

        The first line of a script names the interpreter that it was written for, so it does not count. A file without
        a hash in RECORD counts with the hash of its content: uv adds such lines for files that archives do not list.
        """
        lines = []
        for path, expected in self.hashes.items():
            folder, name = os.path.split(path)
            is_of_installer = name in _OF_INSTALLERS and os.path.basename(folder) == self.dist_info
            if folder in SCRIPT_FOLDERS:
                lines.append(f"{path},{_script_hash(os.path.join(self.root, path))}")
            elif not is_of_installer:
                in_site = path.removeprefix(f"{self.site}/")
                value = expected or _hash_or_nothing(self.root, path, expected)
                lines.append(f"{'' if in_site != path else '../'}{in_site},{value}")
        return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def read(root: str) -> list[StagedDistribution]:
    """Return the distributions below a root, which has the layout of an installation."""
    distributions = []
    for folder, folders, _ in walk(root):
        names = sorted(name for name in folders if name.endswith(".dist-info"))
        if names:
            folders.clear()
            site = os.path.relpath(folder, root).replace(os.sep, "/")
            distributions += [
                StagedDistribution(root, site, name, dict(_recorded(folder, site, name))) for name in names
            ]
    return distributions


def unshare(distributions: list[StagedDistribution]) -> dict[str, str]:
    """Replace hard links to the cache of an installer by copies, and compare all files with RECORD in the same pass.

    Args:
        distributions: Distributions below the same root.

    Returns:
        A damaged path of each distribution that does not match its RECORD, by the name of the distribution.

    Raises:
        OSError: The disk is full.

    """
    expected = {path: value for dist in distributions for path, value in dist.hashes.items() if is_inside(path)}
    root = distributions[0].root if distributions else ""
    hashes = unsharing.unshared_hashes(root, list(expected.items()))
    actual = {(path, value.partition("=")[0]): value for path, value in zip(expected, hashes, strict=True)}
    paths = {dist.name: dist.damage(actual) for dist in distributions}
    return {name: path for name, path in paths.items() if path}


def overwritten(distributions: Iterable[StagedDistribution], damaged: Mapping[str, str]) -> set[str]:
    """Return the names of the distributions whose damaged path another distribution lists, too.

    Args:
        distributions: Distributions below the same root.
        damaged: What :func:`unshare` returned for them.

    """
    counts = Counter(path for distribution in distributions for path in distribution.hashes)
    return {name for name, path in damaged.items() if counts[path] > 1}


def split(distributions: Iterable[StagedDistribution], target: str, names: Mapping[str, str]) -> dict[str, str]:
    """Move the files of each distribution into a folder of its own, with the layout of an entry.

    Args:
        distributions: Distributions below the same root, none of which is damaged.
        target: The folder to create these folders in.
        names: The names of these folders, by the name of the distribution.

    Returns:
        The folders, by the name of the distribution.

    Raises:
        OSError: The files cannot be moved.

    """
    os.makedirs(target)
    distributions = list(distributions)
    owners = _folder_owners(distributions)
    counts = Counter(path for distribution in distributions for path in distribution.hashes)
    folders = {}
    for distribution in distributions:
        folders[distribution.name] = folder = os.path.join(target, names[distribution.name])
        for path in _units(distribution, owners):
            in_site = path.removeprefix(f"{distribution.site}/")
            to = os.path.join(folder, *((ENTRY_SITE, in_site) if in_site != path else (path,)))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            if counts[path] > 1:  # several distributions have the same file
                shutil.copy2(os.path.join(distribution.root, path), to)
            else:
                os.rename(os.path.join(distribution.root, path), to)
    return folders


def is_inside(path: str) -> bool:
    """Return whether a normalized path lies below the root that it is relative to."""
    return not path.startswith(("..", "/")) and not (os.name == "nt" and ":" in path)


def file_hash(path: str, algorithm: str) -> str:
    """Return the hash of a file as RECORD writes it.

    Raises:
        OSError: The file cannot be read.
        ValueError: There is no such algorithm.

    """
    with open(path, "rb", buffering=0) as file:
        value = hashlib.file_digest(file, lambda: _unshare_script.new_hash(algorithm))
    return unsharing.in_record(algorithm, value.hexdigest())


def _hash_or_nothing(root: str, path: str, expected: str) -> str:
    if not is_inside(path):
        return ""
    try:
        return file_hash(os.path.join(root, path), unsharing.algorithm_of(expected))
    except (OSError, ValueError):
        return ""


def _recorded(folder: str, site: str, dist_info: str) -> Iterator[tuple[str, str]]:
    for row in parse_record(read_text(os.path.join(folder, dist_info), RECORD)):
        path = os.path.normpath(os.path.join(site, row[0])).replace(os.sep, "/")
        if f"{BYTE_CODE}/" not in path:
            yield path, row[1] if len(row) > 1 else ""


def _script_hash(path: str) -> str:
    content = read_bytes(path, sys.maxsize)  # there are programs, too, which may be large
    return hashlib.sha256(content.partition(b"\n")[2] if content.startswith(b"#!") else content).hexdigest()


def _folder_owners(distributions: Iterable[StagedDistribution]) -> dict[str, str]:
    """Return the name of the distribution that alone has files below a folder, by the folder; empty for several."""
    owners: dict[str, str] = {}
    for distribution in distributions:
        name = distribution.name
        for folder in {ancestor for path in distribution.hashes for ancestor in _ancestors(path)}:
            owners[folder] = name if owners.get(folder, name) == name else ""
        owners |= dict.fromkeys((distribution.site, *_ancestors(distribution.site)), "")
    return owners


def _units(distribution: StagedDistribution, owners: dict[str, str]) -> Iterator[str]:
    """Yield what has to be moved: the highest folders that belong to a distribution alone, and single files."""
    units: dict[str, None] = {}
    name = distribution.name
    for path in distribution.hashes:
        folders = [folder for folder in reversed(_ancestors(path)) if owners[folder] == name]
        units[folders[0] if folders else path] = None
    for unit in units:
        yield unit
        if unit.endswith(".py") and unit in distribution.hashes:
            yield from _byte_code(distribution.root, unit)


def _byte_code(root: str, module: str) -> Iterator[str]:
    folder, name = os.path.split(module)
    cache = f"{folder}/{BYTE_CODE}"
    for entry in names_in(os.path.join(root, cache)):
        if entry.endswith(".pyc") and entry.partition(".")[0] == name.removesuffix(".py"):
            yield f"{cache}/{entry}"


def _ancestors(path: str) -> tuple[str, ...]:
    """Return the folders that a path lies in, the nearest first."""
    return _with_ancestors(path.rpartition("/")[0])


@lru_cache(maxsize=4096)
def _with_ancestors(folder: str) -> tuple[str, ...]:
    """Return a folder, and those that it lies in. Thousands of files lie in the same folders."""
    return (folder, *_with_ancestors(folder.rpartition("/")[0])) if folder else ()
