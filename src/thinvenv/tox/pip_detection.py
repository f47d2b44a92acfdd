"""Detects whether the commands of an environment need pip."""

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


def needs_pip(env: VirtualEnv) -> bool:
    """Return whether a command of an environment names pip, or a setting requires virtualenv to install it."""
    is_set = bool(env.conf["download"]) or any(name in env.environment_variables for name in _VARIABLES)
    return is_set or any(map(_names_pip, _commands(env)))


def _commands(env: VirtualEnv) -> list[Command]:
    return [command for key in _COMMANDS if key in env.conf for command in _commands_of(env, key)]


def _commands_of(env: VirtualEnv, key: str) -> list[Command]:
    """Return the commands of a key; none if they contain an error, which tox reports when it runs them."""
    try:
        return list(env.conf[key])
    except Exception:  # noqa: BLE001 - reading a value can fail in any way
        return []


def _names_pip(command: Command) -> bool:
    arguments = command.args
    is_pip = any(_PIP.search(argument) for argument in arguments[:1]) or ("-m", "pip") in pairwise(arguments)
    return is_pip or any(_IN_SCRIPT.search(argument) for argument in arguments)  # `bash -c "pip install …"`
