"""Starts a script in the environment of its last run, without parser and engine.

The last run has recorded what its environment depends on: the options, the variables, the script, the files of
settings, the interpreter and the fingerprint of all layers. While all of that is the same, an install would find
nothing to do.
"""

from __future__ import annotations

import os
import sys

from thinvenv.cache import Cache, default_cache, keep
from thinvenv.errors import ThinvenvError
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.inventory.layers import layer_fingerprint

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from thinvenv.cli.cached_environments import Dependencies

_KIND = "runs"
_OTHER_USES = frozenset({"-h", "--help", "--refresh"})
_PREFIXES = ("THINVENV_", "PIP_", "UV_", "PYTHON", "XDG_")
_NAMES = ("PATH", "HOME", "VIRTUAL_ENV", "CONDA_PREFIX")


def try_start(arguments: Sequence[str]) -> int | None:
    """Replace this process by a script or a command if its environment is as the last run left it.

    Args:
        arguments: The arguments of ``thinvenv run``.

    Returns:
        ``None`` if the environment may have changed. On Windows, where a process cannot be replaced, the exit status.

    Raises:
        ThinvenvError: There is no such command.

    """
    position = _position(arguments)
    if position is None:
        return None
    try:
        key = _key(arguments, position)
    except FileNotFoundError:  # the current directory no longer exists: the engine says so
        return None
    recorded = _recorded_environment(default_cache(os.environ).load(_KIND, key))
    if recorded is None:
        return None
    (prefix, python), words = recorded, list(arguments[position:])
    return become([python, *words] if words[0].endswith(".py") else words, prefix, python)


def _recorded_environment(record: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Return the root and the interpreter of a recorded environment.

    Args:
        record: What :func:`record` has stored.

    Returns:
        ``None`` if the environment may have changed, or if the record has another form.

    """
    try:
        if record is None or not _is_current(record):
            return None
        prefix, python = str(record["prefix"]), str(record["python"])
        keep(prefix, os.stat(prefix))
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return prefix, python


def record(
    arguments: Sequence[str], position: int, prefix: Path, python: Path, dependencies: Dependencies, cache: Cache
) -> None:
    """Record the environment of a run, so that the next one can start at once.

    Nothing is recorded if the next run could not tell without a parser what is to be run: it would take ``x.py`` in
    ``thinvenv run tool x.py`` for the script.

    Args:
        arguments: The arguments of ``thinvenv run``.
        position: The position of the script or the command among the arguments.
        prefix: The root of the environment.
        python: Its interpreter.
        dependencies: What the environment depends on.
        cache: The cache.

    """
    if position != _position(arguments):
        return
    document = {
        "prefix": str(prefix),
        "python": str(python),
        "layers": dependencies.layers,
        "fingerprint": digest(map(layer_fingerprint, dependencies.layers)),
        "states": {path: file_state(path) for path in (str(python), *dependencies.files)},
        "paths": {path: _presence(path) for path in dependencies.paths},
        "variables": {name: os.environ.get(name) for name in dependencies.variables},
    }
    cache.store(_KIND, _key(arguments, position), document)


def become(command: list[str], prefix: str, python: str) -> int:
    """Replace this process by a command in an environment.

    Args:
        command: The program and its arguments.
        prefix: The root of the environment.
        python: Its interpreter.

    Returns:
        The exit status of the command; only on Windows, where a process cannot be replaced.

    Raises:
        ThinvenvError: There is no such command.

    """
    path = os.pathsep.join([os.path.dirname(python), *filter(None, [os.environ.get("PATH")])])
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    environ = {**variables, "VIRTUAL_ENV": prefix, "PATH": path}
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.name == "nt":
            import subprocess  # noqa: PLC0415 - the other systems replace this process

            return subprocess.run(command, env=environ, check=False).returncode
        os.execvpe(command[0], command, environ)  # noqa: S606 - it is what the person wants to run
    except FileNotFoundError as error:
        why = ("it is neither in the environment nor on PATH",)
        hint = f"thinvenv run --with NAME -- {command[0]}, where NAME is the distribution that has it"
        raise ThinvenvError(f"there is no command `{command[0]}`", why=why, hint=hint) from error
    except OSError as error:
        raise ThinvenvError(f"cannot run `{command[0]}`", why=(error.strerror or str(error),)) from error


def _position(arguments: Sequence[str]) -> int | None:
    """Return the position that the script or the command seems to have among arguments, ``None`` if none does."""
    for position, word in enumerate(arguments):
        if word in _OTHER_USES:
            return None
        if word.endswith(".py"):
            return position
        if word == "--":
            return position + 1 if position + 1 < len(arguments) else None
    return None


def _key(arguments: Sequence[str], position: int) -> str:
    """Return a digest of the options, the directory, the variables, and the script or the command."""
    environ = sorted(
        (name, value) for name, value in os.environ.items() if name.startswith(_PREFIXES) or name in _NAMES
    )
    target = arguments[position]
    script = [target, file_state(target)] if target.endswith(".py") else [target]
    return digest(map(repr, (arguments[:position], os.getcwd(), environ, script, sys.executable)))


def _presence(path: str) -> str:
    """Return the real path of a path, an empty string if it does not exist."""
    return os.path.realpath(path) if os.path.exists(path) else ""


def _is_current(record: Mapping[str, Any]) -> bool:
    if any(file_state(path) != state for path, state in record["states"].items()):
        return False
    if any(_presence(path) != presence for path, presence in record["paths"].items()):
        return False
    if any(os.environ.get(name) != value for name, value in record["variables"].items()):
        return False
    return bool(digest(map(layer_fingerprint, record["layers"])) == record["fingerprint"])
