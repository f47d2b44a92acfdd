"""Suggested bases as JSON and as requirements files."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

from thinvenv.cache import write_atomically
from thinvenv.report import counted, human_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from thinvenv.base_suggestion.values import SuggestedBase


def bases_json(bases: Sequence[SuggestedBase]) -> dict[str, Any]:
    """Return suggested bases as a JSON object."""
    return {
        "schema": 1,
        "bases": [
            {
                "requirements": list(base.requirements),
                "environments": list(base.environments),
                "saved_bytes": base.saved_bytes,
                "saved_files": base.saved_files,
            }
            for base in bases
        ],
    }


def summary(base: SuggestedBase) -> str:
    """Return what a suggested base is for and what it saves, in one line."""
    what, users = counted(len(base.requirements), "distribution"), counted(len(base.environments), "environment")
    verb = "holds" if len(base.environments) == 1 else "hold"
    saved = f"{human_size(base.saved_bytes)} and {base.saved_files:,} files"
    return f"a base for Python {base.python} with {what}: {users} {verb} {saved} less"


def text_of(base: SuggestedBase, path: str) -> str:
    """Return the content of a requirements file.

    Args:
        base: The suggested base.
        path: The path of the file, for the command in its comment.

    """
    command = f"thinvenv base build DIR --python {base.python} -r {shlex.quote(path)}"
    return "".join(f"{line}\n" for line in (f"# {summary(base)}", f"# {command}", *base.requirements))


def file_names(path: str, count: int, *, numbered: bool) -> list[str]:
    """Return the names of the files of some bases: ``base.txt``, or numbered ``base-1.txt``, ``base-2.txt``..."""
    stem, suffix = os.path.splitext(path)
    return [f"{stem}-{number}{suffix}" if numbered else path for number in range(1, count + 1)]


def write_files(bases: Sequence[SuggestedBase], paths: Sequence[Path]) -> None:
    """Write a requirements file for each base.

    Raises:
        OSError: A file cannot be written.

    """
    for base, path in zip(bases, paths, strict=True):
        write_atomically(path, text_of(base, path.name))
