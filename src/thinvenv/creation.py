"""Making an environment over a base, or over several."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import answers, backends, probe
from thinvenv.cache import write_atomically
from thinvenv.errors import BaseError, EnvironmentExistsError, InterpreterError, NotAnEnvironmentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.host import Host
    from thinvenv.model import BackendName, Environment, ReuseMode

BASES_FILE = "_thinvenv_base.pth"
"""The file in the venv's site directory that adds further base layers to its path."""
BASES_KEY = "thinvenv-bases"
"""The key of ``pyvenv.cfg`` that tells which bases :func:`conform` has added."""


def create(
    prefix: Path,
    host: Host,
    *,
    python: str | None = None,
    bases: Iterable[str] = (),
    reuse: ReuseMode = "inherit",
    backend: BackendName | None = None,
    clear: bool = False,
) -> Environment:
    """Make a virtual environment without seeds, and return it.

    Args:
        prefix: Where.
        host: The surroundings of the call.
        python: The interpreter: a path, a name on PATH or a version; ours where not given.
        bases: Further base layers, first found first: environments or site directories.
        reuse: ``inherit`` shows the base, ``off`` hides it.
        backend: Who makes it.
        clear: Replace an environment that is already there.

    Raises:
        UsageError: ``reuse`` is not to be had, or ``bases`` contradict it.
        EnvironmentExistsError: Something is already there.
        InterpreterError: The interpreter is not found or does not start.
        BaseError: A base is not there, or made for another interpreter.
        BackendError: The environment could not be made.

    """
    bases = tuple(bases)
    _check(reuse, bases)
    base = answers.ask(find_python(python, host), host)
    layers = _layers(base, bases, host) if reuse == "inherit" else []
    _make_room(prefix, clear=clear)
    with _removed_on_failure(prefix):
        # A virtual environment as the base brings its whole path itself.
        inherit = reuse == "inherit" and not base.is_virtual
        backends.choose(backend, host).create(prefix, base, system_site=inherit, host=host)
        environment = answers.ask(probe.python_of(prefix), host)
        if layers:
            _add_layers(Path(environment.purelib), layers)
            environment = answers.ask(probe.python_of(prefix), host)
    return environment


def conform(prefix: Path, host: Host, *, reuse: ReuseMode, bases: Iterable[str] = ()) -> None:
    """Make an environment that its host created, and may have kept, see the base as asked.

    Where it does already, no process is started.

    Args:
        prefix: The root of the environment.
        host: The surroundings of the call.
        reuse: ``inherit`` shows the base, ``off`` hides it.
        bases: Further base layers, first found first.

    Raises:
        UsageError: ``reuse`` is not to be had, or ``bases`` contradict it.
        NotAnEnvironmentError: There is no environment at ``prefix``, or it cannot be written.
        BaseError: A base is not there, or made for another interpreter.

    """
    bases = tuple(bases)
    _check(reuse, bases)
    config = probe.python_of(prefix).parent.parent / "pyvenv.cfg"
    try:
        old = config.read_text(encoding="utf-8")
        new = _with_setting(old, "include-system-site-packages", "true" if reuse == "inherit" else "false")
        new = _with_setting(new, BASES_KEY, json.dumps(bases) if bases else "")
        if new != old:
            _replace_layers(prefix, bases, host)
            mode = config.stat().st_mode
            write_atomically(config, new)
            config.chmod(mode)
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot change {prefix}", why=(str(error),)) from error


def find_python(wanted: str | None, host: Host) -> Path:
    """Return the interpreter that is meant by a path, a name on PATH or a version.

    Raises:
        InterpreterError: There is none.

    """
    if not wanted:
        return Path(sys.executable)
    path = Path(host.cwd, os.path.expanduser(wanted))
    if path.is_file():
        return path
    if path.is_dir() and (path / "bin" / "python").exists():
        return path / "bin" / "python"
    for name in (wanted, f"python{wanted}"):
        found = shutil.which(name, path=host.environ.get("PATH"))
        if found:
            return Path(found)
    raise InterpreterError(f"there is no interpreter `{wanted}`", why=("it is neither a file nor on PATH",))


def _check(reuse: ReuseMode, bases: tuple[str, ...]) -> None:
    if reuse == "link":
        raise UsageError("reuse mode `link` is not there yet", hint="use `--reuse inherit`")
    if reuse == "off" and bases:
        raise UsageError("`--base` and `--reuse off` contradict each other")


def _with_setting(config: str, key: str, value: str) -> str:
    """Return the text of a ``pyvenv.cfg`` with a key set, or left out where the value is empty."""
    lines = config.splitlines()
    new = [f"{key} = {value}"] if value else []
    old = [line for line in lines if line.partition("=")[0].strip() == key]
    return config if old == new else "\n".join([*(one for one in lines if one not in old), *new]) + "\n"


def _replace_layers(prefix: Path, bases: tuple[str, ...], host: Host) -> None:
    environment = answers.ask(probe.python_of(prefix), host)
    layers = [layer for one in bases for layer in _layers_of_base(one, environment, host)]
    if layers:
        _add_layers(Path(environment.purelib), layers)
    else:
        Path(environment.purelib, BASES_FILE).unlink(missing_ok=True)


def _layers(base: Environment, bases: Iterable[str], host: Host) -> list[str]:
    """Return the directories to add: those of the given bases, then a parent environment's."""
    found = [layer for one in bases for layer in _layers_of_base(one, base, host)]
    return [*found, *(base.path if base.is_virtual else ())]


def _layers_of_base(given: str, base: Environment, host: Host) -> tuple[str, ...]:
    path = Path(host.cwd, os.path.expanduser(given))
    if not path.exists():
        raise BaseError(f"there is no base at {path}")
    python = _python_in(path)
    if python is None:
        return (str(path),)
    other = answers.ask(python, host)
    if (other.cache_tag, other.abi) != (base.cache_tag, base.abi):
        raise BaseError(
            f"the base {path} does not fit this interpreter",
            why=(f"it is for {_abi(other)}, {base.python} is {_abi(base)}",),
            hint=f"thinvenv create --python {other.base_python} …",
        )
    return other.path


def _python_in(path: Path) -> Path | None:
    """Return the interpreter that a base is, or has: an environment, a prefix, a program."""
    if path.is_file():
        return path
    for name in ("bin/python", "bin/python3", "python.exe", "Scripts/python.exe"):
        if (path / name).exists():
            return path / name
    return None


def _abi(environment: Environment) -> str:
    return f"{environment.cache_tag} ({environment.abi})"


def _add_layers(site: Path, layers: Iterable[str]) -> None:
    # `addsitedir` and not a bare path: the base's own `.pth` files (its editables, say) count.
    lines = [f"import site; site.addsitedir({layer!r})" for layer in layers]
    (site / BASES_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _make_room(prefix: Path, *, clear: bool) -> None:
    if not os.path.lexists(prefix) or (prefix.is_dir() and not any(prefix.iterdir())):
        return
    is_environment = (prefix / "pyvenv.cfg").is_file()
    if clear and is_environment:
        shutil.rmtree(prefix)
        return
    what = "an environment" if is_environment else "something that is not an environment"
    hint = f"thinvenv create --clear {prefix}" if is_environment else None
    raise EnvironmentExistsError(f"there is already {what} at {prefix}", hint=hint)


@contextmanager
def _removed_on_failure(prefix: Path) -> Iterator[None]:
    """Leave nothing behind of an environment that could not be finished."""
    try:
        yield
    except BaseException:
        shutil.rmtree(prefix, ignore_errors=True)
        raise
