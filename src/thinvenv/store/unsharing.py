"""Hashes what an installer has written, and copies hard links to its cache.

Several processes do so: half of the time for a small file is that of Python itself, so threads would wait for each
other.
"""

from __future__ import annotations

import base64
import errno
import os
import re
import subprocess
import sys
from contextlib import ExitStack, suppress
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from thinvenv.store import _unshare_script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

_USUAL_ALGORITHM = "sha256"
_LIBRARY = re.compile(r"\.(so|dylib|pyd|dll|a|lib)(\.[\d.]+)?$")
_FILES_OF_A_PROCESS = 1000
"""The number of files for which another process is worth its start, which takes the time of 200 files."""
_MOST_PROCESSES = 4


def unshared_hashes(root: str, expected: Sequence[tuple[str, str]]) -> list[str]:
    """Return the hashes of files as RECORD writes them, and replace files that are hard links by copies.

    People edit modules in an environment to debug them, and such a change must reach neither the store nor the cache.
    Nobody edits compiled libraries, which are two thirds of the bytes of scientific distributions: these stay links
    unless other users own or can write them. Nobody can write a copy.

    Args:
        root: The folder that the paths are relative to.
        expected: Paths, each with the hash in RECORD, whose algorithm is used.

    Returns:
        The hashes in the same order; an empty text where there is no such file, or no such algorithm.

    Raises:
        OSError: A file cannot be read, or the disk is full.

    """
    questions = [(os.path.join(root, path), algorithm_of(value), _mark(path)) for path, value in expected]
    count = min(os.cpu_count() or 1, _MOST_PROCESSES, len(questions) // _FILES_OF_A_PROCESS + 1)
    digests = [""] * len(questions)
    with ExitStack() as stack:
        processes = [stack.enter_context(_Process(questions[start::count])) for start in range(1, count)]
        digests[0::count] = _digests(questions[0::count])
        for start, process in enumerate(processes, 1):
            digests[start::count] = process.digests()
    return [in_record(algorithm, digest) for (_, algorithm, _), digest in zip(questions, digests, strict=True)]


def unshare(path: str, status: os.stat_result) -> None:
    """Replace a file by a copy if it is a hard link; see :func:`unshared_hashes`.

    Args:
        path: The file.
        status: What :func:`os.lstat` returns for it.

    Raises:
        OSError: The file cannot be read, or the disk is full.

    """
    may_stay_linked = bool(_mark(path))
    if not _unshare_script.stays(status, may_stay_linked=may_stay_linked):
        _unshare_script.unshared_digest(path, _USUAL_ALGORITHM, may_stay_linked=may_stay_linked)


def algorithm_of(value: str) -> str:
    """Return the algorithm of a hash in RECORD; the usual one if there is no hash."""
    return value.partition("=")[0] or _USUAL_ALGORITHM


class _Process:
    """Another process that answers questions. If it does not start, this process answers them.

    It reads from a file, and answers when it has all digests, so that neither process waits for the other.
    """

    def __init__(self, questions: Sequence[tuple[str, str, str]]) -> None:
        self._questions = questions

    def __enter__(self) -> Self:
        self._process: subprocess.Popen[bytes] | None = None
        command = [sys.executable, "-I", "-S", _unshare_script.__file__]
        # A path that cannot be encoded is a `ValueError`.
        with suppress(OSError, ValueError), TemporaryFile() as file:
            file.write(os.fsencode("\0".join(field for question in self._questions for field in question)))
            file.seek(0)
            if _has_interpreter():
                pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
                self._process = subprocess.Popen(command, stdin=file, stdout=pipe, stderr=nothing)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with self._process:
                self._process.kill()

    def digests(self) -> list[str]:
        """Return the digest of each file; empty if there is none.

        Raises:
            OSError: A file cannot be read, or the disk is full.

        """
        output = self._process.communicate()[0] if self._process else b""
        if not (self._process and output.startswith(_unshare_script.GREETING)):
            return _digests(self._questions)
        lines = output.removeprefix(_unshare_script.GREETING).decode().split("\n")[:-1]
        _, mark, number = lines[-1].rpartition(_unshare_script.ERROR_MARK) if lines else ("", "", "")
        if mark:
            raise OSError(int(number), os.strerror(int(number)), self._questions[len(lines) - 1][0])
        if self._process.returncode:
            raise OSError(errno.EINTR, "a process that copies files was killed")
        return lines


def _has_interpreter() -> bool:
    """Return whether this process knows its interpreter. A program that embeds Python or contains it may not."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _digests(questions: Sequence[tuple[str, str, str]]) -> list[str]:
    return [
        _unshare_script.digest_or_nothing(path, algorithm, may_stay_linked=bool(mark))
        for path, algorithm, mark in questions
    ]


def _mark(path: str) -> str:
    """Return a text that says whether a file may stay a hard link."""
    return "library" if _LIBRARY.search(path) else ""


def in_record(algorithm: str, digest: str) -> str:
    """Return a digest in hexadecimal as RECORD writes it."""
    value = base64.urlsafe_b64encode(bytes.fromhex(digest)).rstrip(b"=").decode()
    return f"{algorithm}={value}" if digest else ""
