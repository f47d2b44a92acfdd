"""Reads files of others: only regular files, only up to a size, and only if they are whole."""

from __future__ import annotations

import errno
import os
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

LIMIT = 256 * 1024 * 1024
"""The bytes that are read of a file at most: more than twice a RECORD of a million lines has."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without ``O_NONBLOCK``, to open a pipe would wait until another process writes to it."""
_BLOCK = 4096
"""The bytes that are read at once at least: files in ``/proc`` have no size."""
_CHECKSUM = b'\n "checksum": "'
_LASTING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})
"""The errors that come back until somebody changes the file."""


class UnsuitableFileError(OSError):
    """A file that is not read: a pipe or a device, or a file that is too large."""


def read_bytes(path: str | PathLike[str], limit: int = LIMIT) -> bytes:
    """Return the content of a regular file.

    To read a pipe or a device may take forever, and to open a device may have effects of its own.

    Args:
        path: The file, or a link to it.
        limit: The size in bytes up to which it is read.

    Raises:
        UnsuitableFileError: It is not a regular file, it is larger, or no file can have such a name.
        OSError: It does not exist or cannot be read.

    """
    try:
        _check(os.stat(path), path, limit)
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a null byte in the name
        raise UnsuitableFileError(errno.EINVAL, str(error), os.fspath(path)) from error
    try:
        size = _check(os.fstat(descriptor), path, limit).st_size
        parts = []
        remaining = limit
        while part := os.read(descriptor, min(max(size, _BLOCK), remaining) + 1):
            parts.append(part)
            remaining -= len(part)
            if remaining < 0:
                raise _too_large(path, limit)
        return parts[0] if len(parts) == 1 else b"".join(parts)
    finally:
        os.close(descriptor)


def is_passing(error: OSError) -> bool:
    """Return whether an error may be gone when the file is read again although the file is the same.

    What follows from such an error must not be remembered: too many open files, a failing disk, a missing permission.
    """
    return not isinstance(error, UnsuitableFileError) and error.errno not in _LASTING


def is_file_name(name: str) -> bool:
    """Return whether a text can be the name of an entry in a directory: no path, and nothing that leads out of it."""
    return name not in {"", os.curdir, os.pardir} and not any(mark in name for mark in "/\\\0")


def sealed(text: str, salt: str = "") -> bytes:
    """Return a JSON object with a checksum as its last member, by which :func:`unsealed` knows whether it is whole.

    Args:
        text: The JSON object.
        salt: A text that has to be the same when it is read, such as the name of the document.

    """
    body = text[:-1].rstrip().encode()
    comma = b"" if body.endswith(b"{") else b","
    return b"".join((body, comma, _CHECKSUM, _checksum(body, salt), b'"\n}\n'))


def unsealed(data: bytes, salt: str = "") -> bytes:
    """Return the JSON object that :func:`sealed` was called with, after checking that it is whole.

    Raises:
        ValueError: It is not: it was cut off, damaged or changed, or it belongs to another name.

    """
    body, _, rest = data.rpartition(_CHECKSUM)
    body = body.removesuffix(b",")
    if rest != _checksum(body, salt) + b'"\n}\n':
        raise ValueError("the checksum does not match")
    return body + b"}"


def _checksum(body: bytes, salt: str) -> bytes:
    return sha256(salt.encode() + b"\0" + body).hexdigest().encode()


def _check(status: os.stat_result, path: str | PathLike[str], limit: int) -> os.stat_result:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        raise UnsuitableFileError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    if status.st_size > limit:
        raise _too_large(path, limit)
    return status


def _too_large(path: str | PathLike[str], limit: int) -> UnsuitableFileError:
    return UnsuitableFileError(errno.EFBIG, f"it is larger than {limit} bytes", os.fspath(path))
