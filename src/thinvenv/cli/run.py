"""The command run."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from thinvenv import scripts
from thinvenv.cli.commands import context_of, settings_of
from thinvenv.environments import probe
from thinvenv.errors import RequirementError, ThinvenvError, UsageError
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping
    from pathlib import Path

    from thinvenv.model import Plan


def run(options: Namespace) -> int:
    """Run ``thinvenv run``: become the script or the command. Return its exit status where that is not possible.

    Raises:
        UsageError: There is neither a script nor a command.
        ThinvenvError: The environment cannot be made, or there is no such command.

    """
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise UsageError("there is nothing to run", why=("name a script or a command",), hint="thinvenv run --help")
    context = context_of(options)
    script = words[0] if words[0].endswith(".py") or os.path.isfile(words[0]) else ""
    if not script and os.path.dirname(words[0]):
        raise RequirementError(f"there is no script `{words[0]}`")
    environment = scripts.environment_for(
        script,
        options.requirements,
        settings_of(options, context),
        context,
        python=options.python,
        refresh=options.refresh,
        offline=options.offline,
    )
    _show(environment.plan, quiet=options.quiet)
    python = probe.python_of(environment.prefix)
    return _become([str(python), *words] if script else words, _variables(environment.prefix, python, context.environ))


def _show(plan: Plan, *, quiet: bool) -> None:
    """Print what was installed to standard error: standard output belongs to the script."""
    for warning in plan.warnings:
        sys.stderr.write(f"warning: {redacted(warning)}\n")
    if plan.changes and not quiet:
        report = import_module("thinvenv.report")  # a run that installs nothing does without
        sys.stderr.write(f"{report.summary(plan)}\n")


def _variables(prefix: Path, python: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process in an environment, as its activation would set them."""
    path = os.pathsep.join([str(python.parent), *filter(None, [environ.get("PATH")])])
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    return {**variables, "VIRTUAL_ENV": str(prefix), "PATH": path}


def _become(command: list[str], environ: Mapping[str, str]) -> int:
    """Replace this process by a command. On Windows, where that is not possible, run it and return its exit status."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.name == "nt":
            status: int = import_module("subprocess").run(command, env=environ, check=False).returncode
            return status
        os.execvpe(command[0], command, environ)  # noqa: S606 - it is what the person wants to run
    except OSError as error:
        raise ThinvenvError(f"cannot run `{command[0]}`", why=(error.strerror or str(error),)) from error
