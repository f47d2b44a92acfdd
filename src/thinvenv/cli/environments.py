"""The commands `create`, `list` and `check`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import engine, report
from thinvenv.cli.commands import context_of, prefix_of, print_json, request_of, show_plan
from thinvenv.creation.create import creating
from thinvenv.environments.state import read_state
from thinvenv.installation.check import check as check_health
from thinvenv.model import Plan

if TYPE_CHECKING:
    from argparse import Namespace


def create(options: Namespace) -> int:
    """Run ``thinvenv create``, install the requirements, and return the exit status."""
    context = context_of(options)
    prefix = Path(os.path.abspath(options.env))
    has_requirements = options.pip_arguments or options.requirements
    request = request_of(options, prefix, context) if has_requirements else None
    create_options = {"python": options.python, "bases": options.base or (), "reuse": options.reuse}
    with creating(prefix, context, backend=options.backend, clear=options.clear, **create_options) as environment:
        plan = engine.install(request, prefix, context) if request else Plan()
    sys.stderr.write(f"created {options.env} for Python {environment.version} over {environment.base_prefix}\n")
    if request or options.json:
        show_plan(plan, prefix, options, done=True)
    return 0


def show_list(options: Namespace) -> int:
    """Run ``thinvenv list`` and return the exit status."""
    context = context_of(options)
    state = read_state(prefix_of(options.env, context), context)
    if options.json:
        print_json(report.list_json(state.inventory, str(state.prefix)))
    else:
        from thinvenv.cli import tables  # noqa: PLC0415 - it loads rich, which the other commands here do without

        tables.show_inventory(state.inventory)
    return 0


def check(options: Namespace) -> int:
    """Run ``thinvenv check`` and return the exit status: 1 if there is a finding."""
    context = context_of(options)
    results = [check_health(prefix_of(env, context), context) for env in options.env or [None]]
    if options.json:
        print_json(report.health_json(results))
    else:
        for health in results:
            sys.stdout.write(f"{health.environment}: {'ok' if health.ok else 'not as planned'}\n")
            for finding in health.findings:
                sys.stdout.write(f"  {finding.kind}: {finding.text}\n")
    return 0 if all(health.ok for health in results) else 1
