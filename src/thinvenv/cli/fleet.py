"""The command fleet: runs the tox environments of a project on a cluster."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from thinvenv.cli.commands import context_of
from thinvenv.errors import UsageError
from thinvenv.fleet.project_environments import list_environments
from thinvenv.machines import ray_cluster
from thinvenv.machines.tox_results import end_of_run, merged_journal

if TYPE_CHECKING:
    from argparse import Namespace


def run_fleet(options: Namespace) -> int:
    """Run ``thinvenv fleet run`` and return the exit status, which is that of ``tox -p``."""
    start = time.monotonic()
    context = context_of(options)
    ray_cluster.check_address(options.address)  # before tox is started
    selection = ["-e", ",".join(options.environments)] if options.environments else []
    names = [environment.name for environment in list_environments("tox", selection, context)]
    if not names:
        raise UsageError("there is no environment to run", hint="tox list")
    with ray_cluster.connected(options.address, context.cwd, options.exclude) as ray:
        ray_cluster.check_nodes(ray)
        results = ray_cluster.run(ray, names, context.cwd, options.tox_arguments, _write)
    ordered = [results[name] for name in names]
    if options.result_json:
        with open(os.path.join(context.cwd, options.result_json), "w", encoding="utf-8") as file:
            json.dump(merged_journal(result.journal for result in ordered), file, indent=2)
    text, status = end_of_run(ordered, time.monotonic() - start)
    sys.stdout.write(text)
    return status


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
