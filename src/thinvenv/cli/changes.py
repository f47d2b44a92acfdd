"""The commands uninstall and sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv import engine
from thinvenv.cli.commands import context_of, prefix_of, request_of, settings_of, show_plan
from thinvenv.installation.uninstall import uninstall as uninstall_from
from thinvenv.requirements.arguments import exact

if TYPE_CHECKING:
    from argparse import Namespace


def uninstall(options: Namespace) -> int:
    """Run ``thinvenv uninstall`` and return the exit status."""
    context = context_of(options)
    prefix = prefix_of(options.env, context)
    plan = uninstall_from(
        options.names,
        prefix,
        context,
        keep_needed=options.keep_needed,
        backend=settings_of(options, context).backend,
        dry_run=options.dry_run,
    )
    show_plan(plan, prefix, options, done=not options.dry_run)
    return 0


def sync(options: Namespace) -> int:
    """Run ``thinvenv sync`` and return the exit status."""
    context = context_of(options)
    prefix = prefix_of(options.env, context)
    files = [word for path in options.requirements for word in ("-r", path)]
    options.requirements, options.pip_arguments = [], [*files, *options.pip_arguments]
    request = exact(request_of(options, prefix, context), allow_empty=options.allow_empty_requirements)
    plan = engine.plan(request, prefix, context) if options.dry_run else engine.install(request, prefix, context)
    show_plan(plan, prefix, options, done=not options.dry_run)
    return 0
