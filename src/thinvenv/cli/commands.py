"""The commands install and plan, and what the other commands share with them."""

from __future__ import annotations

import json
import os
import sys
import time

from thinvenv import engine
from thinvenv.cache import default_cache
from thinvenv.config.settings import SETTINGS, Settings, configured
from thinvenv.config.uv_files import parents
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.errors import NotAnEnvironmentError, printable
from thinvenv.files.ownership import may_be_planted
from thinvenv.requirements.arguments import build_request
from thinvenv.urls import redacted

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Any, TextIO

    from thinvenv.model import Plan, Request


def install(options: Namespace) -> int:
    """Run ``thinvenv install`` or ``thinvenv plan`` and return the exit status."""
    context = context_of(options)
    prefix = environment_path(options.env, context)
    request = request_of(options, prefix, context)
    plan = engine.plan(request, prefix, context) if options.dry_run else engine.install(request, prefix, context)
    show_plan(plan, prefix, options, done=not options.dry_run)
    return 0


def context_of(options: Namespace) -> Context:
    """Return the context of a command. It shows progress on a terminal, unless the options say otherwise."""
    silent = any(getattr(options, name, False) for name in ("json", "quiet", "no_progress"))
    options.started = time.monotonic()
    streams = (sys.stderr.isatty() and not silent) or getattr(options, "verbose", False)
    options.reporter = _ConsoleReporter(streams=streams)
    context = current_context(options.reporter)
    return context if silent else context._replace(while_resolving=_load_tables)


def environment_path(env: str | None, context: Context) -> str:
    """Return the root of the environment that a command is for.

    Without a name it is the active environment, or else the nearest ``.venv`` in or above the working directory, as
    with uv, or else the environment that thinvenv runs in. That one comes before the ``.venv`` if the person named it:
    by its interpreter (``ENV/bin/python -m thinvenv``), or by the path of a script that is not on ``PATH``. An
    environment that a tool has created to run thinvenv (``pipx``, ``uv tool``, ``uvx``) is never used.

    Args:
        env: The value of ``--env``.
        context: The context of the command.

    Raises:
        NotAnEnvironmentError: None is named, and there is none of these.

    """
    active = env or context.environ.get("VIRTUAL_ENV")
    if active:
        return os.path.abspath(active)
    program = sys.argv[0]
    runs_in_env = sys.prefix != sys.base_prefix and _was_called_from(sys.prefix, program)
    local = _local_environment(context.cwd)
    if local and not (runs_in_env and _is_named(program, context.environ)):
        return local
    if runs_in_env:
        return sys.prefix
    raise NotAnEnvironmentError(
        "no environment is active",
        why=("neither --env nor VIRTUAL_ENV names one, and there is no .venv in this directory or above",),
        hint="thinvenv create .venv",
    )


def request_of(options: Namespace, prefix: str | PathLike[str], context: Context) -> Request:
    """Return the request that the options of ``install`` or ``create`` make.

    Raises:
        ThinvenvError: A requirement, an option or a file cannot be read.

    """
    request = build_request(
        context.cwd,
        context.environ,
        prefix=str(prefix),
        requirements=options.requirements,
        options=options.pip_arguments,
    )
    return settings_of(options, context).apply_to(request)


def settings_of(options: Namespace, context: Context) -> Settings:
    """Return the settings of a command: those of its options, or else of variables and files.

    Raises:
        UsageError: A variable or a file has an unknown key or value.

    """
    return chosen_settings(options).or_else(configured(context.environ, context.cwd))


def chosen_settings(options: Namespace) -> Settings:
    """Return the settings that the options of a command make."""
    values = {setting.field: getattr(options, setting.name, None) for setting in SETTINGS}
    return Settings(**{field: value for field, value in values.items() if value not in (None, [])})


def show_plan(plan: Plan, prefix: str | PathLike[str], options: Namespace, *, done: bool) -> None:
    """Print a plan as the options require, or that there was nothing to do.

    Args:
        plan: The plan.
        prefix: The root of its environment.
        options: The options of the command.
        done: Whether the plan has been applied.

    """
    if options.json:
        from thinvenv.report import plan_json  # noqa: PLC0415 - an install that changes nothing does without

        print_json(plan_json(plan, str(prefix)))
    elif options.quiet:
        print_warnings(plan)
    elif done and not plan.changes and not options.verbose:
        reused = f": {len(plan.reused)} reused from the base" if plan.reused else ""
        sys.stderr.write(f"nothing to install{reused}\n")
        print_warnings(plan)
    else:
        from thinvenv.cli import tables  # noqa: PLC0415 - an install that changes nothing does without

        tables.show_plan(plan, done=done, complete=options.verbose, listed=options.reporter.has_streamed)
        if done:
            tables.show_outcome(plan, options.started, default_cache(os.environ))


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Print lines, whose texts may come from others, to standard output or another stream."""
    (stream or sys.stdout).writelines(f"{printable(line)}\n" for line in lines)


def print_warnings(plan: Plan) -> None:
    """Print the warnings of a plan to standard error."""
    print_lines((f"warning: {redacted(warning)}" for warning in plan.warnings), sys.stderr)


def print_json(document: dict[str, Any]) -> None:
    """Print a JSON object to standard output."""
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")


class _ConsoleReporter(Reporter):
    """Shows progress on a terminal, and each note once on standard error: a plan and its install have the same."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams
        self._shown: set[str] = set()

    def progress(self, text: str) -> None:
        if self.streams:
            print_lines([f"{text} …"], sys.stderr)

    def note(self, text: str) -> None:
        if text not in self._shown:
            self._shown.add(text)
            print_lines([f"warning: {text}"], sys.stderr)


def _load_tables() -> None:
    from thinvenv.cli import tables  # noqa: PLC0415 - an install that changes nothing does without

    tables.load()


def _local_environment(cwd: str) -> str | None:
    """Return the nearest ``.venv`` in or above a directory that no other user may have put there; ``None`` without."""
    prefixes = (os.path.join(folder, ".venv") for folder in parents(cwd))
    suitable = (
        path for path in prefixes if os.path.isfile(os.path.join(path, "pyvenv.cfg")) and not may_be_planted(path)
    )
    return next(suitable, None)


def _is_named(program: str, environ: Mapping[str, str]) -> bool:
    """Return whether a person has named a program by its path or with ``python -m``, and not found it on ``PATH``."""
    folder = os.path.realpath(os.path.dirname(program))
    folders = environ.get("PATH", "").split(os.pathsep)
    return os.path.basename(program) == "__main__.py" or folder not in map(os.path.realpath, filter(None, folders))


def _was_called_from(prefix: str, program: str) -> bool:
    """Return whether the person who called this program named the environment that it runs in."""
    if os.path.basename(program) == "__main__.py":
        return True
    if any(os.path.exists(os.path.join(prefix, name)) for name in ("uv-receipt.toml", "pipx_metadata.json")):
        return False
    if any(os.path.exists(os.path.join(folder, "CACHEDIR.TAG")) for folder in parents(os.path.dirname(prefix))):
        return False
    folders = {os.path.realpath(os.path.dirname(path)) for path in (sys.executable, program)}
    return len(folders) == 1
