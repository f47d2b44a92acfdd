"""The command run: runs a script or a command in a cached environment."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from typing import TYPE_CHECKING

from thinvenv.cli import cached_environments, outcome, quick_run
from thinvenv.cli.commands import context_of, print_warnings, settings_of
from thinvenv.environments import discovery, probe
from thinvenv.environments.state import read_state
from thinvenv.errors import RequirementError, UsageError
from thinvenv.installation.script_generation import owner_of

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from thinvenv.cache import Cache
    from thinvenv.context.context import Context
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
    position = len(options.arguments) - len(words)
    script = "" if _is_command(words[0], options.arguments[:position]) else _script(words[0])
    settings = settings_of(options, context)
    environment_with = partial(
        cached_environments.environment_for,
        script,
        settings=settings,
        context=context,
        python=options.python,
        refresh=options.refresh,
        offline=options.offline,
    )
    environment = environment_with(options.requirements)
    if not script and (owner := _owner_in_base(words[0], environment.prefix, context)):
        environment = environment_with([*options.requirements, owner])
    _show(environment.plan, options.started, context.cache, quiet=options.quiet)
    python = probe.python_of(environment.prefix)
    is_fixed = not discovery.has_launcher(options.python, context)
    if is_fixed and (dependencies := cached_environments.dependencies_of(environment, context)):
        paths = (*dependencies.paths, *discovery.paths_of(options.python, context))
        dependencies = dependencies._replace(paths=paths)
        quick_run.record(options.arguments, position, environment.prefix, python, dependencies, context.cache)
    return quick_run.become([str(python), *words] if script else words, str(environment.prefix), str(python))


def _is_command(word: str, before: list[str]) -> bool:
    """Return whether what is to be run is a command: after ``--``, whatever files and folders have its name."""
    return before[-1:] == ["--"] and not word.endswith(".py")


def _script(word: str) -> str:
    """Return the path of the script that is to be run, an empty string for a command.

    Raises:
        RequirementError: It is neither.

    """
    hint = f"thinvenv run -- {word}, if it is a command"
    if "://" in word:
        raise RequirementError(f"`{word}` is a URL, and not a script", why=("a script is a file",))
    if os.path.isdir(word):
        raise RequirementError(f"`{word}` is a directory, and not a script", why=("a script is a file",), hint=hint)
    if word.endswith(".py") or os.path.isfile(word):
        return word
    if os.path.dirname(word):
        raise RequirementError(f"there is no script `{word}`")
    return ""


def _owner_in_base(command: str, prefix: Path, context: Context) -> str:
    """Return the distribution of a base that an environment shows, and that has a command which it lacks itself.

    The command on ``PATH`` would run the interpreter of the base, which does not see the environment. A script for the
    interpreter of the environment is written if the distribution is required.

    Args:
        command: The name of the command.
        prefix: The root of the environment.
        context: The surroundings of the call.

    Returns:
        The name of the distribution, an empty string if there is none.

    """
    if shutil.which(command, path=os.path.dirname(probe.python_of(prefix))):
        return ""
    state = read_state(prefix, context)
    visible = [dist for dist in state.inventory.visible.values() if dist.layer not in state.inventory.linkable_paths]
    return owner_of(command, visible)


def _show(plan: Plan, started: float, cache: Cache, *, quiet: bool) -> None:
    """Print what was installed to standard error: standard output belongs to the script."""
    print_warnings(plan)
    if plan.changes and not quiet:
        outcome.show(plan, started, cache, sys.stderr)
