"""An interpreter, asked what it is: ``Environment``.

Asking starts a process, so an answer is kept by whoever can (the receipt) together with
:func:`key`, which changes whenever the answer could.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.errors import InterpreterError, NotAnEnvironmentError
from thinvenv.fingerprint import digest, file_state
from thinvenv.model import Environment, from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60
PATH_VARIABLES = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONSAFEPATH"),
    *("PYTHONNOUSERSITE", "PYTHONUSERBASE", "HOME", "APPDATA"),
)
"""The variables that change what an interpreter puts on ``sys.path``."""


def python_of(prefix: Path) -> Path:
    """Return the interpreter of the virtual environment at ``prefix``.

    Raises:
        NotAnEnvironmentError: There is no ``pyvenv.cfg`` (PEP 405) or no interpreter.

    """
    if not (prefix / "pyvenv.cfg").is_file():
        raise _not_virtual(prefix)
    return interpreter_in(prefix)


def _not_virtual(prefix: Path) -> NotAnEnvironmentError:
    import shlex  # noqa: PLC0415 - only what fails pays

    if not os.path.lexists(prefix):
        hint = f"thinvenv create {shlex.quote(str(prefix))}"
        return NotAnEnvironmentError(f"there is no environment at {prefix}", hint=hint)
    over = None  # where something else is, no environment can be made; over an installation one can
    with suppress(NotAnEnvironmentError):
        over = f"thinvenv create .venv --python {shlex.quote(str(interpreter_in(prefix)))}"
    return NotAnEnvironmentError(f"{prefix} is not a virtual environment", why=("it has no pyvenv.cfg",), hint=over)


def interpreter_in(prefix: Path) -> Path:
    """Return the interpreter of an environment or an installation.

    Raises:
        NotAnEnvironmentError: There is none.

    """
    for name in ("bin/python", "Scripts/python.exe", "bin/python3", "python.exe"):
        if os.path.lexists(prefix / name):
            return prefix / name
    raise NotAnEnvironmentError(f"{prefix} has no interpreter", why=("there is neither a `python` nor a `python.exe`",))


def key(python: Path, environ: Mapping[str, str]) -> str:
    """Return a digest of all that decides what :func:`probe` answers, path files apart.

    Args:
        python: The interpreter; that of a virtual environment has its ``pyvenv.cfg`` two up.
        environ: The variables that the interpreter is started with.

    """
    variables = (environ.get(name, "") for name in PATH_VARIABLES)
    program, config = os.path.realpath(python), python.parent.parent / "pyvenv.cfg"
    return digest([str(python), *variables, program, file_state(program), file_state(config)])


@cache
def script() -> str:
    """Return the program that :func:`probe` runs in an interpreter."""
    return Path(__file__).with_name("_probe_script.py").read_text(encoding="utf-8")


def probe(python: Path, environ: Mapping[str, str]) -> Environment:
    """Ask an interpreter what it is, as it would really start.

    Args:
        python: The interpreter.
        environ: The variables to start it with; ``PYTHONPATH`` and the user site count.

    Raises:
        InterpreterError: It does not start, or does not answer.

    """
    from subprocess import TimeoutExpired  # noqa: PLC0415 - a no-op starts no process

    from thinvenv.context.processes import Supervisor  # noqa: PLC0415 - see above

    try:
        done = Supervisor().run([str(python), "-B", "-c", script()], environ=environ, limit=TIMEOUT_SECONDS)
    except (OSError, TimeoutExpired) as error:
        link = f"it is a link to {os.readlink(python)}\n" if os.path.islink(python) else ""
        what = f"the interpreter {python} does not start"
        raise InterpreterError(what, why=(link + str(error),), hint=_made_anew(Path(python))) from error
    if done.returncode and "SyntaxError: " in done.stderr:
        raise _too_old(python, "older than 3.7")
    if done.returncode:
        why = (f"it exited with {done.returncode}", done.stderr.strip())
        raise InterpreterError(f"the interpreter {python} does not start", why=why)
    return _answer(python, done.stdout)


def _made_anew(python: Path) -> str | None:
    """Return what mends an environment whose base has gone."""
    import shlex  # noqa: PLC0415 - only what fails pays

    prefix = python.parent.parent
    return f"thinvenv create --clear {shlex.quote(str(prefix))}" if (prefix / "pyvenv.cfg").is_file() else None


def _answer(python: Path, text: str) -> Environment:
    # The answer is the last line: a `.pth` line or sitecustomize may have printed before it.
    try:
        found = from_json(Environment, json.loads(text.strip().splitlines()[-1]))
    except (IndexError, TypeError, ValueError) as error:
        why = (f"it printed {text[:200]!r}",)
        raise InterpreterError(f"{python} does not answer as a Python interpreter", why=why) from error
    if found.version.startswith("3.7."):
        raise _too_old(python, found.version)
    return found


def _too_old(python: Path, version: str) -> InterpreterError:
    return InterpreterError(f"the Python of {python} is {version}", why=("environments are of Python 3.8 or later",))
