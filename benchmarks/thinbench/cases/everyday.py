"""An everyday project: a package that hatchling builds, pytest and two more, and a base that has none of it."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from thinbench.bases import SCIENCE, copied, with_distributions
from thinbench.cases.fresh import FIVE, forget_recorded_installs
from thinbench.cases.hosts import NOX, Host
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.peers import THINVENV, TOOLS, UV
from thinbench.processes import run, timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from thinbench.measuring import Timing

_DEPS = ("pytest", "pytest-mock", "pytest-timeout")
_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "everyday"
version = "1.0"
dependencies = ["packaging"]
"""
_TOX = """
[tox]
env_list = x

[testenv]
base_python = {python}
package = wheel
deps =
    {deps}
commands = python -c pass
"""
_IN_PROCESS = """
import os, pathlib, sys, time
from thinvenv import engine
from thinvenv.context.context import current_context
from thinvenv.requirements.arguments import request_from
env, context = pathlib.Path(sys.argv[1]), current_context()
for _ in range(2):  # the first call loads what an install needs
    start = time.perf_counter()
    request = request_from(["--no-deps", "--force-reinstall", sys.argv[2]], context.cwd, context.environ, str(env))
    plan = engine.install(request, env, context)
    taken = time.perf_counter() - start
assert plan.changes
print(taken)
"""
_OURS, _THEIRS = "tox + thinvenv", "tox + tox-uv"
_ENGINE = "thinvenv, in a process"
_FIRST = "{}, first of ten minutes"
"""The name of a row whose runs cannot use what a recorded install has left."""


def tox_recreated(repeat: int) -> Case:
    """Measure ``tox run -r``: two environments are created, filled, and the package is built and installed."""
    hosts = [_tox_project(box) for box in ("tox-uv", "tox-thinvenv")]
    runs = _with_first({host.name: partial(host.run, "run", "-r") for host in hosts}, _OURS)
    timings = _warm_and_measure(runs, repeat)
    title = "`tox run -r` of an everyday project: a package, three `deps`, nothing to reuse"
    footprints = {host.name: footprint(host.folder / ".tox") for host in hosts}
    rows = tuple(Row(name, timing, footprints.get(name)) for name, timing in timings.items())
    return Case("everyday-recreate", title, rows, (Target(_OURS, _THEIRS, 0.95),))


def tox_second_run(repeat: int) -> Case:
    """Measure ``tox run`` where only the package is built again, without a change."""
    hosts = [_tox_project(box) for box in ("tox-uv", "tox-thinvenv")]
    timings = _warm_and_measure({host.name: partial(host.run, "run") for host in hosts}, repeat)
    title = "`tox run` of the same project, second run: the package is built again"
    return Case("everyday-second", title, _rows(timings), (Target(_OURS, _THEIRS, 0.85),))


def nox_fresh(repeat: int) -> Case:
    """Measure ``nox -s tests`` with the project in development mode, in a new environment."""
    hosts = [_nox_project("nox", "uv"), _nox_project("nox-thinvenv", "")]
    runs = _with_first({host.name: partial(host.run, "-s", "tests") for host in hosts}, hosts[1].name)
    timings = _warm_and_measure(runs, repeat)
    title = "`nox -s tests` of the same project, in a new environment: `-e .` and three requirements"
    return Case("everyday-nox", title, _rows(timings), (Target("nox + thinvenv", "nox + uv", 0.8),))


def five_in_place(repeat: int) -> Case:
    """Measure an install of five missing distributions into an environment that exists."""
    base = with_distributions("without-requests", [name for name in SCIENCE if name != "requests"])
    envs = {peer.name: home() / "work" / f"five-in-place-{peer.name}" for peer in (UV, THINVENV)}
    commands: dict[str, tuple[str | Path, ...]] = {
        "uv, exactly these": (
            *(TOOLS / "uv", "pip", "install", "--quiet", "--no-deps", "--python"),
            *(envs["uv"] / "bin" / "python", *FIVE),
        ),
        "thinvenv": (TOOLS / "thinvenv", "install", "--env", envs["thinvenv"], *SCIENCE),
    }
    creations = (UV.commands(envs["uv"], base.python, ())[0], THINVENV.commands(envs["thinvenv"], base.python, ())[0])

    def maker(name: str, env: Path, creation: tuple[str | Path, ...]) -> Callable[[], float]:
        def make() -> float:
            shutil.rmtree(env, ignore_errors=True)
            run(*creation)
            return timed(*commands[name])

        return make

    runs = {
        name: maker(name, env, creation) for name, env, creation in zip(commands, envs.values(), creations, strict=True)
    }
    timings = _warm_and_measure(runs, repeat)
    title = f"An install of {', '.join(FIVE)} into an environment that exists; uv is told which"
    # The processor time has the creation in it, which is the same for both.
    rows = tuple(Row(name, type(timing)(timing.seconds)) for name, timing in timings.items())
    return Case("five-in-place", title, rows, (Target("thinvenv", "uv, exactly these", 1.5),))


def local_wheel(repeat: int) -> Case:
    """Measure ``--no-deps WHEEL`` from a process that runs already, as in a tox run."""
    base, folder = copied("bare"), _project_folder("wheel")
    run(TOOLS / "uv", "build", "--quiet", "--wheel", "--python", base.python, folder)
    wheel = next((folder / "dist").glob("*.whl"))
    env = home() / "work" / "local-wheel"
    shutil.rmtree(env, ignore_errors=True)
    run(TOOLS / "thinvenv", "create", env, "--python", base.python)

    def in_process() -> float:
        return float(run(toolbox("thinvenv").tool("python"), "-c", _IN_PROCESS, env, wheel))

    options = ("--quiet", "--no-deps", "--reinstall", "--python", env / "bin" / "python")
    runs: dict[str, Callable[[], float]] = {
        "uv pip install": partial(timed, TOOLS / "uv", "pip", "install", *options, wheel),
        "thinvenv": partial(
            timed,
            *(TOOLS / "thinvenv", "install", "--env", env, "--no-deps", "--force-reinstall", wheel),
        ),
        _ENGINE: in_process,
    }
    for measure in runs.values():
        measure()
    timings = in_turns(runs, repeat, inside=(_ENGINE,))
    title = "A local wheel with `--no-deps`, installed again; the last row is a process that has loaded thinvenv"
    return Case("local-wheel", title, _rows(timings), (Target(_ENGINE, "uv pip install", 1.0),))


def _warm_and_measure(runs: Mapping[str, Callable[[], float]], repeat: int) -> dict[str, Timing]:
    for measure in runs.values():
        measure()
        measure()
    return in_turns(runs, repeat)


def _with_first(runs: dict[str, Callable[[], float]], name: str) -> dict[str, Callable[[], float]]:
    """Return runs with one more, which is that of a name without what a recorded install has left."""

    def run_first() -> float:
        forget_recorded_installs()
        return runs[name]()

    return {_FIRST.format(name): run_first, **runs}


def _rows(timings: Mapping[str, Timing]) -> tuple[Row, ...]:
    return tuple(Row(name, timing) for name, timing in timings.items())


def _project_folder(name: str) -> Path:
    folder = home() / "work" / "everyday" / name
    package = folder / "src" / "everyday"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("answer = 42\n")
    (folder / "pyproject.toml").write_text(_PROJECT)
    return folder


def _tox_project(box: str) -> Host:
    folder = _project_folder(box)
    (folder / "tox.ini").write_text(_TOX.format(python=copied("bare").python, deps="\n    ".join(_DEPS)))
    name = {"tox-uv": _THEIRS, "tox-thinvenv": _OURS}[box]
    return Host(name, box, folder, (toolbox(box).tool("tox"), "--colored", "no"))


def _nox_project(box: str, backend: str) -> Host:
    folder = _project_folder(backend or "nox-thinvenv")
    decorator = "nox.session" if backend else "session"
    options = f", venv_backend={backend!r}" if backend else ""
    python = str(copied("bare").python)
    text = NOX.format(
        decorator=decorator, python=python, options=options, deps=", ".join(map(repr, ("-e", ".", *_DEPS)))
    )
    if not backend:
        text = text.replace("import nox\n", "from thinvenv.nox import session\n")
    (folder / "noxfile.py").write_text(text)
    name = "nox + uv" if backend else "nox + thinvenv"
    return Host(name, box, folder, (toolbox(box).tool("nox"), "--no-error-on-missing-interpreters"))
