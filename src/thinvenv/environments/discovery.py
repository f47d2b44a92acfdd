"""Finds the interpreter that a path, a name or a version means."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import probe, probe_cache
from thinvenv.errors import InterpreterError, NotAnEnvironmentError
from thinvenv.files import is_regular_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.context.context import Context


_ACTIVE = ("VIRTUAL_ENV", "CONDA_PREFIX")
"""The variables with the root of the active environment, the stronger first."""
_PROGRAMS = ("python", "pypy", "graalpy")
"""The start of the names of the programs that are interpreters."""


def find(specifier: str | None, context: Context, *, exclude: Path | None = None) -> Path:
    """Return the interpreter that a specifier means.

    Args:
        specifier: A path, a name on PATH or a version. ``None`` means the interpreter of the active
            environment, and if none is active that of the installation that runs this process.
        context: The surroundings of the call.
        exclude: An environment that is about to be replaced, so that it cannot be the base.

    Raises:
        InterpreterError: There is no such interpreter.

    """
    if not specifier:
        return _active_python(context.environ, exclude) or Path(getattr(sys, "_base_executable", sys.executable))
    path = Path(context.cwd, os.path.expanduser(specifier))
    if path.is_file():
        return path
    with suppress(NotAnEnvironmentError):
        return probe.interpreter_in(path)
    from python_discovery import get_interpreter  # noqa: PLC0415 - heavy, and a path needs no search

    why = "it is neither a file nor on PATH"
    try:  # every candidate is started, since a shim on PATH may lead nowhere
        interpreter = get_interpreter(specifier, env=context.environ)
    except RuntimeError as error:  # the specifier is a folder, for example
        interpreter, why = None, str(error)
    if interpreter is not None and interpreter.executable:
        return Path(interpreter.executable)
    raise InterpreterError(f"there is no interpreter `{specifier}`", why=(why,))


def paths_of(specifier: str | None, context: Context) -> list[str]:
    """Return the paths that decide which interpreter a specifier means, whether they exist or not.

    While each of them leads to the same file, or to none, :func:`find` returns the same interpreter, unless one is a
    launcher, see :func:`has_launcher`.

    Args:
        specifier: A path, a name on PATH or a version; ``None`` means the interpreter of the active environment.
        context: The surroundings of the call.

    """
    if not specifier:
        prefixes = filter(None, map(context.environ.get, _ACTIVE))
        return [os.path.join(prefix, name) for prefix in prefixes for name in probe.INTERPRETERS]
    path = os.path.join(context.cwd, os.path.expanduser(specifier))
    if os.path.lexists(path):
        return [path, *(os.path.join(path, name) for name in probe.INTERPRETERS)]
    name = f"python{specifier}" if specifier[0].isdigit() else specifier
    paths = []
    for folder in context.environ.get("PATH", os.defpath).split(os.pathsep):
        paths.append(os.path.join(folder, name))
        if os.path.exists(paths[-1]):
            break
    return paths


def has_launcher(specifier: str | None, context: Context) -> bool:
    """Return whether a launcher may decide which interpreter a specifier means.

    A shim of pyenv or asdf is a script, and one of mise is a link to mise. Each chooses an interpreter by files and
    variables of its own, such as ``.python-version``.

    Args:
        specifier: See :func:`paths_of`.
        context: The surroundings of the call.

    """
    return any(map(_is_launcher, paths_of(specifier, context)))


def chosen_by_launcher(specifier: str | None, context: Context) -> str:
    """Return the interpreter that a launcher chooses now, an empty string if no launcher decides.

    Args:
        specifier: See :func:`paths_of`.
        context: The surroundings of the call.

    Raises:
        InterpreterError: There is no such interpreter, or it does not start.

    """
    if not has_launcher(specifier, context):
        return ""
    python = find(specifier, context)
    if not _is_launcher(str(python)):
        return str(python)
    return probe_cache.probe_cached(python, context).python


def _is_launcher(path: str) -> bool:
    """Return whether a path is that of a program that may start one interpreter or another."""
    program = os.path.realpath(path)
    if not is_regular_file(program):
        return False
    name = os.path.basename(program).lower()
    return not name.startswith(_PROGRAMS) or name.endswith((".bat", ".cmd")) or probe.is_script(program)


def _active_python(environ: Mapping[str, str], exclude: Path | None) -> Path | None:
    excluded = os.path.realpath(exclude) if exclude else ""
    for prefix in filter(None, map(environ.get, _ACTIVE)):
        if os.path.realpath(prefix) != excluded:
            with suppress(NotAnEnvironmentError):
                return probe.interpreter_in(Path(prefix))
    return None
