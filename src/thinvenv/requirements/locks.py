"""Lock files (PEP 751), read into roots: `-r pylock.toml`, as pip and uv accept it.

Each package of a lock becomes a requirement of exactly its version, with its hashes. The base may provide it;
if it does not, it comes from the configured indexes, as with a requirements file.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from packaging.pylock import Pylock, PylockValidationError
from packaging.utils import canonicalize_name

from thinvenv.errors import RequirementError
from thinvenv.requirements.roots import editable_root, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.markers import Marker
    from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageSdist, PackageVcs, PackageWheel
    from packaging.utils import NormalizedName

    from thinvenv.model import Root

# The two markers that only lock files have. They depend on the request, not on the environment.
_SELECTION = re.compile(r'"(?P<name>[^"]*)" (?P<negated>not )?in (?P<what>extras|dependency_groups)')
_TRUE, _FALSE = 'python_version >= "0"', 'python_version < "0"'


def read(
    text: str,
    path: str,
    folder: str,
    extras: Iterable[str] | None = (),
    groups: Iterable[str | None] = (None,),
    *,
    indexes: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[Root], list[str]]:
    """Return the requirements of a lock file. Their markers are kept, so they hold for any interpreter.

    Args:
        text: The text of the file.
        path: The file, for errors.
        folder: The directory, or the URL, that its paths start from.
        extras: The extras to install; all if ``None``.
        groups: The dependency groups to install; ``None`` stands for the default groups of the lock.
        indexes: The indexes, by URL, that uv uses only for distributions that name them, as in ``Root.only_index``.

    Returns:
        The roots, and the folders that contain archives of them.

    Raises:
        RequirementError: It is not valid, lacks an extra or a group, or names a path that does not exist.

    """
    try:
        lock = Pylock.from_dict(tomllib.loads(text))
    except (ValueError, RecursionError, PylockValidationError) as error:
        raise RequirementError(f"{path} is not a valid lock file", why=(str(error),)) from error
    names = set(groups)
    default = lock.default_groups or () if None in names else ()  # these cannot be selected by name
    selection: dict[str, frozenset[str]] = {
        "extras": _select(lock.extras if extras is None else extras, lock.extras, "extra", path),
        "dependency_groups": _select(filter(None, names), lock.dependency_groups, "group", path).union(default),
    }
    roots = [
        _root(package, _condition(package.marker, selection), folder, f"-r {path}")._replace(
            only_index=indexes.get(package.index or "", "")
        )
        for package in lock.packages
    ]
    paths = (archive.path for package in lock.packages for archive in _archives(package) if archive.path)
    return roots, sorted({os.path.dirname(_local(path, folder)) for path in paths})


def _select(
    names: Iterable[str] | None, available: Iterable[str] | None, noun: str, path: str
) -> frozenset[NormalizedName]:
    """Return normalized names of extras or groups.

    Raises:
        RequirementError: The lock file lacks package.

    """
    selected, existing = (frozenset(map(canonicalize_name, values or ())) for values in (names, available))
    missing = selected - existing
    if missing:
        why = f"its {noun}s: {', '.join(sorted(existing)) or 'none'}"
        raise RequirementError(f"{path} has no {noun} {', '.join(sorted(missing))}", why=(why,))
    return selected


def _condition(marker: Marker | None, selection: Mapping[str, frozenset[str]]) -> str:
    """Return a marker as the end of a requirement. Its clauses on extras and groups are evaluated."""

    def evaluate(match: re.Match[str]) -> str:
        is_selected = canonicalize_name(match["name"]) in selection[match["what"]]
        return _TRUE if is_selected != bool(match["negated"]) else _FALSE

    return f" ; {_SELECTION.sub(evaluate, str(marker))}" if marker else ""


def _root(package: Package, condition: str, folder: str, origin: str) -> Root:
    if package.directory is not None and package.directory.editable and not condition:
        return editable_root(_directory(package.directory, folder), folder, origin=origin)
    archives: Iterable[PackageArchive | PackageWheel | PackageSdist] = ()
    if package.directory is not None:
        source = f" @ {Path(_directory(package.directory, folder)).as_uri()}"
    elif package.vcs is not None:
        source = f" @ {package.vcs.type}+{_url(package.vcs, folder)}@{package.vcs.commit_id}{_part(package.vcs)}"
    elif package.archive is not None:
        source, archives = f" @ {_url(package.archive, folder)}{_part(package.archive)}", [package.archive]
    else:
        source, archives = f"=={package.version}" if package.version else "", _archives(package)
    hashes = tuple(f"{name}:{value}" for archive in archives for name, value in archive.hashes.items())
    return root(f"{package.name}{source}{condition}", folder, origin=origin, hashes=hashes)


def _archives(package: Package) -> tuple[PackageWheel | PackageSdist, ...]:
    return (*(package.wheels or ()), *([package.sdist] if package.sdist else ()))


def _part(source: PackageArchive | PackageVcs) -> str:
    return f"#subdirectory={source.subdirectory}" if source.subdirectory else ""


def _directory(source: PackageDirectory, folder: str) -> str:
    return os.path.normpath(os.path.join(_local(source.path, folder), source.subdirectory or ""))


def _url(source: PackageArchive | PackageVcs, folder: str) -> str:
    """Return the URL of an archive or a repository. Its path wins over its URL, as with pip."""
    if source.path is None:
        return str(source.url)
    return urljoin(folder, source.path) if "://" in folder else Path(_local(source.path, folder)).as_uri()


def _local(path: str, folder: str) -> str:
    if "://" in folder:
        raise RequirementError(f"a lock file on a server names a path: {path}", why=(f"its folder is {folder}",))
    return os.path.normpath(os.path.join(folder, path))
