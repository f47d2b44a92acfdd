"""What the environments of a run reuse, hold, take on disk and save, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv import report
from thinvenv.distributions.disk_usage import size_of
from thinvenv.fleet.comparison import measure_all
from thinvenv.resolution.abi_mismatches import find_mismatches
from thinvenv.store.entries import linked_distributions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution
    from thinvenv.tox.environments import ThinEnv


def totals(envs: Iterable[ThinEnv]) -> str:
    """Return one line on what environments reuse and hold; empty if thinvenv has installed into none of them.

    What may fail to import saves nothing, as in the summary of an install.
    """
    states = [state for env in envs if (state := env.operations.state())]
    reused = [step.distribution for state in states for step in state.receipt.reused]
    stored = [dist for state in states for dist in linked_distributions(state.environment)]
    own = [dist for state in states for dist in _installed(state)]
    sizes = {dist: size_of(dist) for dist in {*reused, *stored, *own}}
    if not states:
        return ""
    disk = measure_all(str(state.prefix) for state in states).sizes.disk_bytes
    parts = [f"thin: {len(states)} environments reuse {len(reused)}"]
    parts += [f"link {len(stored)} from stores"] if stored else []
    parts += [f"hold {len(own)} of their own ({report.human_size(sum(sizes[dist] for dist in own))})"] if own else []
    saved = sum(sizes[dist] for state in states for dist in _saving(state))
    saved += sum(sizes[dist] for dist in stored) - sum(sizes[dist] for dist in {*stored})  # a store has each once
    parts += [f"take {report.human_size(disk)} on disk"]
    parts += [f"saved {report.human_size(saved)}"] if saved else []
    return ", ".join(parts)


def _installed(state: EnvironmentState) -> list[Distribution]:
    """Return what is installed into an environment itself, and not linked from a store."""
    stored = {dist.name for dist in linked_distributions(state.environment)}
    visible = state.inventory.visible
    return [dist for name, dist in visible.items() if state.inventory.in_venv(dist) and name not in stored]


def _saving(state: EnvironmentState) -> list[Distribution]:
    """Return what an environment reuses, without what may fail to import."""
    doubtful = {mismatch.distribution.name for mismatch in find_mismatches(state.inventory, state.environment)}
    return [step.distribution for step in state.receipt.reused if step.name not in doubtful]
