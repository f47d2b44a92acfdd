"""Hashes files, and replaces hard links by copies: also as a script.

:mod:`thinvenv.store.unsharing` imports it, and also runs it as a script in further processes. These have to start
quickly, so it imports as little as possible.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys

TYPE_CHECKING = False  # importing `typing` would take as long as starting the interpreter
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
DAMAGE = (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError, ValueError)
"""The errors of files that are not there or are no files, and of hash algorithms that do not exist."""
GREETING = b"thinvenv\n"
"""What the script prints first. What does not print it is no interpreter, or has not found the script."""
ERROR_MARK = "!"
_BLOCK = 256 * 1024  # fits into the cache of a processor
_BINARY = getattr(os, "O_BINARY", 0)


def unshared_digest(path: str, algorithm: str, *, may_stay_linked: bool) -> str:
    """Return the digest of a file in hexadecimal, and replace a hard link to the cache of an installer by a copy.

    Nobody can write the copy.

    Args:
        path: The file.
        algorithm: The name of the hash algorithm.
        may_stay_linked: Whether it may stay a hard link if only this user can write to it.

    Raises:
        OSError: The file cannot be read, or the disk is full.
        ValueError: There is no such algorithm.

    """
    value = new_hash(algorithm)
    status = os.lstat(path)
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        if stays(status, may_stay_linked=may_stay_linked):
            for block in _blocks(descriptor, status.st_size):
                value.update(block)
        else:
            _copy(descriptor, path, status, value)
    finally:
        os.close(descriptor)
    return value.hexdigest()


def new_hash(algorithm: str) -> hashlib._Hash:
    """Return an empty hash with an algorithm.

    Raises:
        ValueError: There is no such algorithm, or its digests have no fixed length.

    """
    value = hashlib.new(algorithm)
    if not value.digest_size:
        raise ValueError(algorithm)
    return value


def stays(status: os.stat_result, *, may_stay_linked: bool) -> bool:
    """Return whether a file is not copied: it is no hard link, or it may stay one and only this user can write to it.

    Windows has no modes that say who can write.
    """
    if status.st_nlink == 1 or not stat.S_ISREG(status.st_mode):
        return True
    is_own = sys.platform == "win32" or (
        status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
    return may_stay_linked and is_own


def digest_or_nothing(path: str, algorithm: str, *, may_stay_linked: bool) -> str:
    """Return what :func:`unshared_digest` returns; an empty text if there is no such file, or no such algorithm.

    Raises:
        OSError: The file cannot be read, or the disk is full.

    """
    try:
        return unshared_digest(path, algorithm, may_stay_linked=may_stay_linked)
    except DAMAGE:
        return ""


def main(questions: BinaryIO, answers: BinaryIO) -> int:
    """Answer questions: each is a path, an algorithm and a mark, and each answer is a line with a digest.

    All answers are written at the end, since whoever reads them may be at work until then. If the disk is full, for
    example, the last line has the number of the error, after a mark.

    Returns:
        The exit status.

    """
    answers.write(GREETING)
    answers.flush()
    fields: Sequence[str] = os.fsdecode(questions.read()).split("\0")
    lines, status = [], 0
    for path, algorithm, mark in zip(*[iter(fields)] * 3, strict=True):
        try:
            lines.append(digest_or_nothing(path, algorithm, may_stay_linked=bool(mark)))
        except OSError as error:
            lines.append(f"{ERROR_MARK}{error.errno or 0}")
            status = 1
            break
    answers.write("".join(f"{line}\n" for line in lines).encode())
    return status


def _copy(descriptor: int, path: str, status: os.stat_result, value: hashlib._Hash) -> None:
    """Copy an open file to the path that it was opened with, and add its content to a hash."""
    # Not by a rename over the file: ext4 writes to the disk at once what replaces another file.
    os.unlink(path)
    mode = stat.S_IMODE(status.st_mode) & ~WRITE
    copy = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        for block in _blocks(descriptor, status.st_size):
            value.update(block)
            remaining = memoryview(block)
            while remaining:
                remaining = remaining[os.write(copy, remaining) :]
        is_masked = stat.S_IMODE(os.fstat(copy).st_mode) != mode
    finally:
        os.close(copy)
    if is_masked:  # the umask has taken some of it
        os.chmod(path, mode)


def _blocks(descriptor: int, size: int) -> Iterator[bytes]:
    """Yield the content of an open file.

    After its whole size, a call that returns less than it was asked for has reached the end. Before that, a network
    file system may have been interrupted.
    """
    length = min(size + 1, _BLOCK)
    while block := os.read(descriptor, length):
        yield block
        size -= len(block)
        if size <= 0 and len(block) < length:
            return


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
