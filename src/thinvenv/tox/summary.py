"""What the environments of a run add up to, told once all of them have ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tox.report import HandledError
from tox.tox_env.errors import Fail, Skip

from thinvenv.tox.environments import ThinEnv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tox.config.sets import ConfigSet
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv

    from thinvenv.environments.state import EnvironmentState


@dataclass
class _Run:
    """One run of tox: which of its environments have ended, some of them at once (``tox -p``)."""

    state: State
    ended: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)


_RUNS: WeakKeyDictionary[ConfigSet, _Run] = WeakKeyDictionary()


def begin(core: ConfigSet, state: State) -> None:
    """Remember what a run consists of."""
    _RUNS[core] = _Run(state)


def end(env: ToxEnv) -> None:
    """Note that an environment has ended; after the last, print the summary as tox prints its report."""
    run = _RUNS.get(env.core)
    if run is None or not env.options.verbosity:
        return
    names = list(run.state.envs.iter())
    with run.lock:
        run.ended.add(env.name)
        last = run.ended.issuperset(names)
    thin = [one for name in names if isinstance(one := run.state.envs[name], ThinEnv)]
    line = _line(thin) if last and len(thin) > 1 else ""
    if line:
        print(f"  {line}")  # noqa: T201 - as tox does


def _line(envs: Sequence[ThinEnv]) -> str:
    """Return what environments reuse and hold, as far as installs have told."""
    from thinvenv.distributions.sizes import size_of  # noqa: PLC0415
    from thinvenv.report import human_size  # noqa: PLC0415 - not imported where a single environment is run

    told = [state for one in envs if (state := _state(one))]
    reused = [step.distribution for one in told for step in one.receipt.reused]
    own = [each for one in told for each in one.inventory.visible.values() if one.inventory.in_venv(each)]
    sizes = {one: size_of(one) for one in {*reused, *own}}
    if not told:
        return ""
    parts = [f"thin: {len(told)} environments reuse {len(reused)}"]
    parts += [f"hold {len(own)} of their own ({human_size(sum(sizes[one] for one in own))})"] if own else []
    parts += [f"saved {human_size(sum(sizes[one] for one in reused))}"] if reused else []
    return ", ".join(parts)


def _state(env: ThinEnv) -> EnvironmentState | None:
    from thinvenv.environments.state import read_state  # noqa: PLC0415
    from thinvenv.errors import ThinvenvError  # noqa: PLC0415 - see above

    try:
        state = read_state(env.env_dir, env.installer.context(lambda _text: None))
    except (ThinvenvError, Skip, Fail, HandledError):
        return None  # never made, or broken by its own commands: whoever needs it has said so
    return state if state.receipt.environment else None
