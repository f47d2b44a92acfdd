"""The command create."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import engine
from thinvenv.cli.commands import context_of, print_lines, request_of, settings_of, show_plan
from thinvenv.creation.create import creating, with_settings
from thinvenv.creation.reconfigure import reuse_of
from thinvenv.environments import config_file
from thinvenv.model import Plan

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from thinvenv.model import Environment


def create(options: Namespace) -> int:
    """Run ``thinvenv create``, install the requirements, and return the exit status."""
    context = context_of(options)
    prefix = Path(os.path.abspath(options.env))
    has_requirements = options.pip_arguments or options.requirements
    request = request_of(options, prefix, context) if has_requirements else None
    settings = settings_of(options, context)
    create_options = with_settings(
        settings,
        python=options.python,
        clear=options.clear,
        allow_existing=options.allow_existing,
        relocatable=options.relocatable,
    )
    action = "kept" if options.allow_existing and (prefix / "pyvenv.cfg").is_file() else "created"
    with creating(prefix, context, **create_options) as environment:
        if action == "kept" and settings.reuse not in {None, mode := reuse_of(prefix, environment)}:
            change = f"thinvenv set --env {shlex.quote(str(options.env))} --reuse {settings.reuse}"
            context.reporter.note(f"{options.env} keeps reuse mode {mode}: `{change}` changes it")
        plan = engine.install(request, prefix, context) if request else Plan()
    if not options.quiet:
        place = "without a base" if settings.reuse == "off" else f"over {_bases_of(environment)}"
        print_lines([f"{action} {options.env} for Python {environment.version} {place}"], sys.stderr)
        if options.relocatable:
            print_lines(["it can be moved, but its interpreter, its bases and its stores have to stay"], sys.stderr)
        print_lines([f"activate it with: {activation(options.env, environment.scripts, context.environ)}"], sys.stderr)
    if request or options.json:
        show_plan(plan, prefix, options, done=True)
    return 0


def _bases_of(environment: Environment) -> str:
    """Return the further bases of an environment, or else the environment or installation that it was created from."""
    config = config_file.load(environment.prefix)
    if bases := config_file.paths_of(config_file.BASES_KEY, config):
        return ", ".join(bases)
    parent = config_file.value_of(config_file.PARENT_KEY, config)
    return os.path.dirname(os.path.dirname(parent)) if parent else environment.base_prefix


def activation(env: str, scripts: str, environ: Mapping[str, str]) -> str:
    """Return the command that activates an environment in the shell of the person.

    Args:
        env: The environment, as the person called it.
        scripts: Its folder of scripts.
        environ: The environment variables: ``SHELL`` says which shell it is.

    """
    folder = os.path.join(env, os.path.basename(scripts))
    shell = os.path.basename(environ.get("SHELL", ""))
    if shell in {"", "pwsh"} and "PSModulePath" in environ:
        return f"& {os.path.join(folder, 'Activate.ps1')!r}"
    suffix = {"fish": ".fish", "csh": ".csh", "tcsh": ".csh"}.get(shell, "")
    command = "source" if suffix else "."
    return f"{command} {shlex.quote(os.path.join(folder, f'activate{suffix}'))}"
