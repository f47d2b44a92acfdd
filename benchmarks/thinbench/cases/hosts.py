"""tox and nox with pip, with uv and with thinvenv."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from thinbench.bases import SCIENCE, with_distributions
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.processes import timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from thinbench.measuring import Timing

_TOX = """
[tox]
no_package = true
env_list = {envs}

[testenv]
base_python = {python}
deps =
    {deps}
commands = python -c pass
"""
NOX = """
import nox

@{decorator}(python={python!r}{options})
def tests(session):
    session.install({deps})
    session.run("python", "-c", "pass")
"""
_OURS = "tox + thinvenv"
FLEET = 50


@dataclass(frozen=True)
class Host:
    """A project and the host (tox or nox) that runs it.

    Attributes:
        name: The name in the tables.
        box: The toolbox of the host.
        folder: The folder of the project, with its environments.
        command: The command that starts the host.

    """

    name: str
    box: str
    folder: Path
    command: tuple[str | Path, ...]

    def run(self, *words: str) -> float:
        """Run the host with further arguments and return the elapsed seconds."""
        extra = {"TOX_WORK_DIR": None, "NOX_DEFAULT_VENV_BACKEND": None}
        return timed(*self.command, *words, cwd=self.folder, extra=extra)


def tox_second_run(repeat: int) -> Case:
    """Measure ``tox run`` on an environment that is up to date."""
    hosts = _tox_projects("tox", "x")
    for host in hosts:
        host.run("run", "-e", "x")
    timings = in_turns({host.name: partial(host.run, "run", "-e", "x") for host in hosts}, repeat)
    return Case("tox-second", "`tox run -e x`, second run", _rows(timings), (Target(_OURS, "tox + tox-uv", 1.0),))


def tox_recreated(repeat: int) -> Case:
    """Measure ``tox run -r`` with the scientific set."""
    hosts = _tox_projects("tox", "x")
    for host in hosts[1:]:  # pip's cache was filled by earlier cases
        host.run("run", "-r", "-e", "x")
    runs = {host.name: partial(host.run, "run", "-r", "-e", "x") for host in hosts}
    timings = in_turns(runs, repeat, few={"tox + pip": 1})
    disk = {host.name: host.folder / ".tox" / "x" for host in hosts}
    title = "`tox run -r -e x`, the scientific set over a base that has it"
    return Case("tox-recreate", title, _rows(timings, disk), (Target(_OURS, "tox + tox-uv", 0.6),))


def tox_fleet(repeat: int) -> Case:
    """Measure many environments over one base, two at a time."""
    envs = ", ".join(f"e{number}" for number in range(FLEET))
    hosts = [host for host in _tox_projects("fleet", envs) if host.name != "tox + pip"]

    def maker(host: Host) -> Callable[[], float]:
        def make() -> float:
            shutil.rmtree(host.folder / ".tox", ignore_errors=True)
            return host.run("run-parallel", "-p", "2", "--quiet")

        return make

    timings = in_turns({host.name: maker(host) for host in hosts}, repeat)
    disk = {host.name: host.folder / ".tox" for host in hosts}
    title = f"{FLEET} environments with the scientific set over one base, `tox -p 2`"
    return Case("fleet", title, _rows(timings, disk), (Target(_OURS, "tox + tox-uv", 0.5),))


def nox_reused(repeat: int) -> Case:
    """Measure ``nox -r`` on a session whose environment is up to date."""
    hosts = _nox_projects()
    for host in hosts:
        host.run("-r")
    timings = in_turns({host.name: partial(host.run, "-r") for host in hosts}, repeat)
    title = "`nox -r`, everything satisfied, the installs of the session run"
    return Case("nox-reuse", title, _rows(timings), (Target("nox + thinvenv", "nox + uv", 1.0),))


def nox_no_install(repeat: int) -> Case:
    """Measure ``nox -R``, which skips the installs."""
    hosts = _nox_projects()
    for host in hosts:
        host.run("-r")
    timings = in_turns({host.name: partial(host.run, "-R") for host in hosts}, repeat)
    title = "`nox -R`, everything satisfied, the installs of the session skipped"
    return Case("nox-skip", title, _rows(timings), (Target("nox + thinvenv", "nox + uv", 1.0),))


def _rows(timings: Mapping[str, Timing], disk: Mapping[str, Path] | None = None) -> tuple[Row, ...]:
    places = disk or {}
    return tuple(
        Row(name, timing, footprint(places[name]) if name in places else None) for name, timing in timings.items()
    )


def tox_project(kind: str, envs: str, box: str) -> Host:
    """Return a new project for tox, with the scientific set in each of its environments.

    Args:
        kind: The folder of the case.
        envs: The ``env_list``.
        box: The toolbox with tox and a plugin.

    """
    folder = home() / "work" / kind / box
    folder.mkdir(parents=True, exist_ok=True)
    python = with_distributions("science", SCIENCE).python
    text = _TOX.format(envs=envs, python=python, deps="\n    ".join(SCIENCE))
    (folder / "tox.ini").write_text(text + ("system_site_packages = true\n" if box == "tox-thinvenv" else ""))
    name = {"tox": "tox + pip", "tox-uv": "tox + tox-uv", "tox-thinvenv": _OURS}[box]
    return Host(name, box, folder, (toolbox(box).tool("tox"), "--colored", "no"))


def nox_project(kind: str, box: str, backend: str = "") -> Host:
    """Return a new project for nox, with a session that installs the scientific set.

    Args:
        kind: The folder of the case.
        box: The toolbox with nox.
        backend: The backend of the session; empty for thinvenv's decorator.

    """
    folder = home() / "work" / kind / (backend or "thinvenv")
    folder.mkdir(parents=True, exist_ok=True)
    python = with_distributions("science", SCIENCE).python
    decorator = "nox.session" if backend else "session"
    options = f", venv_backend={backend!r}" if backend else ', venv_params=["--system-site-packages"]'
    text = NOX.format(decorator=decorator, python=str(python), options=options, deps=", ".join(map(repr, SCIENCE)))
    if not backend:
        text = text.replace("import nox\n", "from thinvenv.nox import session\n")
    (folder / "noxfile.py").write_text(text)
    name = {"venv": "nox + pip", "uv": "nox + uv", "": "nox + thinvenv"}[backend]
    return Host(name, box, folder, (toolbox(box).tool("nox"), "--no-error-on-missing-interpreters"))


def _tox_projects(kind: str, envs: str) -> list[Host]:
    return [tox_project(kind, envs, box) for box in ("tox", "tox-uv", "tox-thinvenv")]


def _nox_projects() -> list[Host]:
    plain = [nox_project("nox", "nox", backend) for backend in ("venv", "uv")]
    return [*plain, nox_project("nox", "nox-thinvenv")]
