"""Reads files that others have written: regular files up to a size limit; checksums."""

from __future__ import annotations

import errno
import os
import stat

try:  # `hashlib` loads OpenSSL, which takes longer than all digests of an install that has nothing to do
    from _blake2 import blake2b
except ImportError:  # an interpreter without this module of CPython
    from hashlib import blake2b

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

LIMIT = 256 * 1024 * 1024
"""The largest size of a file that is read, in bytes: twice that of a RECORD with a million lines, and more."""
DEPTH = 100
"""How many directories deep a directory is searched. The deepest in distributions on the index are around 20."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without ``O_NONBLOCK``, opening a pipe would wait until another process writes to it."""
_LONGEST_NAME = 255
_LONGEST_PATH = 4095
"""The bytes in a file name, and in a path, that systems allow at most."""
_BLOCK = 4096
"""The least number of bytes that are read at once, because files in ``/proc`` report the size 0."""
_CHECKSUM = b'\n "checksum": "'
_PERMANENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})
"""The errors that occur again until somebody changes the file."""
_EXHAUSTION = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN, errno.EINTR})


class UnsuitableFileError(OSError):
    """A file that is not read: a pipe or a device, or a file that is too large."""


def open_regular(path: str | PathLike[str], limit: int | None = None) -> tuple[int, os.stat_result]:
    """Open a regular file for reading, and return its descriptor and its status.

    Reading a pipe or a device may take forever, and opening a device may have side effects.

    Args:
        path: The file, or a link to it.
        limit: The size in bytes up to which it is opened; ``None`` for any size.

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
        return descriptor, _check(os.fstat(descriptor), path, limit)
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, OSError):
            error.filename = os.fspath(path)  # the error of a call with a descriptor has no name
        raise


def read_bytes(path: str | PathLike[str], limit: int = LIMIT) -> bytes:
    """Return the content of a regular file.

    Args:
        path: The file, or a link to it.
        limit: The size in bytes up to which it is read.

    Raises:
        UnsuitableFileError: It is not a regular file, it is larger, or no file can have such a name.
        OSError: It does not exist or cannot be read.

    """
    descriptor, status = open_regular(path, limit)
    try:
        size, parts = status.st_size, []
        remaining = limit
        while part := os.read(descriptor, min(max(size, _BLOCK), remaining) + 1):
            parts.append(part)
            remaining -= len(part)
            if remaining < 0:
                raise _too_large(path, limit)
        return parts[0] if len(parts) == 1 else b"".join(parts)
    except OSError as error:
        error.filename = os.fspath(path)  # the error of a call with a descriptor has no name
        raise
    finally:
        os.close(descriptor)


def read_if_any(path: str | PathLike[str]) -> bytes:
    """Return the content of a regular file; nothing if there is none, or none that this user may read.

    Raises:
        OSError: It cannot be read now, but may be another time.

    """
    try:
        return read_bytes(path)
    except OSError as error:
        raise_if_transient(error)
        return b""


def open_executable(path: str, flags: int) -> int:
    """Open a file as :func:`open` does that has this function as its ``opener``; a new one can be executed."""
    return os.open(path, flags, 0o777)


def exists(path: str | PathLike[str]) -> bool:
    """Return whether there is an entry at a path, be it a link that leads nowhere.

    Raises:
        OSError: This cannot be determined now, but may be another time. The functions of :mod:`os.path`, which has one
            like each of these, return ``False`` then.

    """
    return _mode(path, os.lstat) != 0


def has_target(path: str | PathLike[str]) -> bool:
    """Return whether there is an entry at a path that is no link or leads to something. Errors: see :func:`exists`."""
    return _mode(path, os.stat) != 0


def is_link(path: str | PathLike[str]) -> bool:
    """Return whether there is a symbolic link at a path. Errors are raised as by :func:`exists`."""
    return stat.S_ISLNK(_mode(path, os.lstat))


def is_directory(path: str | PathLike[str]) -> bool:
    """Return whether a path leads to a directory. Errors are raised as by :func:`exists`."""
    return stat.S_ISDIR(_mode(path, os.stat))


def is_regular_file(path: str | PathLike[str]) -> bool:
    """Return whether a path leads to a regular file. Errors are raised as by :func:`exists`."""
    return stat.S_ISREG(_mode(path, os.stat))


def _mode(path: str | PathLike[str], status: Callable[[str | PathLike[str]], os.stat_result]) -> int:
    """Return the type and the permissions of what is at a path, 0 if there is nothing."""
    try:
        return status(path).st_mode
    except OSError as error:
        raise_if_transient(error)
        return 0
    except ValueError:  # a null byte in the path
        return 0


def is_transient(error: OSError) -> bool:
    """Return whether an error may not occur again although nobody changes the file.

    Examples are too many open files, a failing disk and a missing permission. Nothing that follows from such an error
    may be cached.
    """
    return not isinstance(error, UnsuitableFileError) and error.errno not in _PERMANENT


def raise_if_transient(error: OSError) -> None:
    """Raise an error that may not occur again, so that nothing is concluded from it.

    A missing permission is not raised: what this user must not read counts as absent.

    Raises:
        OSError: The error.

    """
    if is_transient(error) and not isinstance(error, PermissionError):
        raise error


def names_in(folder: str | PathLike[str]) -> list[str]:
    """Return the names in a directory; none where there is no directory that this user may read.

    Raises:
        OSError: It cannot be listed now, but may be another time.

    """
    try:
        return os.listdir(folder)
    except OSError as error:
        raise_if_transient(error)
        return []


def is_exhaustion(error: OSError) -> bool:
    """Return whether an error is not about a file, but about this process or the machine: it has no resources left."""
    return error.errno in _EXHAUSTION


def walk(top: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield the directories below one, each with the names of its directories and of its other entries.

    Unlike :func:`os.walk`, it does not recurse, stops at :data:`DEPTH`, and does not mistake a failing disk for an
    empty directory. Links to directories count as directories, and are not followed. Directories that this user must
    not read count as empty.

    Raises:
        OSError: A directory cannot be read now, but may be another time.

    """
    pending = [(top, 0)]
    while pending:
        folder, depth = pending.pop()
        folders: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    (folders if _is_folder(entry) else names).append(entry.name)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError):
                error.filename = folder  # the error of a call with a descriptor has no name
                raise_if_transient(error)
            continue
        yield folder, folders, names
        if depth < DEPTH:
            paths = (os.path.join(folder, name) for name in reversed(folders))
            pending += [(path, depth + 1) for path in paths if not is_link(path)]


def is_file_name(name: str) -> bool:
    """Return whether a text can be the name of an entry in a directory: not a path, and not ``..``."""
    return name not in {"", os.curdir, os.pardir} and not any(mark in name for mark in "/\\") and is_path(name)


def is_path(path: str) -> bool:
    """Return whether the system can have a file at a path, which is written with forward slashes."""
    if len(path) <= _LONGEST_NAME and path.isascii():  # true for nearly all paths, so the rest is rarely needed
        return "\0" not in path
    encoded = path.encode("utf-8", "surrogatepass")
    return (
        b"\0" not in encoded and len(encoded) <= _LONGEST_PATH and max(map(len, encoded.split(b"/"))) <= _LONGEST_NAME
    )


def content_digest(content: bytes) -> str:
    """Return a digest, in hexadecimal, of the content of a file."""
    return blake2b(content, digest_size=32).hexdigest()


def json_with_checksum(text: str, salt: str = "") -> bytes:
    """Return a JSON object with a checksum as its last member, which :func:`verified_json` checks.

    Args:
        text: The JSON object.
        salt: A text that has to be the same when it is read, such as the name of the document.

    """
    body = text[:-1].rstrip().encode()
    comma = b"" if body.endswith(b"{") else b","
    return b"".join((body, comma, _CHECKSUM, _checksum(body, salt), b'"\n}\n'))


def verified_json(data: bytes, salt: str = "") -> bytes:
    """Return the JSON object that :func:`json_with_checksum` was called with, after checking that it is whole.

    Raises:
        ValueError: It was truncated, damaged or changed, or it belongs to another name.

    """
    body, _, rest = data.rpartition(_CHECKSUM)
    body = body.removesuffix(b",")
    if rest != _checksum(body, salt) + b'"\n}\n':
        raise ValueError("the checksum does not match")
    return body + b"}"


def _checksum(body: bytes, salt: str) -> bytes:
    return content_digest(salt.encode() + b"\0" + body).encode()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        raise_if_transient(error)
        return False


def _check(status: os.stat_result, path: str | PathLike[str], limit: int | None) -> os.stat_result:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        raise UnsuitableFileError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    if limit is not None and status.st_size > limit:
        raise _too_large(path, limit)
    return status


def _too_large(path: str | PathLike[str], limit: int) -> UnsuitableFileError:
    return UnsuitableFileError(errno.EFBIG, f"it is larger than {limit} bytes", os.fspath(path))
