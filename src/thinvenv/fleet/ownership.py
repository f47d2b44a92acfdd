"""Which distribution of an environment a path belongs to."""

from __future__ import annotations

import os
import posixpath
import re
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from packaging.utils import canonicalize_name

from thinvenv.distributions.disk_usage import BYTE_CODE
from thinvenv.distributions.installed_files import RECORD, listed_paths, parse_record, paths_of
from thinvenv.distributions.metadata_files import decode
from thinvenv.files import content_digest, read_bytes
from thinvenv.fleet.values import InstalledDistribution
from thinvenv.inventory.layers import LINK_INSTALLER, METADATA_SUFFIXES, STORE_INSTALLER, linked_dist_infos

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.fleet.values import Description

_NAME = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(?:-.*)?")
_EXTENSION_MODULES = (".so", ".pyd", ".dylib")
_MOST_CLAIMS = 20_000
"""The number of different RECORDs that are remembered at once, which takes some megabytes."""
_claims: dict[str, Claims] = {}


class Claims(NamedTuple):
    """What a distribution lists, as far as it decides about the owner of paths.

    Attributes:
        tops: The first parts of the paths in the site directory.
        outside: The paths that lead out of the site directory, such as those of scripts.
        is_compiled: Whether there are extension modules.

    """

    tops: frozenset[str]
    outside: tuple[str, ...]
    is_compiled: bool


class Site:
    """The owners of the paths in a site directory.

    Args:
        path: The site directory.
        distributions: The distributions in it.
        start: The index of the first of them among all distributions of the environment.

    """

    def __init__(self, path: str, distributions: Iterable[InstalledDistribution], start: int) -> None:
        self.path = path
        self.distributions: list[InstalledDistribution] = []
        self.tops: dict[str, int] = {}
        self.outside: dict[str, dict[str, int]] = {}
        self._files: dict[str, int] = {}
        self._folders: dict[str, int] = {}
        self._contested: dict[str, set[int]] = {}
        for index, distribution in enumerate(distributions, start):
            claims = claims_of(distribution)
            self._add(claims, index)
            self.distributions.append(replace(distribution, is_compiled=True) if claims.is_compiled else distribution)
        for index in sorted(set().union(*self._contested.values())):
            self._add_files(self.distributions[index - start], index)

    def is_shared(self, top: str) -> bool:
        """Return whether several distributions have files below an entry of the site directory."""
        return top in self._contested or top == BYTE_CODE

    def owner_of(self, folder: str, name: str) -> int | None:
        """Return the owner of a file below a shared entry; ``None`` if it has none.

        Byte code belongs to the owner of its module, and a file that nobody lists to whom the directory belongs.

        Args:
            folder: The directory, relative to the site directory.
            name: The name of the file.

        """
        owner = self._files.get(f"{folder}/{name}")
        parent, below = posixpath.split(folder)
        if owner is None and below == BYTE_CODE:
            module = posixpath.join(parent, name.partition(".")[0] + ".py")
            owner = self._files.get(module, self.tops.get(module))
            folder = parent
        return self._folders.get(folder) if owner is None else owner

    def _add(self, claims: Claims, index: int) -> None:
        for top in claims.tops:
            if top in self.tops and self.tops[top] != index:
                self._contested.setdefault(top, {self.tops[top]}).add(index)
            else:
                self.tops[top] = index
        for path in claims.outside:
            folder, name = os.path.split(os.path.normpath(os.path.join(self.path, path)))
            self.outside.setdefault(folder, {})[name] = index

    def _add_files(self, distribution: InstalledDistribution, index: int) -> None:
        for path in listed_paths(distribution.metadata_at(distribution.location)):
            if path.partition("/")[0] in self._contested:
                self._files[path] = index
                self._folders.setdefault(posixpath.dirname(path), index)


def distributions_in(site: str, description: Description) -> list[InstalledDistribution]:
    """Return the distributions in a site directory, as the names of their metadata entries say.

    Args:
        site: The site directory.
        description: What the files of its environment say.

    """
    with suppress(OSError, ValueError):  # `ValueError`: no path, but what a damaged file has in the place of one
        names = sorted(name for name in os.listdir(site) if name.endswith(METADATA_SUFFIXES))
        linked = _linked(site, LINK_INSTALLER) if description.mode == "link" else frozenset()
        stored = _linked(site, STORE_INSTALLER) if description.is_thin else frozenset()
        kinds: dict[str, Literal["linked", "stored"]] = {
            **dict.fromkeys(linked, "linked"),
            **dict.fromkeys(stored, "stored"),
        }
        return [_distribution(os.path.join(site, name), kinds.get(name, "installed")) for name in names]
    return []


def _distribution(location: str, kind: Literal["installed", "linked", "stored"]) -> InstalledDistribution:
    name, version = _identity(os.path.basename(location))
    target = "" if kind == "installed" else os.path.dirname(os.path.realpath(os.path.join(location, "METADATA")))
    return InstalledDistribution(name, version, location, kind, "" if target == location else target)


def claims_of(distribution: InstalledDistribution) -> Claims:
    """Return what a distribution lists. Equal RECORDs are parsed once: environments of a fleet share most of them."""
    try:
        content = read_bytes(os.path.join(distribution.location, RECORD))
    except OSError:
        return _claims_in(paths_of(distribution.metadata_at(distribution.location)), distribution.location)
    key = content_digest(content)
    if key not in _claims:
        if len(_claims) >= _MOST_CLAIMS:
            _claims.clear()
        _claims[key] = _claims_in((row[0] for row in parse_record(decode(content))), distribution.location)
    return _claims[key]


def _claims_in(paths: Iterable[str], location: str) -> Claims:
    tops, outside, is_compiled = {os.path.basename(location)}, [], False
    for path in paths:
        top = path.partition("/")[0]
        if top in {"..", ""}:
            outside.append(path)
        else:
            tops.add(top)
        is_compiled = is_compiled or path.endswith(_EXTENSION_MODULES)
    return Claims(frozenset(tops), tuple(outside), is_compiled)


def _linked(site: str, installer: str) -> frozenset[str]:
    return frozenset(path.name for path in linked_dist_infos(site, installer))


@lru_cache(maxsize=65536)
def _identity(entry: str) -> tuple[str, str]:
    """Return the normalised name and the version in the name of a metadata entry; not every format has a version."""
    stem = os.path.splitext(entry)[0]
    match = _NAME.fullmatch(stem)
    return (canonicalize_name(match["name"]), match["version"]) if match else (canonicalize_name(stem), "")
