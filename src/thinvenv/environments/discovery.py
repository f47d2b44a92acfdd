"""Which interpreter is meant."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import probe
from thinvenv.errors import InterpreterError, NotAnEnvironmentError

if TYPE_CHECKING:
    from thinvenv.context.context import Context


def find(wanted: str | None, context: Context, *, instead_of: Path | None = None) -> Path:
    """Return the interpreter that is meant by a path, a name on PATH or a version.

    Args:
        wanted: That, or nothing: the interpreter of the active environment, else of the
            installation that runs this.
        context: The surroundings of the call.
        instead_of: An environment that is to be replaced, so that it cannot be the base.

    Raises:
        InterpreterError: There is none.

    """
    if not wanted:
        return _active_python(context, instead_of) or Path(getattr(sys, "_base_executable", sys.executable))
    path = Path(context.cwd, os.path.expanduser(wanted))
    if path.is_file():
        return path
    with suppress(NotAnEnvironmentError):
        return probe.interpreter_in(path)
    from python_discovery import get_interpreter  # noqa: PLC0415 - heavy, and a path needs no search

    # A name or a version, tried until one starts: a shim on PATH may lead nowhere.
    why = "it is neither a file nor on PATH"
    try:
        found = get_interpreter(wanted, env=context.environ)
    except RuntimeError as error:  # it was given a folder, say
        found, why = None, str(error)
    if found is not None and found.executable:
        return Path(found.executable)
    raise InterpreterError(f"there is no interpreter `{wanted}`", why=(why,))


def _active_python(context: Context, instead_of: Path | None) -> Path | None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = context.environ.get(name)
        if prefix and not _same(prefix, instead_of):
            with suppress(NotAnEnvironmentError):
                return probe.interpreter_in(Path(prefix))
    return None


def _same(one: str, other: Path | None) -> bool:
    return other is not None and os.path.realpath(one) == os.path.realpath(other)
