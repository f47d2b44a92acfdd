"""Lock files as roots: ``-r pylock.toml``, as pip and uv take it.

https://packaging.python.org/en/latest/specifications/pylock-toml/

What a lock names is asked for in exactly its version and with its hashes, and may lie in the
base. What does not comes from the indexes that are configured, as with a requirements file.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from packaging.pylock import Pylock, PylockValidationError
from packaging.utils import canonicalize_name

from thinvenv.errors import RequirementError
from thinvenv.requirements.roots import editable_root, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.markers import Marker
    from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageSdist, PackageVcs, PackageWheel
    from packaging.utils import NormalizedName

    from thinvenv.model import Root

# The two markers that lock files alone have. They say what was asked for, not where.
_ASKED = re.compile(r'"(?P<name>[^"]*)" (?P<negated>not )?in (?P<what>extras|dependency_groups)')
_TRUE, _FALSE = 'python_version >= "0"', 'python_version < "0"'


def content(
    text: str, path: str, folder: str, extras: Iterable[str] | None = (), groups: Iterable[str] = ("",)
) -> tuple[list[Root], list[str]]:
    """Return what a lock file names, for whichever interpreter its markers are read with.

    Args:
        text: The text of the file.
        path: The file, for errors.
        folder: The directory, or URL, that its paths start from.
        extras: The extras to install; all where ``None``.
        groups: The dependency groups to install; an empty name stands for the lock's default ones.

    Returns:
        The roots, and the folders that hold archives of them.

    Raises:
        RequirementError: It is not valid, lacks an extra or a group, or names a path that is not there.

    """
    try:
        lock = Pylock.from_dict(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, PylockValidationError) as error:
        raise RequirementError(f"{path} is not a valid lock file", why=(str(error),)) from error
    named = set(groups)
    implied = lock.default_groups or () if "" in named else ()  # these have no names for people
    asked: dict[str, frozenset[str]] = {
        "extras": _known(lock.extras if extras is None else extras, lock.extras, "extra", path),
        "dependency_groups": _known(named - {""}, lock.dependency_groups, "group", path).union(implied),
    }
    roots = [_root(one, _condition(one.marker, asked), folder, f"-r {path}") for one in lock.packages]
    paths = (each.path for one in lock.packages for each in _archives(one) if each.path)
    return roots, sorted({os.path.dirname(_local(path, folder)) for path in paths})


def _known(
    names: Iterable[str] | None, available: Iterable[str] | None, noun: str, path: str
) -> frozenset[NormalizedName]:
    asked, known = (frozenset(map(canonicalize_name, ones or ())) for ones in (names, available))
    missing = asked - known
    if missing:
        why = f"its {noun}s: {', '.join(sorted(known)) or 'none'}"
        raise RequirementError(f"{path} has no {noun} {', '.join(sorted(missing))}", why=(why,))
    return asked


def _condition(marker: Marker | None, asked: Mapping[str, frozenset[str]]) -> str:
    """Return a marker as the end of a requirement, what it says of extras and groups decided."""

    def decided(match: re.Match[str]) -> str:
        found = canonicalize_name(match["name"]) in asked[match["what"]]
        return _TRUE if found != bool(match["negated"]) else _FALSE

    return f" ; {_ASKED.sub(decided, str(marker))}" if marker else ""


def _root(one: Package, condition: str, folder: str, origin: str) -> Root:
    if one.directory is not None and one.directory.editable and not condition:
        return editable_root(_directory(one.directory, folder), folder, origin=origin)
    if one.directory is not None:
        url = Path(_directory(one.directory, folder)).as_uri()
        return root(f"{one.name} @ {url}{condition}", folder, origin=origin)
    if one.vcs is not None:
        url = f"{one.vcs.type}+{_url(one.vcs, folder)}@{one.vcs.commit_id}{_part(one.vcs)}"
        return root(f"{one.name} @ {url}{condition}", folder, origin=origin)
    if one.archive is not None:
        url = f"{_url(one.archive, folder)}{_part(one.archive)}"
        return root(f"{one.name} @ {url}{condition}", folder, origin=origin, hashes=tuple(_hashes(one.archive)))
    version = f"=={one.version}" if one.version else ""
    hashes = tuple(value for each in _archives(one) for value in _hashes(each))
    return root(f"{one.name}{version}{condition}", folder, origin=origin, hashes=hashes)


def _archives(one: Package) -> tuple[PackageWheel | PackageSdist, ...]:
    return (*(one.wheels or ()), *([one.sdist] if one.sdist else ()))


def _hashes(archive: PackageArchive | PackageWheel | PackageSdist) -> Iterator[str]:
    yield from (f"{algorithm}:{value}" for algorithm, value in archive.hashes.items())


def _part(source: PackageArchive | PackageVcs) -> str:
    return f"#subdirectory={source.subdirectory}" if source.subdirectory else ""


def _directory(source: PackageDirectory, folder: str) -> str:
    return os.path.normpath(os.path.join(_local(source.path, folder), source.subdirectory or ""))


def _url(source: PackageArchive | PackageVcs, folder: str) -> str:
    """Return where an archive or a repository lies; its path counts before its URL, as with pip."""
    if source.path is None:
        return str(source.url)
    return urljoin(folder, source.path) if "://" in folder else Path(_local(source.path, folder)).as_uri()


def _local(path: str, folder: str) -> str:
    if "://" in folder:
        raise RequirementError(f"a lock file on a server names a path: {path}", why=(f"its folder is {folder}",))
    return os.path.normpath(os.path.join(folder, path))
