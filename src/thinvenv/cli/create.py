"""The command create."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import engine
from thinvenv.cli.commands import context_of, print_lines, request_of, settings_of, show_plan
from thinvenv.creation.create import CreateOptions, creating
from thinvenv.model import Plan

if TYPE_CHECKING:
    from argparse import Namespace


def create(options: Namespace) -> int:
    """Run ``thinvenv create``, install the requirements, and return the exit status."""
    context = context_of(options)
    prefix = Path(os.path.abspath(options.env))
    has_requirements = options.pip_arguments or options.requirements
    request = request_of(options, prefix, context) if has_requirements else None
    settings = settings_of(options, context)
    create_options = CreateOptions(
        python=options.python,
        bases=settings.bases or (),
        reuse=settings.reuse or "inherit",
        stores=settings.stores or (),
        backend=settings.backend,
        clear=options.clear,
        allow_existing=options.allow_existing,
    )
    action = "kept" if options.allow_existing and (prefix / "pyvenv.cfg").is_file() else "created"
    with creating(prefix, context, **create_options) as environment:
        plan = engine.install(request, prefix, context) if request else Plan()
    if not options.quiet:
        print_lines(
            [f"{action} {options.env} for Python {environment.version} over {environment.base_prefix}"], sys.stderr
        )
    if request or options.json:
        show_plan(plan, prefix, options, done=True)
    return 0
