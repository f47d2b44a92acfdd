"""The paths that commands get: of their environment, and of a file that they write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cli.commands import environment_path
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from thinvenv.context.context import Context


def prefix_of(env: str | None, context: Context) -> Path:
    """Return the root of the environment that a command is for, see :func:`thinvenv.cli.commands.environment_path`."""
    return Path(environment_path(env, context))


def output_path(text: str, context: Context) -> Path:
    """Return the absolute path of a file that a command writes at its end, checked before the work begins.

    Args:
        text: The path, relative to the working directory.
        context: The context of the command.

    Raises:
        UsageError: It is a directory, or lies in a directory that does not exist or cannot be written.

    """
    path = Path(context.cwd, text)
    if path.is_dir():
        raise UsageError(f"cannot write {text}", why=("it is a directory",), hint="name a file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write {text}", why=(f"there is no directory {path.parent}",), hint="create it first")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"cannot write {text}", why=(f"the directory {path.parent} cannot be written",))
    return path
