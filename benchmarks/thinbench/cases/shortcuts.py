"""Every second way of doing the same: what it saves, with and without it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from thinbench import without
from thinbench.bases import SCIENCE, with_distributions
from thinbench.cases.hosts import nox_project, tox_project
from thinbench.cases.noop import base_of, thin
from thinbench.folders import home
from thinbench.measuring import in_turns
from thinbench.processes import timed
from thinbench.results import Case, Row
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Callable

LAUNCHER = Path(without.__file__)


@dataclass(frozen=True)
class Trial:
    """Something to do with a shortcut and without it.

    Attributes:
        name: The name in the table: the shortcut, and what is done.
        shortcut: One of :data:`thinbench.without.SHORTCUTS`.
        box: The toolbox of the interpreter that does it.
        command: A module and its arguments.
        cwd: The working directory.
        env: An environment that is deleted before each run.

    """

    name: str
    shortcut: str
    box: str
    command: tuple[str | Path, ...]
    cwd: Path
    env: Path | None = None

    def run(self, shortcut: str) -> float:
        """Do it without a shortcut and return the elapsed seconds."""
        if self.env is not None:
            shutil.rmtree(self.env, ignore_errors=True)
        extra = {"TOX_WORK_DIR": None, "NOX_DEFAULT_VENV_BACKEND": None}
        return timed(
            toolbox(self.box).tool("python"), "-P", LAUNCHER, shortcut, *self.command, cwd=self.cwd, extra=extra
        )


def measure(repeat: int) -> Case:
    """Measure each shortcut, in turns with doing without it."""
    rows = tuple(_row(trial, repeat) for trial in _trials())
    return Case("shortcuts", "What each shortcut saves: the same command with it and without it", rows)


def _row(trial: Trial, repeat: int) -> Row:
    runs: dict[str, Callable[[], float]] = {name: partial(trial.run, name) for name in ("none", trial.shortcut)}
    for run in runs.values():  # fills every cache
        run()
    timings = in_turns(runs, repeat)
    return Row(trial.name, timings["none"], without=timings[trial.shortcut])


def _trials() -> tuple[Trial, ...]:
    tox, nox = tox_project("shortcuts", "x", "tox-thinvenv"), nox_project("shortcuts", "nox-thinvenv")
    tox.run("run", "-e", "x")
    nox.run("-r")
    noop = thin(base_of(300, 100), "shortcuts-noop", "bench-0")
    work = home() / "work"
    env, linking = work / "shortcuts-fresh", work / "shortcuts-link"
    create = ("--python", with_distributions("science", SCIENCE).python, *SCIENCE)
    link = ("thinvenv", "create", linking, "--reuse", "link", *create)
    install = ("thinvenv", "install", "--env", noop, "bench-0")
    return (
        Trial("fast_describe: tox, second run", "fast_describe", tox.box, ("tox", "run", "-e", "x"), tox.folder),
        Trial("fast_session: tox run -r", "fast_session", tox.box, ("tox", "run", "-r", "-e", "x"), tox.folder),
        Trial("uv_version: nox -R", "uv_version", nox.box, ("nox", "-R"), nox.folder),
        Trial("replay: new environment", "replay", "thinvenv", ("thinvenv", "create", env, *create), work, env),
        Trial("replay: new environment, link", "replay", "thinvenv", link, work, linking),
        Trial("link pool: new environment, link", "link_pool", "thinvenv", link, work, linking),
        Trial("no garbage collection: no-op", "gc_off", "thinvenv", install, work),
    )
