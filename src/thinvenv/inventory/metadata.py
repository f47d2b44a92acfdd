"""One metadata entry of a site directory, read into a :class:`Distribution`.

Readable are ``dist-info`` directories (the recording specification), ``egg-info``
directories and files, ``.egg`` directories and zips, and ``.egg-link`` files (setuptools'
formats, which distributions of Linux still use).
"""

from __future__ import annotations

import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from thinvenv.model import Distribution

if TYPE_CHECKING:
    from os import PathLike

_WITH_DESCRIPTION = ("METADATA", "PKG-INFO", "")
_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError, KeyError)


class UnreadableError(Exception):
    """A metadata entry that names no distribution; its text says why."""


def read(entry: Path, layer: str) -> Distribution:
    """Read the metadata entry at ``entry``, which lies in the site directory ``layer``.

    Raises:
        UnreadableError: It has no readable name and version, or a version that is not one
            (PEP 440), which no requirement can be compared with.

    """
    try:
        source = _Headers(_metadata_path(entry))
        headers, requires = source.metadata, source.requires or ()
        direct_url = source.read_text("direct_url.json") or ""
    except (OSError, zipfile.BadZipFile, ValueError, TypeError) as error:
        raise UnreadableError(f"{entry}: {error}") from error
    name, version = headers["Name"], headers["Version"]
    if not name or not version:
        raise UnreadableError(f"{entry}: its metadata have no {'Version' if name else 'Name'}")
    try:
        Version(version)
    except InvalidVersion as error:
        raise UnreadableError(f"{entry}: {version!r} is not a version (PEP 440)") from error
    return Distribution(
        name=canonicalize_name(name),
        version=version.strip(),
        location=str(entry),
        layer=layer,
        requires=tuple(requires),
        extras=tuple(canonicalize_name(one) for one in headers.get_all("Provides-Extra", [])),
        requires_python=(headers["Requires-Python"] or "").strip(),
        direct_url=direct_url.strip(),
    )


class _Headers(PathDistribution):
    """A distribution without its description, which may be long and is never needed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def read_text(self, filename: str | PathLike[str]) -> str | None:
        """Return a metadata file, of those with a description only what stands above it."""
        try:
            # Old metadata are not always UTF-8: an author's name must not hide a distribution.
            text = self.path.joinpath(filename).read_bytes().decode("utf-8", "replace")
        except _ABSENT:
            return None
        text = text.replace("\r\n", "\n")
        return text.split("\n\n", 1)[0] + "\n\n" if filename in _WITH_DESCRIPTION else text


def _metadata_path(entry: Path) -> Path:
    if entry.suffix == ".egg-link":
        return _linked_egg_info(entry)
    return _inside_egg(entry) if entry.suffix == ".egg" else entry


def _linked_egg_info(link: Path) -> Path:
    """Return the ``egg-info`` that a development install points at."""
    try:
        target = Path(link.read_text(encoding="utf-8").splitlines()[0].strip())
        return next(iter(sorted(target.glob("*.egg-info"))))
    except (OSError, UnicodeError, IndexError, StopIteration) as error:
        raise UnreadableError(f"{link}: it leads to no egg-info directory") from error


def _inside_egg(egg: Path) -> Path:
    """Return the metadata directory of an egg, a directory or a zip archive."""
    if egg.is_dir():
        return egg / "EGG-INFO"
    # A zip path has the reading half of pathlib's interface, which is all that
    # `PathDistribution` uses (it is how importlib.metadata reads eggs itself).
    inside: Path = zipfile.Path(egg, "EGG-INFO/")  # type: ignore[assignment]
    return inside
