"""What the environments of a project ask for, as tox and nox say it."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from thinvenv.errors import ThinvenvError
from thinvenv.fleet.project_environments import dependencies, list_environments, tools_of
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.lines import split_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.context.context import Context
    from thinvenv.model import Root

_NOX_FOLDER = ".nox"
_FOLDERS = (".tox", _NOX_FOLDER)
"""The folders of a project that have its environments."""
_HASHED = re.compile(r"[0-9a-f]{8}")
"""What nox calls the folder of a session if its path would be too long for the first line of scripts."""


@dataclass(frozen=True, slots=True)
class Requests:
    """What environments ask for.

    Attributes:
        roots: The requirements of environments, by their real paths.
        left_over: The real paths of environments that no session of a noxfile has any more.

    """

    roots: dict[str, tuple[Root, ...]] = field(default_factory=dict)
    left_over: frozenset[str] = frozenset()


def requests_of(paths: Iterable[str], context: Context) -> Requests:
    """Return what the environments of projects ask for.

    tox tells what each environment depends on. What a session of nox installs is code, so nox only tells which
    sessions there are. A path that is neither a project nor its ``.tox`` or ``.nox`` has no requests, and a project
    whose tool fails has none either, with a note.

    Args:
        paths: Absolute paths of folders.
        context: The surroundings of the call.

    """
    roots: dict[str, tuple[Root, ...]] = {}
    left_over: set[str] = set()
    for path in dict.fromkeys(map(_project_of, paths)):
        for tool in tools_of(path):
            try:
                if tool == "tox":
                    roots.update(_of_tox(context._replace(cwd=path)))
                else:
                    left_over.update(_left_over(context._replace(cwd=path)))
            except ThinvenvError as error:
                context.reporter.note(f"{error.what}, so only what its environments hold counts")
    return Requests(roots, frozenset(left_over))


def _project_of(path: str) -> str:
    """Return the folder of the project that a path belongs to: the path, or its parent for ``.tox`` and ``.nox``."""
    parent, name = os.path.split(path)
    return parent if name in _FOLDERS else path


def _of_tox(context: Context) -> dict[str, tuple[Root, ...]]:
    roots: dict[str, tuple[Root, ...]] = {}
    for path, lines in dependencies(context).items():
        if not os.path.isdir(path):
            continue
        try:
            words = [word for line in lines for word in _words(line, path)]
            request = request_from(words, context.cwd, context.environ, path)
        except ThinvenvError as error:
            context.reporter.note(f"the dependencies of {path} cannot be read: {error.what}")
            continue
        roots[os.path.realpath(path)] = (*request.roots, *request.policy.constraints)
    return roots


def _words(line: str, environment: str) -> Sequence[str]:
    """Return the arguments of ``pip install`` that a line of a requirements file stands for.

    Raises:
        RequirementError: A quote is not closed.

    """
    return split_words(line, environment) if line.startswith("-") else (line,)


def _left_over(context: Context) -> set[str]:
    """Return the environments in nox's folder that no session of the noxfile has."""
    folder = os.path.join(os.path.realpath(context.cwd), _NOX_FOLDER)
    sessions = {session_folder(session.name) for session in list_environments("nox", (), context)}
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {os.path.join(folder, name) for name in names if name not in sessions and not _HASHED.fullmatch(name)}


def session_folder(name: str) -> str:
    """Return the name of the folder that nox creates for a session, unless its path is long: then nox hashes it."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "-", ascii_name).strip().lower()).strip("-")
