"""The text files in the metadata directory of a distribution: a folder or a zip archive."""

from __future__ import annotations

import errno
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.files import LIMIT, UnsuitableFileError, raise_if_transient, read_bytes
from thinvenv.files.fingerprint import file_state

if TYPE_CHECKING:
    from thinvenv.model import Distribution


def read_text(location: str, name: str) -> str:
    """Return a file in a metadata directory as text, or an empty string if it does not exist or cannot be read.

    Args:
        location: The metadata directory. It may lie in a zip archive.
        name: The name of the file.

    Raises:
        OSError: It cannot be read now, but may be another time.

    """
    try:
        return decode(read_bytes(os.path.join(location, name)))
    except OSError as error:
        raise_if_transient(error)
        if not os.path.isfile(os.path.dirname(location)):
            return ""
    try:
        return decode(read_member(metadata_path(location).joinpath(name)))
    except (OSError, KeyError):  # `KeyError`: the archive has no such member
        return ""


def read_member(path: Path) -> bytes:
    """Return the content of a file, which may lie in a zip archive (see :func:`path_in_archive`).

    Raises:
        UnsuitableFileError: It is not a regular file, or too large.
        OSError: It cannot be read.
        KeyError: The archive has no such member.

    """
    if not hasattr(path, "at"):  # a :class:`pathlib.Path`, and no :class:`zipfile.Path`
        return read_bytes(path)
    with path.open("rb") as file:
        content: bytes = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise UnsuitableFileError(errno.EFBIG, f"it is larger than {LIMIT} bytes", str(path))
    return content


def metadata_time(location: str) -> int:
    """Return when metadata were written, in nanoseconds; 0 if that is not known."""
    for path in (os.path.join(location, "METADATA"), os.path.join(location, "PKG-INFO"), location):
        if os.path.isfile(path):
            return os.stat(path).st_mtime_ns
    return 0


def decode(data: bytes) -> str:
    """Return the text of a metadata file. Old files are not always UTF-8, which must not hide a distribution."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def dist_info_name(distribution: Distribution) -> str:
    """Return the name of a ``dist-info`` directory for a distribution, as the wheel specification escapes it."""
    return f"{re.sub('[-.]+', '_', distribution.name)}-{distribution.version}.dist-info"


def metadata_path(location: str) -> Path:
    """Return the metadata directory or file at ``location``, which may lie in a zip archive.

    Raises:
        OSError: The archive cannot be read.

    """
    archive, member = os.path.split(location)
    return path_in_archive(archive, member) if os.path.isfile(archive) else Path(location)


def path_in_archive(archive: str, member: str = "") -> Path:
    """Return the path of a directory in a zip archive.

    A ``zipfile.Path`` has those methods of :class:`pathlib.Path` that read, and
    ``importlib.metadata.PathDistribution`` uses no others: :mod:`importlib.metadata` itself reads eggs this way.

    Args:
        archive: The archive.
        member: A directory or file in it; the root of the archive if empty.

    Raises:
        OSError: The archive cannot be read.

    """
    root = _open_archive(archive, file_state(archive))
    return root.joinpath(member) if member else root


@lru_cache(maxsize=64)
def _open_archive(archive: str, _state: str) -> Path:
    """Return the root of an archive.

    Raises:
        OSError: The archive cannot be read.

    """
    import zipfile  # noqa: PLC0415 - few distributions lie in an archive

    try:
        root: Path = zipfile.Path(archive)  # type: ignore[assignment]
    except zipfile.BadZipFile as error:
        raise OSError(f"{archive}: {error}") from error
    return root
