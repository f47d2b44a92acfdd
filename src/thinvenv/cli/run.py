"""The command run: runs a script or a command in a cached environment."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from thinvenv.cli import cached_environments, quick_run
from thinvenv.cli.commands import context_of, print_warnings, settings_of
from thinvenv.environments import probe
from thinvenv.errors import RequirementError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from thinvenv.model import Plan


def run(options: Namespace) -> int:
    """Run ``thinvenv run``: replace this process by the script or the command, or return its exit status on Windows.

    Raises:
        UsageError: There is neither a script nor a command.
        ThinvenvError: The environment cannot be created, or there is no such command.

    """
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise UsageError("there is nothing to run", why=("name a script or a command",), hint="thinvenv run --help")
    context = context_of(options)
    script = words[0] if words[0].endswith(".py") or os.path.isfile(words[0]) else ""
    if not script and os.path.dirname(words[0]):
        raise RequirementError(f"there is no script `{words[0]}`")
    environment = cached_environments.environment_for(
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
    if dependencies := cached_environments.dependencies_of(environment, context):
        quick_run.record(options.arguments, environment.prefix, python, dependencies, context.cache)
    return quick_run.become([str(python), *words] if script else words, str(environment.prefix), str(python))


def _show(plan: Plan, *, quiet: bool) -> None:
    """Print what was installed to standard error: standard output belongs to the script."""
    print_warnings(plan)
    if plan.changes and not quiet:
        report = import_module("thinvenv.report")  # a run that installs nothing does without
        sys.stderr.write(f"{report.summary(plan)}\n")
