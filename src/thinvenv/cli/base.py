"""The commands of bases: suggest and build."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import backends, engine
from thinvenv._api.arguments import directories
from thinvenv.base_suggestion import output
from thinvenv.base_suggestion.suggest import suggest_bases
from thinvenv.cli.commands import context_of, print_json, print_lines, settings_of, show_plan
from thinvenv.cli.paths import output_path
from thinvenv.creation.create import CreateOptions, creating
from thinvenv.errors import EnvironmentExistsError, UsageError
from thinvenv.requirements.arguments import build_request, exact

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from thinvenv.base_suggestion.values import SuggestedBase

_OPTIONS = {"uv": ("--compile-bytecode",), "pip": ()}
"""What lets each backend write byte code; pip always does."""


def run_action(options: Namespace) -> int:
    """Run ``thinvenv base`` with one of its actions, and return the exit status."""
    actions = {"suggest": suggest, "build": build}
    return actions[options.action](options)


def suggest(options: Namespace) -> int:
    """Run ``thinvenv base suggest`` and return the exit status.

    Raises:
        UsageError: A path does not exist, the number of bases is not positive, or the file cannot be written.
        ThinvenvError: The resolver failed.

    """
    context = context_of(options)
    paths = directories(options.paths, context)
    if options.bases < 1:
        raise UsageError(f"`--bases` cannot be `{options.bases}`", why=("it is a number from 1",))
    if options.output:
        output_path(options.output, context)
    bases = suggest_bases(paths, context, count=options.bases, by=options.by, offline=options.offline)
    names = output.file_names(options.output or "requirements.txt", len(bases), numbered=options.bases > 1)
    if options.output:
        output.write_files(bases, [Path(context.cwd, name) for name in names])
    if options.json:
        print_json(output.bases_json(bases))
    else:
        _show(bases, names, is_written=bool(options.output))
    return 0


def _show(bases: Sequence[SuggestedBase], names: Sequence[str], *, is_written: bool) -> None:
    """Print the suggested bases: as requirements, or the names of the files if these are written."""
    if not bases:
        print_lines(["no base would save anything: the environments hold nothing that a base can have"], sys.stderr)
    for base, name in zip(bases, names, strict=True):
        if is_written:
            print_lines([f"{name}: {output.summary(base)}"], sys.stderr)
        else:
            print_lines(output.text_of(base, name).splitlines())


def build(options: Namespace) -> int:
    """Run ``thinvenv base build`` and return the exit status.

    Raises:
        UsageError: The files require nothing.
        ThinvenvError: The base cannot be created or filled.

    """
    context = context_of(options)
    prefix = Path(os.path.abspath(options.folder))
    words = [word for path in options.requirements for word in ("-r", path)]
    request = build_request(context.cwd, context.environ, options=words, offline=options.offline)
    if not request.roots:
        raise UsageError("the files require nothing", why=("a base without distributions saves nothing",))
    backend = settings_of(options, context).backend
    compiles = _OPTIONS[backends.choose(backend, context.environ).name]
    request = exact(request._replace(options=(*request.options, *compiles), backend=backend))
    create = CreateOptions(python=options.python, reuse="off", backend=backend, clear=options.clear)
    try:
        with creating(prefix, context, **create) as environment:
            plan = engine.install(request, prefix, context)
    except EnvironmentExistsError as error:
        hint = "replace it with `--clear`" if error.hint else None  # what is no environment is never replaced
        raise EnvironmentExistsError(error.what, why=error.why, hint=hint) from error
    if not options.quiet and not options.json:
        lines = [f"built {options.folder} for Python {environment.version}", f"use it with: THINVENV_BASE={prefix}"]
        print_lines(lines, sys.stderr)
    show_plan(plan, prefix, options, done=True)
    return 0
