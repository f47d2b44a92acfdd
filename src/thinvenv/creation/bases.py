"""Further bases, and the start-up files that add their site directories to an environment.

A base is another environment, a conda prefix, an interpreter, or a folder that ``pip install
--target`` or ``--prefix`` has filled, such as one that environment modules put on ``PYTHONPATH``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.choices import SharedBase
from thinvenv.context.reporter import Reporter
from thinvenv.environments import bootstrap, probe, probe_cache
from thinvenv.errors import BaseError, NotAnEnvironmentError
from thinvenv.inventory.layers import has_distributions, sees_installation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.model import Environment

FILE_NAMES = (f"{bootstrap.BASE_STEM}.pth", f"{bootstrap.BASE_STEM}.start", f"{bootstrap.BASE_MODULE}.py")
"""The names of the start-up files and of the module that they call."""
_READS_UTF8 = (3, 13)
"""The first version of Python all of whose releases read ``.pth`` files as UTF-8."""

_PREFIX_PATTERNS = (
    *("lib*/python*/site-packages", "lib*/python*/dist-packages", "Lib/site-packages", "lib/python"),
    *("local/lib*/python*/dist-packages", "local/lib*/python*/site-packages"),  # Debian's and Fedora's pip
)
"""The site directories that the installation schemes of other interpreters have below a prefix."""
_VERSIONED = re.compile(r"(?:python|pypy|graalpy)(\d\.\d+)t?")


class OtherInterpreterError(BaseError):
    """A base is for another interpreter than the environment."""


def layers_of(base: str, environment: Environment, context: Context) -> list[str]:
    """Return the site directories of a base, in the order of the import path.

    Args:
        base: The path of an environment, a prefix, an interpreter or a site directory. It may
            start with ``~``, and may be relative to the directory of the call.
        environment: The environment, or the interpreter, that will import from them.
        context: The surroundings of the call.

    Raises:
        BaseError: The base does not exist.
        OtherInterpreterError: It is for another interpreter.
        InterpreterError: The interpreter of the base does not start.

    """
    path = _absolute(base, context)
    if not (path.is_dir() or path.is_file()):  # it is missing, or a device
        raise BaseError(f"there is no base at {path}")
    python = _interpreter_of(path)
    if python is None:
        return _folder_layers(path, environment, context.reporter)
    interpreter = _probe_isolated(python, context)
    if _abi(interpreter) != _abi(environment):
        why = f"it is for {_description(interpreter)}, and {environment.python} is {_description(environment)}"
        raise OtherInterpreterError(
            f"the base {path} is for another interpreter", why=(why,), hint=f"use `--python {interpreter.base_python}`"
        )
    return _existing(interpreter.path)


def suitable(bases: Iterable[str], environment: Environment, context: Context) -> tuple[str, ...]:
    """Return the bases that an environment can have.

    A base of another interpreter is left out, with a note, if it was set for many environments at once: those of tox
    often have several versions of Python. Set for this environment, it stays, and :func:`layers_of` raises an error.

    Args:
        bases: See :func:`layers_of`.
        environment: The environment, or the interpreter, that will import from them.
        context: The surroundings of the call.

    Raises:
        BaseError: A base does not exist.
        InterpreterError: The interpreter of a base does not start.

    """
    chosen = []
    for base in bases:
        if isinstance(base, SharedBase):
            try:
                # The notes are shown when the base is used.
                layers_of(base, environment, context._replace(reporter=Reporter()))
            except OtherInterpreterError as error:
                context.reporter.note(f"the base {base} is not used: {'; '.join(error.why)}")
                continue
        chosen.append(base)
    return tuple(chosen)


def default_python(bases: Iterable[str], context: Context) -> str | None:
    """Return the interpreter for an environment over some bases, if a person names none.

    It is that of the first base that has an interpreter. For a virtual environment it is the installation that this
    was created from: the environment itself is already a base.

    Args:
        bases: Environments, prefixes, interpreters or site directories, see :func:`layers_of`.
        context: The surroundings of the call.

    Returns:
        Its path, or ``None`` if no base has an interpreter.

    Raises:
        InterpreterError: The interpreter of a base does not start.

    """
    pythons = (_interpreter_of(_absolute(base, context)) for base in bases)
    python = next((python for python in pythons if python is not None), None)
    return _probe_isolated(python, context).base_python if python else None


def parent_layers(environment: Environment, context: Context) -> list[str]:
    """Return the site directories that a virtual environment adds to those of its base interpreter.

    An environment that is created from another one does not see them by itself: its base is the
    interpreter of the installation (python/cpython#129445).
    """
    if not environment.is_virtual:
        return []
    path = _probe_isolated(Path(environment.python), context).path
    if not sees_installation(environment):
        return _existing(path)
    inherited = set(_probe_isolated(Path(environment.base_python), context).path)
    return _existing(entry for entry in path if entry not in inherited)


def interpreter_layers(environment: Environment, context: Context) -> list[str]:
    """Return the site directories of an interpreter, without the entries of ``PYTHONPATH``."""
    environ = {name: value for name, value in context.environ.items() if name != "PYTHONPATH"}
    return _existing(probe_cache.probe_cached(Path(environment.python), context._replace(environ=environ)).path)


def write_path_file(environment: Environment, layers: Iterable[str]) -> None:
    """Write the files that add layers to the path of an environment. Without layers, remove them.

    The ``.pth`` file adds the directories. Its import line, or the entry point in the ``.start`` file, reads the
    start-up files of the layers, such as those of editable installs. No line of these runs twice.

    Args:
        environment: A virtual environment.
        layers: The directories to add, in the order of the import path.

    Raises:
        OSError: The site directory cannot be written.

    """
    site, layers = Path(environment.purelib), list(dict.fromkeys(layers))
    if not layers:
        for name in FILE_NAMES:
            (site / name).unlink(missing_ok=True)
        return
    paths = [layer for layer in layers if _can_be_line(layer, environment)]  # the entry point adds the others
    bootstrap.write_module(environment, bootstrap.BASE_MODULE)
    bootstrap.write_entry_point(site, bootstrap.BASE_STEM, f"{bootstrap.BASE_MODULE}:start", layers, paths)


def _can_be_line(path: str, environment: Environment) -> bool:
    """Return whether a line of a ``.pth`` file can name a path. Old versions read it in the encoding of the locale."""
    reads_utf8 = tuple(map(int, environment.markers["python_version"].split("."))) >= _READS_UTF8
    return path == path.strip() and path.isprintable() and (reads_utf8 or path.isascii())


def _absolute(base: str, context: Context) -> Path:
    return Path(os.path.abspath(Path(context.cwd, os.path.expanduser(base))))


def _existing(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if os.path.exists(path)]


def _probe_isolated(python: Path, context: Context) -> Environment:
    """Probe an interpreter without ``PYTHONPATH`` and the user site, which are not part of a base."""
    environ = {name: value for name, value in context.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return probe_cache.probe_cached(python, context._replace(environ={**environ, "PYTHONNOUSERSITE": "1"}))


def _interpreter_of(path: Path) -> Path | None:
    """Return the interpreter that a base has or is, or ``None``."""
    if path.is_file():
        return path
    try:
        return probe.interpreter_in(path)
    except NotAnEnvironmentError:
        return None


def _folder_layers(path: Path, environment: Environment, reporter: Reporter) -> list[str]:
    """Return the site directories of a base that has no interpreter: those below it, or the folder itself."""
    sites = [path] if has_distributions(str(path)) else _sites_below(path, environment)
    own = path / ".venv"
    if not sites and (own / "pyvenv.cfg").is_file():
        why = "it is a project that has an environment"
        raise BaseError(f"{path} is not a base", why=(why,), hint=f"use `--base {own}`")
    sites = sites or [path]
    suitable = [site for site in sites if _python_version(site) in {"", environment.markers["python_version"]}]
    if not suitable:
        versions = ", ".join(sorted(set(map(_python_version, sites))))
        why = f"it is for Python {versions}, and {environment.python} is {_description(environment)}"
        raise OtherInterpreterError(f"the base {path} is for another interpreter", why=(why,))
    from thinvenv.inventory.foreign_abi import foreign_module_below  # noqa: PLC0415 - loads `packaging`; few need it

    for site in suitable:
        module = foreign_module_below(str(site), environment.suffixes)
        if module:
            why = f"its {module} is not for {_description(environment)}"
            raise OtherInterpreterError(f"the base {path} is for another interpreter", why=(why,))
    if not any(has_distributions(str(site)) for site in suitable):
        reporter.note(f"the base {path} has no distributions")
    return list(map(str, suitable))


def _sites_below(path: Path, environment: Environment) -> list[Path]:
    """Return the site directories below a prefix, in the order of the import path.

    Those of the interpreter's own schemes come first, and a directory for all versions of Python
    (``lib/python3/dist-packages``) comes after those for one, as on Debian's own path.
    """
    own = [path / folder for folder in environment.site_folders if (path / folder).is_dir()]
    others = sorted({site for pattern in _PREFIX_PATTERNS for site in path.glob(pattern)})
    sites: dict[str, Path] = {}
    for site in (*own, *others):
        sites.setdefault(os.path.realpath(site), site)
    return sorted(sites.values(), key=lambda site: not _python_version(site))


def _python_version(site: Path) -> str:
    """Return the version of Python in the name of a site directory's parent, or an empty string."""
    match = _VERSIONED.fullmatch(site.parent.name)
    return match[1] if match else ""


def _abi(environment: Environment) -> tuple[str, ...]:
    machine = (environment.markers["sys_platform"], environment.markers["platform_machine"])
    return (environment.cache_tag, environment.abi, *machine)


def _description(environment: Environment) -> str:
    return f"Python {environment.version} ({environment.abi.strip('.') or environment.cache_tag})"
