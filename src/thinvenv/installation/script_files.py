"""Script files in the venv: writing them, telling them apart, removing them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from thinvenv.files import content_digest, open_executable, raise_if_transient, read_bytes
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from thinvenv.model import WrittenScript

_LINK = "-> "
"""The start of the digest of a link. Its target follows."""


class ScriptFile(NamedTuple):
    """A script to write.

    Attributes:
        name: The file name.
        owner: The normalised name of the distribution that the script belongs to.
        content: The content of the file; empty for a link.
        target: The path that the script links to; empty for a regular file.

    """

    name: str
    owner: str
    content: bytes = b""
    target: str = ""

    @property
    def digest(self) -> str:
        """What :func:`digest_of` returns for the file once it is written."""
        return _link_digest(self.target) if self.target else content_digest(self.content)


def digest_of(path: Path) -> str:
    """Return a digest of a script, an empty string if there is none, or it has no content as after a power failure.

    The digest of a link is that of its target, not of the file that it leads to.

    Raises:
        OSError: The file cannot be read now, so that nothing follows for who wrote it.

    """
    if path.is_symlink():
        return _link_digest(os.readlink(path))
    try:
        content = read_bytes(path)
        return content_digest(content) if content else ""
    except FileNotFoundError:
        return ""
    except OSError as error:  # a directory, a pipe, or a file without permission to read
        raise_if_transient(error)
        return "unreadable"


def link_target(digest: str) -> str:
    """Return the target of the link that has a digest, or an empty string if it is that of another file."""
    return digest.removeprefix(_LINK) if digest.startswith(_LINK) else ""


def remove(scripts: Mapping[str, WrittenScript], folder: Path) -> None:
    """Remove those scripts from a folder that have not changed since thinvenv wrote them."""
    for name, script in scripts.items():
        if digest_of(folder / name) == script.digest:
            (folder / name).unlink()


def write(path: Path, script: ScriptFile) -> None:
    """Write a script atomically, and replace the file that may be there.

    Raises:
        OSError: It cannot be written.

    """
    # Always the same name, so that an interrupted run leaves at most one file, which the next run replaces.
    temporary = str(path.with_name(f".{path.name}.new"))
    try:
        try:
            _create(temporary, script)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(temporary, script)
        except FileExistsError:
            os.unlink(temporary)
            _create(temporary, script)
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        raise OSError(error.errno, error.strerror, str(path)) from error


def _create(path: str, script: ScriptFile) -> None:
    """Create a script at a path where nothing is yet, not even a link."""
    if script.target:
        os.symlink(script.target, path)
        return
    with open(path, "xb", opener=open_executable) as file:
        file.write(script.content)


def _link_digest(target: str) -> str:
    return f"{_LINK}{target}"
