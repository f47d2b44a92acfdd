"""The metadata of one installed distribution, opened where its location says."""

from __future__ import annotations

import os
import zipfile
from functools import cached_property, lru_cache
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.fingerprint import file_state

if TYPE_CHECKING:
    from importlib.metadata import PackageMetadata
    from os import PathLike

    from thinvenv.model import Distribution

_WITH_DESCRIPTION = ("METADATA", "PKG-INFO", "")
_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError, KeyError)


class Source(PathDistribution):
    """What :mod:`importlib.metadata` makes of a metadata directory or file, read leniently.

    Without the description, which may be long and is never needed; and old metadata are not
    always UTF-8: an author's name must not hide a distribution.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    @cached_property
    def metadata(self) -> PackageMetadata:
        """The headers, read and parsed once: name, version, requirements and extras all come from them."""
        return super().metadata

    def read_text(self, filename: str | PathLike[str]) -> str | None:
        """Return a metadata file, of those with a description only what stands above it."""
        if not filename and not self.path.is_file():
            return None  # a directory; or a pipe, which nobody may ever write to
        try:
            text = self.path.joinpath(filename).read_bytes().decode("utf-8-sig", "replace")
        except _ABSENT:
            return None
        text = text.replace("\r\n", "\n")
        return text.split("\n\n", 1)[0] + "\n\n" if filename in _WITH_DESCRIPTION else text


def source_of(distribution: Distribution) -> Source:
    """Return the metadata of a distribution.

    Raises:
        OSError: The archive that they lie in cannot be read.

    """
    return Source(metadata_path(distribution.location))


def metadata_path(location: str) -> Path:
    """Return the metadata directory or file at ``location``, which may lie in a zip archive.

    Raises:
        OSError: The archive cannot be read.

    """
    archive, inside = os.path.split(location)
    return path_in(archive, inside) if os.path.isfile(archive) else Path(location)


def path_in(archive: str, inside: str = "") -> Path:
    """Return a folder of an archive, its root where ``inside`` is empty.

    A zip path has the reading half of pathlib's interface, which is all that
    ``PathDistribution`` uses: it is how importlib.metadata reads eggs itself.

    Raises:
        OSError: The archive cannot be read.

    """
    try:
        opened = _opened(archive, file_state(archive))
    except zipfile.BadZipFile as error:
        raise OSError(f"{archive}: {error}") from error
    at = inside if not inside or inside in opened.namelist() else f"{inside}/"
    found: Path = zipfile.Path(opened, at)  # type: ignore[assignment]
    return found


@lru_cache(maxsize=64)
def _opened(archive: str, _state: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(archive)
