"""The extension of IPython: `%load_ext thinvenv`, then `%thinvenv install numpy` in a notebook."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from thinvenv import cli
from thinvenv.cli.parser import COMMANDS, command_parser

if TYPE_CHECKING:
    from collections.abc import Callable


def load_ipython_extension(shell: Any) -> None:
    """Add the line magic ``%thinvenv`` to IPython, which calls this function for ``%load_ext thinvenv``.

    Args:
        shell: The running ``InteractiveShell``.

    """
    register: Callable[..., None] = shell.register_magic_function
    register(run_line, "line", "thinvenv")


def run_line(line: str) -> None:
    """Run a command of ``thinvenv`` for the environment of this process, or for that of its ``--env``.

    What it installs can be imported at once.

    Args:
        line: The command line, without the name of the program.

    Raises:
        UsageError: The command failed; an error of IPython, which shows it without a traceback.

    """
    words = _for_this_environment(shlex.split(line))
    try:
        status = cli.main(words)
    except SystemExit as end:  # raised by the parser, which has printed the reason
        status = end.code if isinstance(end.code, int) else 1
    if status:
        from IPython.core.error import UsageError  # noqa: PLC0415 - the parser of a command line needs no IPython

        raise UsageError(f"thinvenv {line.strip()}: exit status {status}")


def _for_this_environment(words: list[str]) -> list[str]:
    """Return the words of a command line that is for the environment of this process unless it names another."""
    command = words[0] if words else ""
    is_named = any(word == "--env" or word.startswith("--env=") for word in words)
    if command not in COMMANDS or is_named or "--env" not in command_parser(command).format_help():
        return words
    return [command, "--env", sys.prefix, *words[1:]]
