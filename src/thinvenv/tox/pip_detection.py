"""Does an environment ask for pip? Nothing else here needs one in it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tox.config.types import Command
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_PIP = re.compile(r"(^|[/\\])pip3?(\.\d+)?(\.exe)?$")
_IN_SCRIPT = re.compile(r"(^|[\s;&|(\"'/])pip3?(\.\d+)?\s")
_COMMANDS = ("commands_pre", "commands", "commands_post", "extra_setup_commands")
_VARIABLES = ("VIRTUALENV_PIP", "VIRTUALENV_SETUPTOOLS", "VIRTUALENV_WHEEL", "VIRTUALENV_SEEDER")


def asks_for_pip(env: VirtualEnv) -> bool:
    """Tell whether a command of an environment names pip, or virtualenv was told to seed."""
    told = bool(env.conf["download"]) or any(name in env.environment_variables for name in _VARIABLES)
    return told or any(map(_names_pip, _commands(env)))


def _commands(env: VirtualEnv) -> list[Command]:
    return [one for key in _COMMANDS if key in env.conf for one in _readable(env, key)]


def _readable(env: VirtualEnv, key: str) -> list[Command]:
    """Return the commands of a key; what is wrong with one is told where it is to be run, and only there."""
    try:
        return list(env.conf[key])
    except Exception:  # noqa: BLE001 - a value can be wrong in any way
        return []


def _names_pip(command: Command) -> bool:
    words = command.args
    named = any(_PIP.search(word) for word in words[:1]) or ("-m", "pip") in pairwise(words)
    return named or any(_IN_SCRIPT.search(word) for word in words)  # `bash -c "pip install …"`
