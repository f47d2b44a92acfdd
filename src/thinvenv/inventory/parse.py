"""One metadata entry of a site directory, read into a :class:`Distribution`.

Readable are ``dist-info`` directories (the recording specification), ``egg-info``
directories and files, the ``EGG-INFO`` of an ``.egg`` that is on the path, directory or
zip, and ``.egg-link`` files (setuptools' formats, which distributions of Linux still use).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name, is_normalized_name
from packaging.version import InvalidVersion, Version

from thinvenv.distributions import requirement_cache
from thinvenv.distributions.metadata import Source
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from email.message import Message


class UnreadableError(Exception):
    """A metadata entry that names no distribution; its text says why."""


def read(entry: Path, layer: str) -> tuple[Distribution, tuple[str, ...]]:
    """Read the metadata entry at ``entry``, which lies in the site directory ``layer``.

    Returns:
        The distribution, and what had to be left out of it: requirements that are none
        (PEP 508) and a ``Requires-Python`` that is no specifier, on which no installer
        could act.

    Raises:
        UnreadableError: It has no readable name and version, or a version that is not one
            (PEP 440), which no requirement can be compared with.

    """
    try:
        path = _linked_egg_info(entry) if entry.suffix == ".egg-link" else entry
        source = Source(path)
        headers = cast("Message", source.metadata)  # which has `get`, as its protocol here does not say
        requires = tuple(source.requires or ())
        extras = _extras(source)
        direct_url = source.read_text("direct_url.json") or ""
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableError(f"{entry}: {error}") from error
    if not headers or set(headers) <= {"Description"}:  # what the parser itself puts there
        raise UnreadableError(f"{entry}: it has no metadata")
    wanted = (headers.get("Requires-Python") or "").strip()
    broken = [
        f"{entry}: its requirement {one!r} cannot be read" for one in requires if not requirement_cache.requirement(one)
    ]
    broken += [] if _is_specifier(wanted) else [f"{entry}: its Requires-Python {wanted!r} cannot be read"]
    distribution = Distribution(
        name=_name(entry, headers.get("Name")),
        version=_version(entry, headers.get("Version")),
        location=os.path.normpath(str(path)),  # within an archive it ends with a slash
        layer=layer,
        requires=tuple(one for one in requires if requirement_cache.requirement(one)),
        extras=extras,
        requires_python=wanted if _is_specifier(wanted) else "",
        direct_url=direct_url.strip(),
    )
    return distribution, tuple(broken)


def name_of(dist_info: Path) -> str:
    """Return the normalized name of the distribution that a ``dist-info`` directory belongs to."""
    return canonicalize_name(dist_info.name.partition("-")[0])


def _name(entry: Path, given: str | None) -> str:
    if not given:
        raise UnreadableError(f"{entry}: its metadata have no Name")
    try:
        return canonicalize_name(given.strip(), validate=True)
    except InvalidName as error:
        raise UnreadableError(f"{entry}: {given!r} is not a name") from error


def _version(entry: Path, given: str | None) -> str:
    if not given:
        raise UnreadableError(f"{entry}: its metadata have no Version")
    try:
        Version(given)
    except InvalidVersion as error:
        raise UnreadableError(f"{entry}: {given!r} is not a version (PEP 440)") from error
    return given.strip()


def _extras(source: Source) -> tuple[str, ...]:
    """Return the extras: those that are declared, and the sections of an egg's ``requires.txt``."""
    found = list(source.metadata.get_all("Provides-Extra", []))
    lines = (line.strip() for line in (source.read_text("requires.txt") or "").splitlines())
    sections = (line[1:-1] for line in lines if line.startswith("[") and line.endswith("]"))
    found += [section.partition(":")[0] for section in sections]
    return tuple(dict.fromkeys(canonicalize_name(one) for one in found if is_normalized_name(canonicalize_name(one))))


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _linked_egg_info(link: Path) -> Path:
    """Return the ``egg-info`` that a development install points at."""
    if not link.is_file():
        raise UnreadableError(f"{link}: it is no file")
    try:
        target = Path(link.read_text(encoding="utf-8").splitlines()[0].strip())
        return next(iter(sorted(target.glob("*.egg-info"))))
    except (OSError, UnicodeError, IndexError, StopIteration) as error:
        raise UnreadableError(f"{link}: it leads to no egg-info directory") from error
