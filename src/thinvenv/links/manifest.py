"""The files of a distribution that are linked, and where each belongs in an environment."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, SCRIPT_FOLDERS, listed_paths, owns
from thinvenv.distributions.metadata_files import read_text
from thinvenv.environments.receipt import FILE_NAME
from thinvenv.files import exists, is_regular_file, read_bytes
from thinvenv.inventory.layers import METADATA_SUFFIXES
from thinvenv.links.unrecorded_files import debian_packages_of, find_files
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.model import Distribution, Environment

_DATA = ("share/", "etc/", "include/", "bin/", "Scripts/")
"""The directories that ``pip install --target`` creates beside modules."""
_SITE_NAMES = ("site-packages", "dist-packages")
_RESERVED = frozenset({"pyvenv.cfg", FILE_NAME})
"""Files that belong to the environment itself."""
_PARENTS = re.compile(r"^(?:\.\./)+")
_TO_PREFIX = "../../" if os.name == "nt" else "../../../"
"""The way from the site directory of an environment to its root."""
_BYTECODE = (".pyc", ".pyo")


class Manifest(NamedTuple):
    """The files of a distribution that are linked.

    Attributes:
        root: The directory that the paths are relative to.
        files: The paths with forward slashes, without metadata, scripts and byte code. Data files start with
            ``../``.
        path_entries: What has to be added to ``sys.path`` because it cannot be linked: an archive or a source tree.
        file_by_file: Whether each file is linked by itself, never a directory. It has to be so where pytest
            rewrites assertions, since it writes byte code beside the modules, and where the distribution asks its
            metadata for its files.
        targets: The absolute paths of those files that are not at their path below ``root``.
        real_folders: The directories that are not linked as a whole, since shared objects in them look for the
            libraries of other distributions relative to their own path.
        borrowed: Those of the files that no distribution has. Several manifests may have them, and the first one
            gets the links.

    """

    root: str
    files: tuple[str, ...] = ()
    path_entries: tuple[str, ...] = ()
    file_by_file: bool = False
    targets: Mapping[str, str] = MappingProxyType({})
    real_folders: frozenset[str] = frozenset()
    borrowed: frozenset[str] = frozenset()

    def target_of(self, path: str) -> str:
        """Return the absolute path in the base of one of the files, or of a directory of files."""
        is_normal = path and path[0] != "/" and path[-1] not in "./" and "./" not in path and "//" not in path
        if is_normal and not self.targets and _is_normal(self.root):  # true for nearly all paths, and five times faster
            return f"{self.root}/{path}"
        return self.targets.get(path) or os.path.normpath(os.path.join(self.root, path))


@lru_cache(maxsize=64)
def _is_normal(root: str) -> bool:
    """Return whether joining a path with a directory needs no more than a slash between them."""
    return os.sep == "/" and len(root) > 1 and os.path.normpath(root) == root


def manifest_of(distribution: Distribution) -> Manifest | None:
    """Return the files of a distribution that are linked, or ``None`` if its files are not known."""
    folder, name = os.path.split(distribution.location)
    layer = distribution.layer
    if is_regular_file(layer):  # an archive can only be added to `sys.path`
        return Manifest(layer, path_entries=(layer,))
    if os.path.realpath(folder) != os.path.realpath(layer):  # a development install, by an `.egg-link`
        return Manifest(layer, path_entries=(folder,))
    paths = listed_paths(distribution) or find_files(distribution)
    if not paths:
        return None
    packages = debian_packages_of(layer)
    borrowed = packages.borrowed_files(distribution) if packages else []
    own = packages.own_files(distribution) if packages else []
    paths = list(dict.fromkeys((*paths, *own, *borrowed)))
    files, targets = _relocated([path for path in paths if not path.startswith(f"{name}/") and _is_linked(path)], layer)
    files = tuple(path for path in files if not _is_kernel_of_base(path, targets.get(path) or f"{layer}/{path}"))
    is_plugin = distribution.name == "pytest" or "[pytest11]" in read_text(distribution.location, "entry_points.txt")
    return Manifest(layer, files, file_by_file=is_plugin, targets=targets, borrowed=frozenset(borrowed))


def data_targets(distributions: Iterable[Distribution], environment: Environment) -> dict[str, dict[str, str]]:
    """Return the data files and headers of distributions. Of a path that several of them have, only one counts.

    Returns:
        The absolute path of each file in the base, by its path relative to the root of an environment, by the name
        of the distribution.

    """
    prefix, site = os.path.normpath(environment.prefix), os.path.normpath(environment.purelib)
    targets: dict[str, dict[str, str]] = {}
    paths = set(_RESERVED)
    for distribution in distributions:
        for relative, target in sorted(_files_outside(distribution).items()):
            absolute = os.path.normpath(os.path.join(site, relative))
            path = os.path.relpath(absolute, prefix).replace(os.sep, "/")
            is_data = absolute.startswith(prefix + os.sep) and not absolute.startswith(site + os.sep)
            if is_data and path not in paths and not target.startswith(prefix + os.sep):
                targets.setdefault(distribution.name, {})[path] = target
                paths.add(path)
    return targets


def is_linkable(distribution: Distribution) -> bool:
    """Return whether the files of a distribution are known, so that they can be linked."""
    return is_regular_file(f"{distribution.location}/{RECORD}") or manifest_of(distribution) is not None


def _files_outside(distribution: Distribution) -> dict[str, str]:
    """Return the targets of the files that a distribution has beside its layer, by the paths of their links."""
    folder, layer = os.path.dirname(distribution.location), distribution.layer
    is_site = os.path.basename(layer) in _SITE_NAMES
    if (is_site and not owns(distribution, "../")) or os.path.realpath(folder) != os.path.realpath(layer):
        return {}
    parts = ("../",) if is_site else ()
    files, targets = _relocated([path for path in listed_paths(distribution, *parts) if _is_linked(path)], layer)
    manifest = Manifest(layer, files, targets=targets)
    paths = {path: manifest.target_of(path) for path in files if path.startswith("../")}
    return {
        path: target
        for path, target in paths.items()
        if is_regular_file(target) and not _is_kernel_of_base(path, target)
    }


def _is_kernel_of_base(path: str, target: str) -> bool:
    """Return whether a file is a Jupyter kernel that starts an interpreter by its absolute path, as those of conda do.

    Without the file Jupyter takes the kernel of the environment's own ipykernel, which starts its interpreter.
    """
    if not path.endswith("/kernel.json"):
        return False
    try:
        return os.path.isabs(json.loads(read_bytes(target))["argv"][0])
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return False


def _relocated(paths: list[str], layer: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the path of each file in an environment, and the absolute paths of those files that lie elsewhere.

    From a layer that is no site directory of an interpreter, another path leads to the root.
    ``pip install --target`` moves data, headers and scripts into the layer but does not change RECORD. uv puts them
    there, too, and lists them so.
    """
    is_site = os.path.basename(layer) in _SITE_NAMES
    if is_site and not any(path.startswith("../") for path in paths):
        return tuple(paths), {}
    files, targets = [], {}
    for path in paths:
        below_prefix = _PARENTS.sub("", path)
        target, moved = os.path.normpath(os.path.join(layer, path)), os.path.join(layer, below_prefix)
        is_moved = below_prefix != path and not exists(target) and exists(moved)
        if is_moved or (not is_site and (below_prefix != path or path.startswith(_DATA))):
            if below_prefix.partition("/")[0] not in SCRIPT_FOLDERS:
                files.append(f"{_TO_PREFIX}{below_prefix}")
                targets[files[-1]] = moved if is_moved else target
        else:
            files.append(path)
    return tuple(files), targets


def _is_linked(path: str) -> bool:
    """Return whether a file is linked.

    Byte code and scripts are written for each environment. Absolute paths, metadata of other distributions, and
    names that some installers cannot read from a RECORD are left out.
    """
    if not path.isprintable() and (len(path.splitlines()) > 1 or path.encode(errors="ignore").decode() != path):
        return False
    if path.partition("/")[0].endswith(METADATA_SUFFIXES):
        return False
    if path.startswith("/") or "__pycache__/" in path or path.endswith(_BYTECODE):
        return False
    if not path.startswith("../"):  # true for nearly all paths
        return True
    *_, folder, name = path.split("/")
    return folder not in SCRIPT_FOLDERS and name not in _RESERVED
