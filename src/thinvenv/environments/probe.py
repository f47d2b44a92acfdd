"""Asks an interpreter for its paths, markers and tags: ``Environment``.

This starts a process. Whoever stores the result also stores :func:`environment_key`, which changes
whenever the result could.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cache

from thinvenv.errors import InterpreterError, NotAnEnvironmentError
from thinvenv.files import exists, raise_if_transient
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.model import Environment, from_json

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from pathlib import Path
    from subprocess import CompletedProcess
    from typing import Any

    from thinvenv.context.context import Context

TIMEOUT_SECONDS = 60
_START, _END = "<<<thinvenv ", " thinvenv>>>"
"""What stands before and after an answer. It does not occur in the script, which a wrapper may print."""
PATH_VARIABLES = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONSAFEPATH"),
    *("PYTHONNOUSERSITE", "PYTHONUSERBASE", "HOME", "APPDATA"),
)
"""The variables that change what an interpreter puts on ``sys.path``."""
INTERPRETERS = ("bin/python", "Scripts/python.exe", "bin/python3", "python.exe")
"""Where the interpreter of an environment or an installation may be, relative to its root."""
_LONGEST_FIRST_LINE = 120
"""The characters of a path that the first line of a script can have on every system."""
_UNKNOWN = ("unknown", "")
"""Stands in ``Environment.reads`` for what cannot be known without starting the interpreter."""


def python_of(prefix: Path) -> Path:
    """Return the interpreter of the virtual environment at ``prefix``.

    Raises:
        NotAnEnvironmentError: There is no ``pyvenv.cfg`` (PEP 405) or no interpreter.

    """
    return prefix / _name_in_environment(prefix)


def python_path(prefix: str) -> str:
    """Return the path of the interpreter of the virtual environment at ``prefix``, see :func:`python_of`."""
    return os.path.join(prefix, os.path.normpath(_name_in_environment(prefix)))


def _name_in_environment(prefix: str | PathLike[str]) -> str:
    if not os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
        raise _not_virtual(prefix)
    try:
        return _interpreter_name(prefix)
    except NotAnEnvironmentError as error:
        raise NotAnEnvironmentError(error.what, why=error.why, hint=_recreation_of(prefix)) from None


def can_start_scripts(prefix: str) -> bool:
    """Return whether scripts can start the interpreter of an environment.

    The first line of a script has its path, which can have no tab and no line break.
    """
    return not any(char in prefix for char in "\t\n\r\v\f")


def fits_first_line(python: str) -> bool:
    """Return whether the first line of a script can be the path of an interpreter alone.

    With blanks in the path, or one that is too long for the system, a script starts with other lines (see
    :mod:`installer`).
    """
    return len(python) <= _LONGEST_FIRST_LINE and not any(map(str.isspace, python))


def _not_virtual(prefix: str | PathLike[str]) -> NotAnEnvironmentError:
    if not os.path.lexists(prefix):
        return NotAnEnvironmentError(
            f"there is no environment at {prefix}", hint=f"thinvenv create {_shell_quoted(prefix)}"
        )
    hint = None
    with suppress(NotAnEnvironmentError):  # an environment can be created over an installation
        python = os.path.join(prefix, _interpreter_name(prefix))
        hint = f"thinvenv create .venv --python {_shell_quoted(python)}"
    return NotAnEnvironmentError(f"{prefix} is not a virtual environment", why=("it has no pyvenv.cfg",), hint=hint)


def interpreter_in(prefix: Path) -> Path:
    """Return the interpreter of an environment or an installation.

    Raises:
        NotAnEnvironmentError: There is none.

    """
    return prefix / _interpreter_name(prefix)


def _interpreter_name(prefix: str | PathLike[str]) -> str:
    """Return the path of the interpreter of an environment or an installation, relative to its root.

    Raises:
        NotAnEnvironmentError: There is none.

    """
    for name in INTERPRETERS:
        if exists(os.path.join(prefix, name)):
            return name
    raise NotAnEnvironmentError(f"{prefix} has no interpreter", why=("there is neither a `python` nor a `python.exe`",))


def environment_key(environment: Environment, python: str | PathLike[str], context: Context) -> str:
    """Return a digest of everything that decides what :func:`probe` returns, ``.pth`` files apart.

    It is the same as earlier if the interpreter would give the same answer. It differs at each call if this
    cannot be known without starting the interpreter.

    Args:
        environment: An earlier answer. It lists what the code that runs at start reads.
        python: The interpreter. The ``pyvenv.cfg`` of a virtual environment is two folders up.
        context: The surroundings of the call: the variables that the interpreter is started with.

    """
    variables = (context.environ.get(name, "") for name in PATH_VARIABLES)
    program = _real_path(python)
    config = os.path.join(os.path.dirname(os.path.dirname(python)), "pyvenv.cfg")
    states = reads_states(environment, context)
    return digest([str(python), *variables, program, file_state(program), file_state(config), *states])


def _real_path(python: str | PathLike[str]) -> str:
    try:
        return os.path.realpath(python, strict=True)
    except OSError as error:  # a link that leads nowhere
        raise_if_transient(error)
        return os.path.realpath(python)


def reads_states(environment: Environment, context: Context) -> list[str]:
    """Return the present state of what an interpreter reads when it starts; see ``Environment.reads``."""
    return [_state(kind, name, context) for kind, name in environment.reads]


def _state(kind: str, name: str, context: Context) -> str:
    match kind:
        case "variable":
            state = f"={context.environ[name]}" if name in context.environ else ""
        case "variables":
            state = repr(sorted(context.environ.items()))
        case "directory":
            state = context.cwd
        case "file":
            state = file_state(name)
        case "exists":
            link = os.readlink(name) if os.path.islink(name) else ""
            state = f"{os.path.exists(name)} {os.path.isdir(name)} {link}"
        case "listing":
            state = repr(sorted(os.listdir(name))) if os.path.isdir(name) else ""
        case _:
            state = os.urandom(16).hex()
    return state


@cache
def programs() -> tuple[str, str]:
    """Return the programs that :func:`probe` runs in an interpreter: the probe, and the recorder."""
    return _program("_probe_script.py"), _program("_start_recorder.py")


def _program(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
        return file.read()


def probe(python: Path, environ: Mapping[str, str], cwd: str | None = None) -> Environment:
    """Start an interpreter, and return its paths, markers and tags.

    Args:
        python: The interpreter.
        environ: The variables to start it with. ``PYTHONPATH`` and the user site count.
        cwd: The directory to start it in; the current one if not given.

    Raises:
        InterpreterError: It does not start, prints something else, or is older than Python 3.8.

    """
    script, recorder = programs()
    command = [str(python), "-B", "-c", script]
    answer = _answer(python, command, environ, cwd)
    has_start_up_code = answer.pop("has_start_up_code")
    if not _is_program(python, answer["python"]):
        answer["reads"] = [_UNKNOWN]
    elif has_start_up_code:
        command = [str(python), "-B", "-S", "-c", recorder, script]
        recorded = {}
        with suppress(InterpreterError):
            recorded = _answer(python, command, environ, cwd)
        # Another path may depend on being recorded, or on chance.
        answer["reads"] = recorded["reads"] if recorded.get("path") == answer["path"] else [_UNKNOWN]
    environment = from_json(Environment, answer)
    if environment.version.startswith("3.7."):
        raise _too_old(python, environment.version)
    return environment


def _is_program(python: Path, executable: str) -> bool:
    """Return whether an interpreter is a program, and no script that starts one, such as a shim of pyenv."""
    is_virtual = (python.parent.parent / "pyvenv.cfg").is_file()
    return not is_script(python) and (is_virtual or os.path.realpath(python) == os.path.realpath(executable))


def is_script(path: str | PathLike[str]) -> bool:
    """Return whether a program is a script. One that this user must not read is none: a system could not start it.

    Raises:
        OSError: It cannot be read now, but may be another time.

    """
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError as error:
        raise_if_transient(error)
        return False


def _answer(python: Path, command: Sequence[str], environ: Mapping[str, str], cwd: str | None) -> dict[str, Any]:
    """Run the script in an interpreter, and return its answer, no matter what was printed before and after it.

    Raises:
        InterpreterError: There is no answer.

    """
    from thinvenv.context.processes import Supervisor  # noqa: PLC0415 - a no-op starts no process

    try:
        process = Supervisor().run(command, environ=environ, cwd=cwd, limit=TIMEOUT_SECONDS)
    except OSError as error:
        link = f"it is a link to {os.readlink(python)}\n" if os.path.islink(python) else ""
        raise _does_not_start(python, f"{link}{error}") from error
    _, start, rest = (process.stdout + process.stderr).rpartition(_START)
    text, end, _ = rest.partition(_END)
    if not (start and end):
        raise _without_answer(python, process)
    answer: dict[str, Any] = json.loads(text)
    return answer


def _without_answer(python: Path, process: CompletedProcess[str]) -> InterpreterError:
    if process.returncode and "SyntaxError: " in process.stderr:
        return _too_old(python, "older than 3.7")
    if process.returncode:
        return _does_not_start(python, f"it exited with {process.returncode}", process.stderr.strip())
    printed = f"it printed {process.stdout[:200]!r}"
    return InterpreterError(f"{python} does not answer as a Python interpreter", why=(printed,))


def _does_not_start(python: Path, *why: str) -> InterpreterError:
    hint = _recreation_of(python.parent.parent)
    return InterpreterError(f"the interpreter {python} does not start", why=why, hint=hint)


def _recreation_of(prefix: str | PathLike[str]) -> str | None:
    """Return the command that creates a broken environment again, ``None`` if there is no environment."""
    is_environment = os.path.isfile(os.path.join(prefix, "pyvenv.cfg"))
    return f"thinvenv create --clear {_shell_quoted(prefix)}" if is_environment else None


def _too_old(python: Path, version: str) -> InterpreterError:
    return InterpreterError(
        f"the Python of {python} is {version}", why=("virtual environments need Python 3.8 or later",)
    )


def _shell_quoted(path: str | PathLike[str]) -> str:
    import shlex  # noqa: PLC0415 - needed only for the hint of an error

    return shlex.quote(str(path))
