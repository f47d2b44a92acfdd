"""The parser of one metadata entry of a site directory.

It reads ``dist-info`` directories and the formats of setuptools, which Linux distributions still use: ``egg-info``
directories and files, the ``EGG-INFO`` of an ``.egg`` on the path (a directory or a zip archive), and ``.egg-link``
files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name, is_normalized_name
from packaging.version import Version

from thinvenv.distributions import requirement_cache
from thinvenv.distributions.metadata import Source
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from email.message import Message

_LONGEST_SHOWN = 200
"""The characters of a text that a message shows."""


class UnreadableError(Exception):
    """A metadata entry from which no distribution can be read, with the reason."""


def parse_entry(entry: Path, layer: str) -> tuple[Distribution, tuple[str, ...]]:
    """Return the distribution of a metadata entry.

    Args:
        entry: The entry.
        layer: The site directory that the entry was found in.

    Returns:
        The distribution, and a line for each requirement (PEP 508) and ``Requires-Python`` that cannot be read.
        They are left out, since no installer could act on them.

    Raises:
        UnreadableError: It has no valid name, or no valid version (PEP 440).

    """
    try:
        path = _egg_info_of_link(entry) if entry.suffix == ".egg-link" else entry
        source = Source(path)
        headers = cast("Message", source.metadata)  # it has `get`, which the protocol in typeshed lacks
        requires = tuple(source.requires or ())
        extras = _extras(source)
        direct_url = source.read_text("direct_url.json") or ""
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableError(f"{entry}: {error}") from error
    if not headers or set(headers) <= {"Description"}:  # what the parser itself puts there
        raise UnreadableError(f"{entry}: it has no metadata")
    requires_python = (headers.get("Requires-Python") or "").strip()
    unreadable = [
        f"{entry}: its requirement {_shortened(requirement)!r} cannot be read"
        for requirement in requires
        if not requirement_cache.requirement(requirement)
    ]
    if not _is_specifier(requires_python):
        unreadable.append(f"{entry}: its Requires-Python {_shortened(requires_python)!r} cannot be read")
        requires_python = ""
    distribution = Distribution(
        name=_valid_name(entry, headers.get("Name")),
        version=_valid_version(entry, headers.get("Version")),
        location=os.path.normpath(str(path)),  # in an archive it ends with a slash
        layer=layer,
        requires=tuple(requirement for requirement in requires if requirement_cache.requirement(requirement)),
        extras=extras,
        requires_python=requires_python,
        direct_url=direct_url.strip(),
    )
    return distribution, tuple(unreadable)


def name_of(dist_info: Path) -> str:
    """Return the normalized name of the distribution that a ``dist-info`` directory belongs to."""
    return canonicalize_name(dist_info.name.partition("-")[0])


def _valid_name(entry: Path, name: str | None) -> str:
    if not name:
        raise UnreadableError(f"{entry}: its metadata have no Name")
    try:
        return canonicalize_name(name.strip(), validate=True)
    except InvalidName as error:
        raise UnreadableError(f"{entry}: {_shortened(name)!r} is not a name") from error


def _valid_version(entry: Path, version: str | None) -> str:
    if not version:
        raise UnreadableError(f"{entry}: its metadata have no Version")
    try:
        Version(version)
    except ValueError as error:  # `InvalidVersion`, or more digits than Python converts
        raise UnreadableError(f"{entry}: {_shortened(version)!r} is not a version (PEP 440)") from error
    return version.strip()


def _shortened(text: str) -> str:
    """Return a text as messages show it: a base may hold one of any length."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _extras(source: Source) -> tuple[str, ...]:
    """Return the extras: those in the headers, and the sections of the ``requires.txt`` of an egg."""
    extras = list(source.metadata.get_all("Provides-Extra", []))
    lines = (line.strip() for line in (source.read_text("requires.txt") or "").splitlines())
    sections = (line[1:-1] for line in lines if line.startswith("[") and line.endswith("]"))
    extras += [section.partition(":")[0] for section in sections]
    return tuple(dict.fromkeys(name for extra in extras if is_normalized_name(name := canonicalize_name(extra))))


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _egg_info_of_link(link: Path) -> Path:
    """Return the ``egg-info`` of a development install, which an ``.egg-link`` leads to."""
    if not link.is_file():
        raise UnreadableError(f"{link}: it is no file")
    try:
        target = Path(link.read_text(encoding="utf-8").splitlines()[0].strip())
        return next(iter(sorted(target.glob("*.egg-info"))))
    except (OSError, UnicodeError, IndexError, StopIteration) as error:
        raise UnreadableError(f"{link}: it leads to no egg-info directory") from error
