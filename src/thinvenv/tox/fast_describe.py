"""An environment that is there, described without a session of virtualenv.

tox makes a session to learn which interpreter is meant and where things lie in the environment. For
that virtualenv loads its creators, seeders and activators, and builds a command line of their
options: most of what a second run of tox costs. Its discovery alone tells the same of an environment
that it has made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from platformdirs import user_config_path
from virtualenv import __version__ as virtualenv_version
from virtualenv.app_data import make_app_data
from virtualenv.create.describe import Describe
from virtualenv.discovery.builtin import get_interpreter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from python_discovery import PythonInfo
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_MADE_BY_TOX = (
    "NO_PERIODIC_UPDATE",
    "CLEAR",
    "SYSTEM_SITE_PACKAGES",
    "COPIES",
    "DOWNLOAD",
    "NO_VENV_REDIRECT",
    "PYTHON",
)
_NO_MATTER = frozenset(
    f"VIRTUALENV_{name}" for name in (*_MADE_BY_TOX, "TRY_FIRST_WITH", "NO_SEED", "OVERRIDE_APP_DATA")
)
"""Variables of virtualenv that tox sets itself or that decide nothing here; any other is for a session to read."""

_NO_PYTHON = "<0"
"""What the variable says where tox tells the interpreters by words of the command line."""


class CPythonOnPosix(Describe):
    """The directories of a CPython's environment, as virtualenv's creators for it describe them."""

    @classmethod
    def exe_stem(cls) -> str:
        """Return the name of the interpreter in the environment."""
        return "python"


def describe(env: VirtualEnv) -> Describe | None:
    """Return what describes an environment, ``None`` where a session of virtualenv has to.

    Args:
        env: An environment of tox. It may not be there yet, or be about to be made anew.

    """
    if env.conf["virtualenv_spec"] or not _is_made_by_this_virtualenv(env.env_dir):
        return None
    variables = env.virtualenv_env_vars()
    if os.name != "posix" or any(map(_is_for_a_session, variables)) or _has_settings_file():
        return None
    with suppress(OSError, RuntimeError):
        found = _interpreter(env, variables)
        if found is not None and found.implementation == "CPython":
            return CPythonOnPosix(env.env_dir.resolve(), found)  # a session follows links as well
    return None


def _interpreter(env: VirtualEnv, variables: Mapping[str, str]) -> PythonInfo | None:
    """Return the interpreter that is meant, found as a session of virtualenv finds it."""
    told, first = _specs(env, variables), variables.get("VIRTUALENV_TRY_FIRST_WITH", "")
    if not told or _is_taken_apart(first):
        return None
    cache = make_app_data(None, read_only=False, env=variables)
    hints = list(filter(None, first.split(os.pathsep)))
    return next(filter(None, (get_interpreter(one, hints, app_data=cache, env=variables) for one in told)), None)


def _specs(env: VirtualEnv, variables: Mapping[str, str]) -> list[str]:
    """Return the interpreters to look for, nothing where a session may look for others, or in another order.

    Older versions of tox tell them by a variable, which virtualenv takes apart at commas and colons, and of
    which it tries the first one last.
    """
    specs: list[str] = env.conf["base_python"]
    told = variables.get("VIRTUALENV_PYTHON", "")
    if told == _NO_PYTHON or (specs == [told] and os.pathsep not in told and not _is_taken_apart(told)):
        return specs
    return []


def _is_taken_apart(value: str) -> bool:
    """Tell whether virtualenv takes the value of a variable apart, other than where paths are."""
    return "," in value or len(value.splitlines()) > 1


def _is_made_by_this_virtualenv(prefix: Path) -> bool:
    """Tell whether an environment is there that the virtualenv beside us has made: it knew the interpreter then."""
    with suppress(OSError, UnicodeError):
        return f"virtualenv = {virtualenv_version}" in (prefix / "pyvenv.cfg").read_text("utf-8").splitlines()
    return False


def _is_for_a_session(name: str) -> bool:
    return name.startswith("VIRTUALENV_") and name not in _NO_MATTER


def _has_settings_file() -> bool:
    """Tell whether a person has settings for virtualenv: its discovery may be another."""
    with suppress(RuntimeError):  # nobody's home
        return os.path.exists(user_config_path("virtualenv", "pypa") / "virtualenv.ini")
    return False
