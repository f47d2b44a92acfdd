"""The command matrix: prints the environments of a project as a matrix for CI."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from thinvenv.cli.commands import context_of
from thinvenv.errors import UsageError
from thinvenv.files import read_bytes
from thinvenv.fleet.project_environments import list_environments, tool_of
from thinvenv.machines import matrix

if TYPE_CHECKING:
    from argparse import Namespace

_COMMANDS = {"tox": (("tox", "run", "-e"), ","), "nox": (("nox", "-s"), "")}
"""The command that runs environments, and what is between their names."""


def show_matrix(options: Namespace) -> int:
    """Run ``thinvenv matrix`` and return the exit status."""
    context = context_of(options)
    tool = options.tool or tool_of(context.cwd)
    seconds: dict[str, float] = {}
    for path in options.durations:
        seconds |= matrix.durations(_document(os.path.join(context.cwd, path)), path)
    environments = list_environments(tool, options.selection, context)
    matrix.check_count(options.shards, environments)
    names = {environment.name for environment in environments}
    measured = {name: time for name, time in seconds.items() if name in names}
    shards = matrix.pack(environments, measured, options.shards)
    # One line: a service of CI reads it from a variable or a file of outputs.
    json.dump(matrix.to_json(shards, measured, *_COMMANDS[tool]), sys.stdout)
    sys.stdout.write("\n")
    return 0


def _document(path: str) -> Any:
    try:
        return json.loads(read_bytes(path))
    except (OSError, ValueError, RecursionError) as error:
        hint = "tox run --result-json FILE, or nox --report FILE"
        raise UsageError(f"cannot read durations from {path}", why=(str(error),), hint=hint) from error
