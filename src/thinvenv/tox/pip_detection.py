"""Detects whether the commands of an environment need pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.context import programs

if TYPE_CHECKING:
    from tox.config.types import Command
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_COMMANDS = ("commands_pre", "commands", "commands_post", "extra_setup_commands")


def needs_pip(env: VirtualEnv) -> bool:
    """Return whether a command of an environment names pip, or a setting requires virtualenv to install it."""
    variables = env.environment_variables
    is_set = bool(env.conf["download"]) or any(name in variables for name in programs.SEED_VARIABLES)
    return is_set or any(programs.needs_pip(command.args) for command in _commands(env))


def _commands(env: VirtualEnv) -> list[Command]:
    return [command for key in _COMMANDS if key in env.conf for command in _commands_of(env, key)]


def _commands_of(env: VirtualEnv, key: str) -> list[Command]:
    """Return the commands of a key; none if they contain an error, which tox reports when it runs them."""
    try:
        return list(env.conf[key])
    except Exception:  # noqa: BLE001 - reading a value can fail in any way
        return []
