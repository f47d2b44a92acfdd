"""The commands: each reads its options, calls the engine and shows the answer."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv import engine
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.errors import NotAnEnvironmentError
from thinvenv.model import Plan, Policy
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from thinvenv.model import Request


class ShowVersion(argparse.Action):
    """Print the version, which is looked up only when it is asked for."""

    def __init__(self, option_strings: list[str], dest: str, **_rest: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version")

    def __call__(self, parser: argparse.ArgumentParser, *_rest: Any) -> None:
        """Print the version and leave."""
        from importlib.metadata import version  # noqa: PLC0415 - costs more than a no-op

        sys.stdout.write(f"thinvenv {version('thinvenv')}\n")
        parser.exit()


def create(options: argparse.Namespace) -> int:
    """``thinvenv create``, and what is to be in the environment from the start."""
    from thinvenv.creation.create import creating  # noqa: PLC0415 - `install` does without

    context = _context(quiet=options.json)
    prefix = Path(os.path.abspath(options.env))
    wanted = _request(options, prefix, context) if options.words or options.requirements else None
    how = {"python": options.python, "bases": options.base, "reuse": options.reuse, "clear": options.clear}
    with creating(prefix, context, backend=options.backend, **how) as made:
        done = engine.install(wanted, prefix, context) if wanted else Plan()
    sys.stderr.write(f"created {options.env} for Python {made.version} over {made.base_prefix}\n")
    if wanted or options.json:
        _show_plan(done, prefix, options, done=True)
    return 0


def install(options: argparse.Namespace) -> int:
    """``thinvenv install`` and ``thinvenv plan``."""
    context = _context(quiet=options.json)
    prefix = _prefix(options.env, context)
    request = _request(options, prefix, context)
    made = engine.plan(request, prefix, context) if options.dry_run else engine.install(request, prefix, context)
    _show_plan(made, prefix, options, done=not options.dry_run)
    return 0


def show_list(options: argparse.Namespace) -> int:
    """``thinvenv list``."""
    from thinvenv import report  # noqa: PLC0415 - `install` does without
    from thinvenv.environments.state import read_state  # noqa: PLC0415

    context = _context(quiet=options.json)
    state = read_state(_prefix(options.env, context), context)
    if options.json:
        _print_json(report.list_json(state.inventory, str(state.prefix)))
    else:
        from thinvenv.cli import tables  # noqa: PLC0415 - rich is heavy

        tables.show_inventory(state.inventory)
    return 0


def check(options: argparse.Namespace) -> int:
    """``thinvenv check``."""
    from thinvenv import report  # noqa: PLC0415 - `install` does without
    from thinvenv.installation import check  # noqa: PLC0415

    context = _context(quiet=options.json)
    answers = [check.check(_prefix(one, context), context) for one in options.env or [None]]
    if options.json:
        _print_json(report.health_json(answers))
    else:
        for one in answers:
            sys.stdout.write(f"{one.environment}: {'ok' if one.ok else 'not as planned'}\n")
            for finding in one.findings:
                sys.stdout.write(f"  {finding.kind}: {finding.text}\n")
    return 0 if all(one.ok for one in answers) else 1


def _request(options: argparse.Namespace, prefix: Path, context: Context) -> Request:
    return build_request(
        context.cwd,
        context.environ,
        prefix=str(prefix),
        requirements=options.requirements,
        options=options.words,
        policy=Policy(only_reuse=tuple(options.only_reuse), never_reuse=tuple(options.never_reuse)),
        backend=options.backend,
    )


def _prefix(given: str | None, context: Context) -> Path:
    """Return the environment that is meant: the given one, the active one, or our own.

    Our own is meant where it was named on the way to us: by its interpreter (``python -m
    thinvenv``), or by its folder of scripts. One that a tool made to run us in (``pipx``, ``uv
    tool``, ``uvx``) is nobody's to install into.

    Raises:
        NotAnEnvironmentError: None is given and none is active.

    """
    active = given or context.environ.get("VIRTUAL_ENV")
    if active:
        return Path(os.path.abspath(active))
    if sys.prefix != sys.base_prefix and _is_named(Path(sys.prefix), sys.argv[0]):
        return Path(sys.prefix)
    raise NotAnEnvironmentError(
        "no environment is active",
        why=("neither --env nor VIRTUAL_ENV names one",),
        hint="thinvenv create .venv, then --env .venv",
    )


def _is_named(prefix: Path, program: str) -> bool:
    """Tell whether a person who called this program meant the environment that it runs in."""
    if os.path.basename(program) == "__main__.py":
        return True
    if any((prefix / one).exists() for one in ("uv-receipt.toml", "pipx_metadata.json")):
        return False
    if any((one / "CACHEDIR.TAG").exists() for one in prefix.parents):
        return False
    ours, called = (os.path.realpath(os.path.dirname(one)) for one in (sys.executable, program))
    return ours == called


def _show_plan(made: Plan, prefix: Path, options: argparse.Namespace, *, done: bool) -> None:
    if options.json:
        from thinvenv import report  # noqa: PLC0415 - the no-op does without

        _print_json(report.plan_json(made, str(prefix)))
        return
    if done and not made.changes:
        sys.stderr.write(f"nothing to install: {len(made.reused)} reused from the base\n")
        return
    from thinvenv.cli import tables  # noqa: PLC0415 - rich is heavy

    tables.show_plan(made, done=done)


def _print_json(document: dict[str, Any]) -> None:
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")


class _ConsoleReporter(Reporter):
    """Shows progress on a terminal, and notes on standard error."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams

    def progress(self, text: str) -> None:
        if self.streams:
            sys.stderr.write(f"{text} …\n")

    def note(self, text: str) -> None:
        sys.stderr.write(f"warning: {text}\n")


def _context(*, quiet: bool = False) -> Context:
    """Return the context of a command; a quiet one shows no progress."""
    context = current_context(_ConsoleReporter(streams=sys.stderr.isatty() and not quiet))
    return context if quiet else context._replace(while_resolving=_load_tables)


def _load_tables() -> None:
    import_module("thinvenv.cli.tables")
