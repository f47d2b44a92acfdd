"""What the environments of a run reuse, hold, take on disk and save, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.distributions.disk_usage import usage_of
from thinvenv.fleet.comparison import line_about, measure_all
from thinvenv.resolution.abi_mismatches import find_mismatches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.environments.state import EnvironmentState
    from thinvenv.tox.environments import ThinEnv


def totals(envs: Iterable[ThinEnv]) -> str:
    """Return one line on what environments reuse and hold; empty if thinvenv has installed into none of them.

    What may fail to import saves nothing, as in the summary of an install.
    """
    states = [state for env in envs if (state := env.operations.state())]
    if not states:
        return ""
    return line_about(measure_all(str(state.prefix) for state in states), sum(map(_doubtful_bytes, states)))


def _doubtful_bytes(state: EnvironmentState) -> int:
    """Return what an environment reuses that may fail to import."""
    doubtful = {mismatch.distribution.name for mismatch in find_mismatches(state.inventory, state.environment)}
    return sum(usage_of(step.distribution).disk_bytes for step in state.receipt.reused if step.name in doubtful)
