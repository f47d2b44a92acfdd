"""The commands that show an environment: list, tree, why, freeze, lock and check."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv import report
from thinvenv.cli.commands import context_of, print_json, print_lines, settings_of
from thinvenv.cli.paths import output_path, prefix_of
from thinvenv.distributions.direct_url import is_editable
from thinvenv.environments.state import read_state
from thinvenv.errors import InterpreterError, NotAnEnvironmentError
from thinvenv.installation.check import check as check_health
from thinvenv.installation.inspection import find_distribution, freeze_lines, graph_of, latest_versions
from thinvenv.installation.lock_file import lock as lock_environment
from thinvenv.model import Finding, Health
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState


def show_list(options: Namespace) -> int:
    """Run ``thinvenv list`` and return the exit status."""
    state, context = _state_of(options)
    latest = None
    if options.outdated:
        latest = latest_versions(state, context, settings_of(options, context).backend)
    if options.freeze or options.format == "freeze":
        print_lines(freeze_lines(state.inventory, state.receipt.reused))
    elif options.json or options.format == "json":
        print_json(report.list_json(state.inventory, str(state.prefix), latest))
    else:
        from thinvenv.cli import tables  # noqa: PLC0415 - the other commands here do without

        if latest is not None and not report.listed(state.inventory, latest):
            print_lines(["nothing is outdated: no index has newer versions"], sys.stderr)
        else:
            tables.show_inventory(state.inventory, latest)
        for layer, count in Counter(dist.layer for dist in state.inventory.foreign).items():
            context.reporter.note(f"{count} of {layer} can be imported by another interpreter only: see `--json`")
    return 0


def _state_of(options: Namespace) -> tuple[EnvironmentState, Context]:
    """Return the state of the environment that a command is for, and the context of the command."""
    context = context_of(options)
    return read_state(prefix_of(options.env, context), context), context


def check(options: Namespace) -> int:
    """Run ``thinvenv check`` and return the exit status: 1 if there is an error, or a warning with ``--strict``.

    Raises:
        ThinvenvError: None is named and none is active; or the only environment cannot be read.

    """
    context = context_of(options)
    prefixes = [prefix_of(env, context) for env in [*options.env, *options.envs] or [None]]
    if len(prefixes) == 1:
        results = [check_health(prefixes[0], context)]
    else:
        results = [_health_if_readable(prefix, context) for prefix in prefixes]
    if options.json:
        print_json(report.health_json(results))
    else:
        for health in results:
            print_lines([f"{health.environment}: {health.summary()}"])
            print_lines(_finding_lines(health))
    accepted = {"error": False, "warning": not options.strict}
    return 0 if all(accepted[finding.level] for health in results for finding in health.findings) else 1


def _health_if_readable(prefix: Path, context: Context) -> Health:
    """Return the health of an environment; an error is a finding, so that the other environments are checked, too."""
    try:
        return check_health(prefix, context)
    except (NotAnEnvironmentError, InterpreterError) as error:
        return Health(str(prefix), (Finding("unreadable", error.what),))


def _finding_lines(health: Health) -> Iterator[str]:
    for finding in health.findings:
        warning = "warning: " if finding.level == "warning" else ""
        yield f"  {warning}{finding.kind}: {finding.text}"


def show_tree(options: Namespace) -> int:
    """Run ``thinvenv tree`` and return the exit status."""
    state, context = _state_of(options)
    graph = graph_of(state, context)
    if options.json:
        print_json(report.tree_json(graph, state.inventory, str(state.prefix)))
    else:
        print_lines(report.tree_lines(graph, state.inventory))
    return 0


def show_reasons(options: Namespace) -> int:
    """Run ``thinvenv why`` and return the exit status.

    Raises:
        RequirementError: The distribution is not installed.

    """
    state, context = _state_of(options)
    graph = graph_of(state, context)
    dist = find_distribution(options.name, state)
    if options.json:
        print_json(report.reasons_json(graph, dist, state.inventory, str(state.prefix)))
    else:
        print_lines(report.reason_lines(graph, dist, state.inventory))
    return 0


def freeze(options: Namespace) -> int:
    """Run ``thinvenv freeze`` and return the exit status."""
    state, _ = _state_of(options)
    exclude: set[str] = set(map(canonicalize_name, options.exclude))
    if options.exclude_editable:
        exclude |= {dist.name for dist in state.inventory.visible.values() if is_editable(dist)}
    print_lines(freeze_lines(state.inventory, state.receipt.reused, exclude))
    return 0


def lock(options: Namespace) -> int:
    """Run ``thinvenv lock`` and return the exit status."""
    context = context_of(options)
    prefix = prefix_of(options.env, context)
    request = build_request(context.cwd, context.environ, prefix=str(prefix), options=options.pip_arguments)
    output = None if options.output == "-" else output_path(options.output, context)
    text, content = lock_environment(
        read_state(prefix, context),
        output,
        context,
        options=request.options,
        offline=options.offline,
        base_provides=options.base_provides,
    )
    if output is None:
        sys.stdout.write(text)
    else:
        print_lines([f"locked {report.counted(len(content.packages), 'distribution')} in {output}"], sys.stderr)
    return 0
