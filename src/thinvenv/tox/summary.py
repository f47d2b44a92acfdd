"""The summary of a run: one line after the last of its environments has ended."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from thinvenv.tox.environments import ThinEnv

if TYPE_CHECKING:
    from tox.config.sets import ConfigSet
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv


class _Run:
    """One run of tox, and the environments of it that have ended, several at once with ``tox -p``."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.ended: set[str] = set()
        self.lock = Lock()


_RUNS: WeakKeyDictionary[ConfigSet, _Run] = WeakKeyDictionary()


def begin(core: ConfigSet, state: State) -> None:
    """Remember which environments a run has."""
    _RUNS[core] = _Run(state)


def end(env: ToxEnv) -> None:
    """Note that an environment has ended; after the last one print the summary, as tox prints its report."""
    run = _RUNS.get(env.core)
    if run is None or not env.options.verbosity:
        return
    names = list(run.state.envs.iter())
    with run.lock:
        run.ended.add(env.name)
        is_last = run.ended.issuperset(names)
    envs = [env for name in names if isinstance(env := run.state.envs[name], ThinEnv)]
    if not is_last or len(envs) < 2:  # noqa: PLR2004 - one environment has shown its line already
        return
    from thinvenv.tox.totals import totals  # noqa: PLC0415 - it loads the engine, and measures environments

    line = totals(envs)
    if line:
        print(f"  {line}")  # noqa: T201 - as tox does
