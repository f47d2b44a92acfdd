"""The metadata of one installed distribution, opened where its location says."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING

from thinvenv.distributions.metadata_files import decode, metadata_path

if TYPE_CHECKING:
    from importlib.metadata import PackageMetadata
    from os import PathLike
    from pathlib import Path

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
            text = decode(self.path.joinpath(filename).read_bytes())
        except _ABSENT:
            return None
        return text.split("\n\n", 1)[0] + "\n\n" if filename in _WITH_DESCRIPTION else text


def source_of(distribution: Distribution) -> Source:
    """Return the metadata of a distribution.

    Raises:
        OSError: The metadata lie in an archive that cannot be read.

    """
    return Source(metadata_path(distribution.location))
