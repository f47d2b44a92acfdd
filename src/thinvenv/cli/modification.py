"""The commands that change what an environment has: uninstall, sync and set."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from thinvenv import engine
from thinvenv.cli.commands import chosen_settings, context_of, print_lines, request_of, settings_of, show_plan
from thinvenv.cli.paths import prefix_of
from thinvenv.config.settings import SETTINGS, Settings
from thinvenv.errors import UsageError
from thinvenv.model import Request
from thinvenv.requirements.arguments import exact

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from thinvenv.context.context import Context


def uninstall(options: Namespace) -> int:
    """Run ``thinvenv uninstall`` and return the exit status."""
    from thinvenv.installation import uninstall as uninstallation  # noqa: PLC0415 - a sync with nothing to do needs none

    context = context_of(options)
    prefix = prefix_of(options.env, context)
    plan = uninstallation.uninstall(
        options.names,
        prefix,
        context,
        keep_needed=options.keep_needed,
        backend=settings_of(options, context).backend,
        dry_run=options.dry_run,
    )
    show_plan(plan, prefix, options, done=not options.dry_run)
    return 0


def configure(options: Namespace) -> int:
    """Run ``thinvenv set`` and return the exit status.

    Raises:
        UsageError: No option says what to set, or two contradict each other.

    """
    context = context_of(options)
    prefix = prefix_of(options.env, context)
    if options.no_base and options.base:
        raise UsageError("`--base` and `--no-base` contradict each other")
    chosen = chosen_settings(options)._replace(backend=None)
    if options.no_base:
        chosen = chosen._replace(bases=())
    if chosen == Settings():
        raise UsageError("there is nothing to set", why=("name a setting to change",), hint="thinvenv set --help")
    settings = chosen._replace(backend=settings_of(options, context).backend)
    request = settings.apply_to(Request(offline=options.offline))
    plan = engine.configure(request, prefix, context, reuse=chosen.reuse, bases=chosen.bases)
    if not (options.quiet or options.json):
        print_lines([f"changed {options.env or prefix}: {_description(chosen)}"], sys.stderr)
    show_plan(plan, prefix, options, done=True)
    return 0


def _description(changed: Settings) -> str:
    """Return the settings that were changed, as ``reuse = link, base = /opt/stack``."""
    values = {setting.file_key: getattr(changed, setting.field) for setting in SETTINGS}
    return ", ".join(f"{key} = {_text(value)}" for key, value in values.items() if value is not None)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str) else " ".join(value) or "none"


def sync(options: Namespace) -> int:
    """Run ``thinvenv sync`` and return the exit status.

    Raises:
        UsageError: There is neither a file nor a lock to follow, or both.

    """
    context = context_of(options)
    prefix = prefix_of(options.env, context)
    request_of_sync = _locked if options.locked or options.frozen else _of_files
    request = request_of_sync(options, prefix, context)
    plan = engine.plan(request, prefix, context) if options.dry_run else engine.install(request, prefix, context)
    show_plan(plan, prefix, options, done=not options.dry_run)
    return 0


def _of_files(options: Namespace, prefix: Path, context: Context) -> Request:
    if not options.requirements:
        raise UsageError(
            "there is nothing to sync with",
            why=("name a requirements file, pylock.toml or pyproject.toml, or use the uv.lock of the project",),
            hint="thinvenv sync requirements.txt, or thinvenv sync --locked",
        )
    files = [word for path in options.requirements for word in ("-r", path)]
    options.requirements, options.pip_arguments = [], [*files, *options.pip_arguments]
    hint = "add `--allow-empty-requirements`"
    return exact(request_of(options, prefix, context), allow_empty=options.allow_empty_requirements, hint=hint)


def _locked(options: Namespace, prefix: Path, context: Context) -> Request:
    how = "--frozen" if options.frozen else "--locked"
    if options.requirements:
        why = ("it installs what uv.lock has, and nothing else",)
        raise UsageError(f"`{how}` cannot be used with files of requirements", why=why, hint=f"thinvenv sync {how}")
    words = [how, *options.pip_arguments]
    if "--group" in words and {"--all-groups", "--no-default-groups"}.isdisjoint(words):
        words.append("--no-default-groups")
    from thinvenv.installation.locked_project import locked_request  # noqa: PLC0415 - the other commands follow no lock

    return settings_of(options, context).apply_to(locked_request(words, prefix, context))
