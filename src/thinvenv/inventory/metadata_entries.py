"""The parser of one metadata entry of a site directory.

It reads ``dist-info`` directories and the formats of setuptools, which Linux distributions still use: ``egg-info``
directories and files, the ``EGG-INFO`` of an ``.egg`` on the path (a directory or a zip archive), and ``.egg-link``
files.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name, is_normalized_name
from packaging.version import Version

from thinvenv.distributions import requirement_cache
from thinvenv.distributions.installed_files import RECORD
from thinvenv.distributions.metadata import Source
from thinvenv.errors import BaseError
from thinvenv.files import is_exhaustion, is_transient, read_bytes
from thinvenv.inventory.layers import dist_info_state
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from collections.abc import Collection
    from email.message import Message
    from os import PathLike

_LONGEST_NAME = 255
"""The characters of a name. No directory could have a longer one."""
_MOST_REQUIREMENTS = 10_000
"""The requirements of a distribution that are read: ten times as many as any on the index has."""
_LONGEST_SHOWN = 200
"""The characters of a text that a message shows."""


class UnreadableError(Exception):
    """A metadata entry from which no distribution can be read, with the reason.

    Attributes:
        transient: Whether it may become readable although nobody changes it, so that the error must not be cached.

    """

    def __init__(self, reason: str, *, transient: bool = False) -> None:
        super().__init__(reason)
        self.transient = transient


def parse_entry(
    entry: Path, layer: str, readable: Collection[str] = frozenset()
) -> tuple[Distribution, tuple[str, ...]]:
    """Return the distribution of a metadata entry.

    Args:
        entry: The entry.
        layer: The site directory that the entry was found in.
        readable: Requirements that have been read before, and need not be parsed again.

    Returns:
        The distribution, and a line for each requirement (PEP 508) and ``Requires-Python`` that cannot be read.
        They are left out, since no installer could act on them.

    Raises:
        UnreadableError: It cannot be read, or has no valid name, or no valid version (PEP 440).
        BaseError: This process or the machine has no resources left.

    """
    try:
        path = _egg_info_of_link(entry) if entry.suffix == ".egg-link" else entry
        source = Source(path)
        headers = cast("Message", source.metadata)  # the protocol in typeshed lacks its method `get`
        requires = _requires(entry, source)
        extras = _extras(source)
        direct_url = source.read_text("direct_url.json") or ""
    except OSError as error:
        raise of_error(entry, error) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableError(f"{entry}: {error}") from error
    if not headers or set(headers) <= {"Description"}:  # the parser adds this one itself
        raise UnreadableError(f"{entry}: it has no metadata")
    requires_python = (headers.get("Requires-Python") or "").strip()
    rejected = {text for text in requires if text not in readable and not requirement_cache.requirement(text)}
    unreadable = [_unreadable_line(entry, "requirement", text) for text in requires if text in rejected]
    try:
        SpecifierSet(requires_python)
    except InvalidSpecifier:
        unreadable.append(_unreadable_line(entry, "Requires-Python", requires_python))
        requires_python = ""
    distribution = Distribution(
        name=_valid_name(entry, headers.get("Name")),
        version=_valid_version(entry, headers.get("Version")),
        location=os.path.normpath(str(path)),  # in an archive it ends with a slash
        layer=layer,
        requires=tuple(text for text in requires if text not in rejected),
        extras=extras,
        requires_python=requires_python,
        direct_url=direct_url.strip(),
    )
    return distribution, tuple(unreadable)


def dist_info_states(path: str) -> dict[str, str]:
    """Return the state of each ``dist-info`` directory with a RECORD in a layer, by its name.

    While it is the same, so are the metadata and the list of files of the distribution.
    """
    states: dict[str, str] = {}
    with suppress(OSError, ValueError), os.scandir(path) as entries:
        for entry in entries:
            if entry.name.endswith(".dist-info"):
                with suppress(OSError):
                    record = os.stat(os.path.join(entry.path, RECORD))
                    states[entry.name] = f"{dist_info_state(entry)}:{record.st_mtime_ns}:{record.st_size}"
    return states


def of_error(entry: Path | str, error: OSError) -> UnreadableError:
    """Return the error for an entry that the system does not let us read.

    Raises:
        BaseError: The error says nothing of the entry, and to pass over it would be wrong.

    """
    if is_exhaustion(error):
        raise BaseError(f"cannot read {entry}", why=(str(error),)) from error
    return UnreadableError(f"{entry}: {error.strerror or error}", transient=is_transient(error))


def name_of(dist_info: str | PathLike[str]) -> str:
    """Return the normalized name of the distribution that a ``dist-info`` directory belongs to."""
    return canonicalize_name(os.path.basename(dist_info).partition("-")[0])


def _unreadable_line(entry: Path, field: str, text: str) -> str:
    return f"{entry}: its {field} {_shortened(text)!r} cannot be read"


def _requires(entry: Path, source: Source) -> tuple[str, ...]:
    requires = tuple(source.requires or ())
    if len(requires) > _MOST_REQUIREMENTS:
        raise UnreadableError(f"{entry}: it has {len(requires)} requirements, more than {_MOST_REQUIREMENTS}")
    return requires


def _valid_name(entry: Path, name: str | None) -> str:
    if not name:
        raise UnreadableError(f"{entry}: its metadata have no Name")
    if len(name) > _LONGEST_NAME:
        raise UnreadableError(f"{entry}: its name has more than {_LONGEST_NAME} characters")
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


def _egg_info_of_link(link: Path) -> Path:
    """Return the ``egg-info`` of a development install, which an ``.egg-link`` leads to."""
    if not link.is_file():
        raise UnreadableError(f"{link}: it is no file")
    try:
        target = Path(read_bytes(link).decode().splitlines()[0].strip())
        return next(iter(sorted(target.glob("*.egg-info"))))
    except OSError as error:
        raise of_error(link, error) from error
    except (ValueError, IndexError, StopIteration) as error:  # `ValueError`: it is no text, or no path
        raise UnreadableError(f"{link}: it leads to no egg-info directory") from error
