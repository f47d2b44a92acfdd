"""A shortcut: describes an existing environment without a session of virtualenv.

tox makes a session to find the interpreter and the directories of an environment. For that,
virtualenv imports its creators, seeders and activators and builds a command line of their options,
which takes most of the time of a second run of tox. For an environment that this virtualenv has
created, its discovery alone gives the same answer.
:mod:`thinvenv.tox.fast_session` does the same for an environment that tox creates.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from platformdirs import user_config_path
from virtualenv import __version__ as virtualenv_version
from virtualenv.app_data import make_app_data
from virtualenv.config.cli.parser import VirtualEnvOptions
from virtualenv.create.describe import Describe
from virtualenv.discovery.builtin import Builtin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tox.tox_env.python.virtual_env.api import VirtualEnv

_SET_BY_TOX = (
    "NO_PERIODIC_UPDATE",
    "CLEAR",
    "SYSTEM_SITE_PACKAGES",
    "COPIES",
    "DOWNLOAD",
    "NO_VENV_REDIRECT",
    "PYTHON",
)
_IGNORED = frozenset(f"VIRTUALENV_{name}" for name in (*_SET_BY_TOX, "TRY_FIRST_WITH", "NO_SEED", "OVERRIDE_APP_DATA"))
"""The variables that tox sets itself, or that have no effect here. Any other requires a session."""

_NO_PYTHON = "<0"
"""The value of ``VIRTUALENV_PYTHON`` if tox passes the interpreters as arguments of the command line."""


class CPythonOnPosix(Describe):
    """Describes the directories of an environment of CPython as virtualenv's creators do."""

    @classmethod
    def exe_stem(cls) -> str:
        """Return the name of the interpreter in the environment."""
        return "python"


def describe(env: VirtualEnv) -> Describe | None:
    """Return the description of an environment, or ``None`` if only a session of virtualenv can give it.

    Args:
        env: An environment of tox. It may not exist yet, or be about to be recreated.

    """
    if env.conf["virtualenv_spec"] or not _was_created_by_this_virtualenv(env.env_dir):
        return None
    variables = env.virtualenv_env_vars()
    with suppress(OSError, RuntimeError):
        discovery = discovery_for(env, variables)
        interpreter = discovery.interpreter if discovery is not None else None
        if interpreter is not None and interpreter.implementation == "CPython":
            return CPythonOnPosix(env.env_dir.resolve(), interpreter)  # a session resolves links too
    return None


def discovery_for(env: VirtualEnv, variables: Mapping[str, str]) -> Builtin | None:
    """Return what finds the interpreter of an environment as a session of virtualenv does.

    Args:
        env: An environment of tox.
        variables: What tox passes to virtualenv as environment variables.

    Returns:
        ``None`` if a session may look for another interpreter, or in another way.

    """
    specs, first = _specs(env, variables), variables.get("VIRTUALENV_TRY_FIRST_WITH", "")
    if os.name != "posix" or any(map(_requires_session, variables)) or _has_settings_file():
        return None
    if not specs or _is_list(first):
        return None
    options = VirtualEnvOptions(
        python=specs,
        try_first_with=list(filter(None, first.split(os.pathsep))),
        app_data=make_app_data(None, read_only=False, env=variables),
        env=variables,
    )
    discovery = Builtin(options)
    discovery.python_spec = specs  # virtualenv before 21.15.11 tries the first last, since tox sets VIRTUALENV_PYTHON
    return discovery


def _specs(env: VirtualEnv, variables: Mapping[str, str]) -> list[str]:
    """Return the interpreters to look for; an empty list if a session may look for others, or in another order.

    Older versions of tox pass them in a variable. virtualenv splits it at commas and colons, and tries the
    first part last.
    """
    specs: list[str] = env.conf["base_python"]
    python = variables.get("VIRTUALENV_PYTHON", "")
    if python == _NO_PYTHON or (specs == [python] and os.pathsep not in python and not _is_list(python)):
        return specs
    return []


def _is_list(value: str) -> bool:
    """Return whether virtualenv splits the value of a variable, other than between paths."""
    return "," in value or len(value.splitlines()) > 1


def _was_created_by_this_virtualenv(prefix: Path) -> bool:
    """Return whether this virtualenv has created the environment: then it knows the interpreter."""
    with suppress(OSError, UnicodeError):
        return f"virtualenv = {virtualenv_version}" in (prefix / "pyvenv.cfg").read_text("utf-8").splitlines()
    return False


def _requires_session(name: str) -> bool:
    return name.startswith("VIRTUALENV_") and name not in _IGNORED


def _has_settings_file() -> bool:
    """Return whether the person has settings for virtualenv, which may select another discovery."""
    with suppress(RuntimeError):  # there is no home directory
        return os.path.exists(user_config_path("virtualenv", "pypa") / "virtualenv.ini")
    return False
