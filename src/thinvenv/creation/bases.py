"""Base layers beyond the interpreter's own, and the file that adds them to a venv's path.

A base is another environment, a conda prefix, an interpreter, a folder that ``pip install
--target`` or ``--prefix`` filled, or one that a module system puts on ``PYTHONPATH``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import probe, probe_cache
from thinvenv.errors import BaseError, NotAnEnvironmentError
from thinvenv.inventory.foreign_abi import foreign_module_below
from thinvenv.inventory.layers import has_distributions, sees_installation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.model import Environment

FILE_NAME = "_thinvenv_base.pth"
"""The file in the venv's site directory that adds further base layers to its path."""

_PREFIX_PATTERNS = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "Lib/site-packages", "lib/python")
_OF_VERSION = re.compile(r"python(\d\.\d+)t?")


def layers_of(given: str, environment: Environment, context: Context) -> list[str]:
    """Return the site directories that a base contributes, first found first.

    Args:
        given: A path: an environment, a prefix, an interpreter or a site directory.
        environment: The environment, or the interpreter, that is to see them.
        context: The surroundings of the call.

    Raises:
        BaseError: It is not there, or made for another interpreter.
        InterpreterError: Its interpreter does not start.

    """
    path = Path(os.path.abspath(Path(context.cwd, os.path.expanduser(given))))
    if not path.exists():
        raise BaseError(f"there is no base at {path}")
    python = _python_in(path)
    if python is None:
        return _plain_layers(path, environment, context)
    other = _without_surroundings(python, context)
    if _abi(other) != _abi(environment):
        why = f"it is for {_spoken(other)}, and {environment.python} is {_spoken(environment)}"
        raise BaseError(
            f"the base {path} is for another interpreter", why=(why,), hint=f"use `--python {other.base_python}`"
        )
    return [one for one in other.path if os.path.exists(one)]


def of_parent(environment: Environment, context: Context) -> list[str]:
    """Return the site directories that a virtual environment adds to its base interpreter's.

    A venv made from a venv skips it (python/cpython#129445): its interpreter is the base's.
    """
    if not environment.is_virtual:
        return []
    inherited = set(_without_surroundings(Path(environment.base_python), context).path)
    own = _without_surroundings(Path(environment.python), context).path
    return [one for one in own if os.path.exists(one) and (one not in inherited or not sees_installation(environment))]


def of_interpreter(environment: Environment, context: Context) -> list[str]:
    """Return the site directories that an interpreter has without what ``PYTHONPATH`` adds just now."""
    environ = {name: one for name, one in context.environ.items() if name != "PYTHONPATH"}
    path = probe_cache.probe_cached(Path(environment.python), context._replace(environ=environ)).path
    return [one for one in path if os.path.exists(one)]


def write(site: Path, layers: Iterable[str]) -> None:
    """Let a venv see further base layers, or none.

    ``addsitedir`` and not a bare path, so that a base's own ``.pth`` files count (its
    editables, say); not twice, so that none of their lines runs twice.

    Raises:
        OSError: The site directory cannot be written.

    """
    lines = [
        f"import site, sys; layer = {layer!a}; layer in sys.path or site.addsitedir(layer)"
        for layer in dict.fromkeys(layers)
    ]
    if lines:
        (site / FILE_NAME).write_text("\n".join(lines) + "\n", encoding="ascii")
    else:
        (site / FILE_NAME).unlink(missing_ok=True)


def _without_surroundings(python: Path, context: Context) -> Environment:
    """Return what an interpreter is by itself: what this shell or user adds is not of the base."""
    environ = {name: one for name, one in context.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return probe_cache.probe_cached(python, context._replace(environ={**environ, "PYTHONNOUSERSITE": "1"}))


def _python_in(path: Path) -> Path | None:
    """Return the interpreter that a base is, or has: an environment, a prefix, a program."""
    if path.is_file():
        return path
    try:
        return probe.interpreter_in(path)
    except NotAnEnvironmentError:
        return None


def _plain_layers(path: Path, environment: Environment, context: Context) -> list[str]:
    """Return the site directories of a base that has no interpreter: those below it, or itself."""
    below = sorted({one for pattern in _PREFIX_PATTERNS for one in path.glob(pattern)})
    if has_distributions(str(path)):
        below = []
    wanted = environment.markers["python_version"]
    fitting = [one for one in below or [path] if _version_of(one) in {"", wanted}]
    if not fitting:
        versions = ", ".join(sorted({_version_of(one) for one in below or [path]}))
        why = f"it is for Python {versions}, and {environment.python} is {_spoken(environment)}"
        raise BaseError(f"the base {path} is for another interpreter", why=(why,))
    for one in fitting:
        module = foreign_module_below(str(one), environment.abi)
        if module:
            why = f"its {module} is not for {_spoken(environment)}"
            raise BaseError(f"the base {path} is for another interpreter", why=(why,))
    if not any(has_distributions(str(one)) for one in fitting):
        context.reporter.note(f"the base {path} has no distributions")
    return [str(one) for one in fitting]


def _version_of(site: Path) -> str:
    """Return the version of Python in the name of the folder that holds a site directory."""
    match = _OF_VERSION.fullmatch(site.parent.name)
    return match[1] if match else ""


def _abi(environment: Environment) -> tuple[str, ...]:
    machine = (environment.markers["sys_platform"], environment.markers["platform_machine"])
    return (environment.cache_tag, environment.abi, *machine)


def _spoken(environment: Environment) -> str:
    return f"Python {environment.version} ({environment.abi.strip('.') or environment.cache_tag})"
