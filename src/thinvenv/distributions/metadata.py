"""The metadata of one installed distribution: a lenient reader, and a writer of METADATA.

The format is that of https://packaging.python.org/en/latest/specifications/core-metadata/.
"""

from __future__ import annotations

import errno
from functools import cached_property
from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING

from thinvenv.distributions.metadata_files import decode, metadata_path, read_member
from thinvenv.files import UnsuitableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import PackageMetadata
    from os import PathLike
    from pathlib import Path

    from thinvenv.model import Distribution

_WITH_DESCRIPTION = ("METADATA", "PKG-INFO", "")
_MAX_LENGTH = 2 * 1024 * 1024
"""The characters of metadata that are parsed: ten times as many as those of any distribution on the index."""
_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError, KeyError)
_DESCRIPTIVE = ("Summary", "Home-page", "Author", "License")


class Source(PathDistribution):
    """The metadata at one path, read by :mod:`importlib.metadata`, but leniently.

    The description is left out: it may be long and is never needed. Text that is not UTF-8 is accepted, since
    the name of an author must not hide a distribution.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    @cached_property
    def metadata(self) -> PackageMetadata:
        """The headers. They are parsed once: name, version, requirements and extras all come from them."""
        return super().metadata

    def read_text(self, filename: str | PathLike[str]) -> str | None:
        """Return a metadata file without its description, or ``None`` if there is no such file.

        Raises:
            UnsuitableFileError: It is too large, or not a regular file.
            OSError: It cannot be read.

        """
        if not filename and not self.path.is_file():
            return None  # a directory, or a pipe that nobody may ever write to
        try:
            text = decode(read_member(self.path.joinpath(filename)))
        except _ABSENT:
            return None
        if filename in _WITH_DESCRIPTION:
            text = text.split("\n\n", 1)[0] + "\n\n"
        if len(text) > _MAX_LENGTH:
            name = f"the headers of {filename}" if filename in _WITH_DESCRIPTION else filename
            raise UnsuitableFileError(errno.EFBIG, f"{name} have more than {_MAX_LENGTH} characters")
        return text


def source_of(distribution: Distribution) -> Source:
    """Return the metadata of a distribution.

    Raises:
        OSError: The metadata lie in an archive that cannot be read.

    """
    return Source(metadata_path(distribution.location))


def format_metadata(distribution: Distribution, headers: Iterable[tuple[str, str]] = ()) -> str:
    """Return METADATA for a distribution.

    Args:
        distribution: The distribution.
        headers: Further headers, each a name and a value.

    """
    lines = ["Metadata-Version: 2.1", f"Name: {distribution.name}", f"Version: {distribution.version}"]
    lines += [f"{name}: {_on_one_line(value)}" for name, value in headers]
    lines += [f"Requires-Python: {distribution.requires_python}"] if distribution.requires_python else []
    lines += [f"Provides-Extra: {extra}" for extra in distribution.extras]
    lines += [f"Requires-Dist: {_on_one_line(requirement)}" for requirement in distribution.requires]
    return "\n".join(lines) + "\n"


def convert_metadata(distribution: Distribution) -> str:
    """Return METADATA for a distribution whose metadata have another format.

    They also have those headers that describe it, if these can be read.
    """
    try:
        source = source_of(distribution).metadata
        headers = [(name, source[name]) for name in _DESCRIPTIVE if name in source]  # the others are deprecated
    except (OSError, ValueError, TypeError):
        headers = []
    return format_metadata(distribution, ((name, value) for name, value in headers if value))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
