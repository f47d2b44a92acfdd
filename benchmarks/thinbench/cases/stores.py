"""Environments from a store over a plain CPython: fresh, on another file system, imported, cold, and as a fleet."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING

from thinbench.bases import SCIENCE, copied
from thinbench.cases.hosts import Host
from thinbench.folders import home
from thinbench.footprint import footprint
from thinbench.measuring import in_turns
from thinbench.peers import TOOLS, UV, Peer
from thinbench.processes import run, timed
from thinbench.results import Case, Row, Target
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thinbench.measuring import Timing
    from thinbench.peers import Command

_OURS, _COPIED, _LINKED = "thinvenv --store", "the least: its entries, copied", "uv --link-mode symlink"
_PDM, _COMPILED = "PDM with links to its cache", "uv --compile-bytecode"
_OTHER_FILE_SYSTEM = Path("/dev/shm")
_LESS_THAN_LINKS = tuple(Target(_OURS, peer, 1.0, of=what) for peer in (_LINKED, _PDM) for what in ("time", "files"))
_IMPORT = "import pandas, sklearn.linear_model"
_FACTORS = {
    "numpy": ("2.1", "2.2", "2.3", "2.4"),
    "pandas": ("2.2", "2.3", "3.0"),
    "pytest": ("8.1", "8.2", "8.3", "8.4"),
}
_TOX = """
[tox]
env_list = {envs}
skipsdist = true

[testenv]
base_python = {python}
commands = python -c pass
deps =
    {deps}
"""


def fresh(repeat: int) -> Case:
    """Measure the scientific set from a store that has it."""
    rows = _measured(home() / "work" / "store", repeat)
    targets = (Target(_OURS, "uv", 0.5), Target(_OURS, "uv", 1 / 6, of="files"), *_LESS_THAN_LINKS)
    return Case("store", f"A fresh environment with {', '.join(SCIENCE)} over a plain CPython", rows, targets)


def other_file_system(repeat: int) -> Case:
    """Measure the same on another file system than the caches and the store, where uv has to copy."""
    folder = _OTHER_FILE_SYSTEM / f"thinvenv-benchmarks-{os.getpid()}"
    try:
        rows = _measured(folder, repeat)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    targets = (Target(_OURS, "uv", 0.35), Target(_OURS, "uv", 1 / 300, of="apparent"), *_LESS_THAN_LINKS)
    return Case("store-tmpfs", "The same on another file system than the caches (tmpfs)", rows, targets)


def first_import(repeat: int) -> Case:
    """Measure the first import in a new environment."""
    timings = _in_new_environments(
        {peer.name: (peer, lambda env: timed(env / "bin" / "python", "-c", _IMPORT)) for peer in (UV, STORE)}, repeat
    )
    rows = tuple(Row(name, timing) for name, timing in timings.items())
    return Case("store-import", f"The first `{_IMPORT}` in a new environment", rows, (Target(_OURS, "uv", 0.4),))


def cold(repeat: int) -> Case:
    """Measure the first environment over a store that does not exist yet, with and without byte code.

    Nothing is removed between the runs: ext4 creates files slowly for some seconds after many were removed, since it
    does not use their inodes again yet.
    """
    without = Peer(f"{_OURS} --no-compile", lambda *asked: ((*_from_store(*asked)[0], "--no-compile"),))
    folder, numbers = home() / "work" / "store-cold", count()
    _remove(folder)

    def make(peer: Peer) -> float:
        place = folder / str(next(numbers))
        commands = peer.commands(place / "env", copied("bare").python, SCIENCE)
        return sum(timed(*(place / "store" if word == _store() else word for word in words)) for words in commands)

    runs = {peer.name: partial(make, peer) for peer in (UV, without, Peer(_COMPILED, _uv_with_byte_code), STORE)}
    try:
        runs[UV.name]()
        timings = in_turns(runs, repeat)
    finally:
        _remove(folder)
    rows = tuple(Row(name, timing) for name, timing in timings.items())
    targets = (Target(without.name, "uv", 1.6), Target(_OURS, _COMPILED, 1.6))
    return Case("store-cold", "The first environment over a cold store, and uv with a warm cache", rows, targets)


def fleet(repeat: int) -> Case:
    """Measure 48 environments of tox with versions of three requirements, over a store that has them."""
    hosts = [_tox_project(name, box) for name, box in (("tox + tox-uv", "tox-uv"), ("tox + thinvenv", "tox-thinvenv"))]

    def make(host: Host) -> float:
        return host.run("run-parallel", "-r", "-p", "2", "--quiet")

    for host in hosts:
        make(host)
    timings = in_turns({host.name: partial(make, host) for host in hosts}, repeat)
    rows = tuple(Row(host.name, timings[host.name], footprint(host.folder / ".tox")) for host in hosts)
    title = "48 environments (versions of numpy, pandas and pytest), `tox run-parallel -r -p 2`, warm store"
    limits = {"time": 0.4, "files": 1 / 8, "apparent": 1 / 50}
    targets = (Target("tox + thinvenv", "tox + tox-uv", times, of=what) for what, times in limits.items())
    return Case("store-fleet", title, rows, tuple(targets))


def _measured(folder: Path, repeat: int) -> tuple[Row, ...]:
    peers = (UV, Peer(_LINKED, _uv_with_links), Peer(_PDM, _pdm), STORE)
    envs = {peer.name: folder / peer.name.replace(" ", "-") / ".venv" for peer in peers}
    _make_pdm_project(envs[_PDM].parent)

    def make(peer: Peer) -> float:
        shutil.rmtree(envs[peer.name], ignore_errors=True)
        return sum(timed(*command) for command in peer.commands(envs[peer.name], copied("bare").python, SCIENCE))

    def copy() -> float:
        shutil.rmtree(folder / "copy", ignore_errors=True)
        return timed("cp", "-a", envs[_OURS], folder / "copy")

    runs: dict[str, Callable[[], float]] = {peer.name: partial(make, peer) for peer in peers}
    for make_env in runs.values():
        make_env()
        make_env()  # the second install over a store is recorded
    timings = in_turns({**runs, _COPIED: copy}, repeat)
    sizes = {name: footprint(env) for name, env in envs.items()}
    return tuple(Row(name, timing, sizes.get(name)) for name, timing in timings.items())


def _in_new_environments(runs: dict[str, tuple[Peer, Callable[[Path], float]]], repeat: int) -> dict[str, Timing]:
    """Measure something in environments that are created anew for each round; only the elapsed time counts."""

    def make(peer: Peer, measure: Callable[[Path], float]) -> float:
        env = home() / "work" / "store-import"
        shutil.rmtree(env, ignore_errors=True)
        for command in peer.commands(env, copied("bare").python, SCIENCE):
            timed(*command)
        return measure(env)

    return in_turns({name: partial(make, *pair) for name, pair in runs.items()}, repeat, inside=runs)


def _from_store(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    return ((TOOLS / "thinvenv", "create", env, "--python", python, "--store", _store(), *requirements),)


def _uv_with_links(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    create, install = UV.commands(env, python, requirements)
    return create, (*install, "--link-mode", "symlink")


def _uv_with_byte_code(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    create, install = UV.commands(env, python, requirements)
    return create, (*install, "--compile-bytecode")


def _pdm(env: Path, python: Path, _requirements: Sequence[str]) -> tuple[Command, ...]:
    pdm, project = toolbox("pdm").tool("pdm"), ("--project", env.parent)
    return (pdm, "venv", *project, "create", python), (pdm, "sync", *project, "--quiet", "--no-self")


def _make_pdm_project(folder: Path) -> None:
    """Write a project for PDM with the scientific set and a lock file: PDM resolves apart from installing."""
    folder.mkdir(parents=True, exist_ok=True)
    python = ".".join(map(str, sys.version_info[:2]))
    project = {"name": '"science"', "version": '"0"', "requires-python": f'"=={python}.*"', "dependencies": [*SCIENCE]}
    lines = ["[project]", *(f"{key} = {value}" for key, value in project.items())]
    (folder / "pyproject.toml").write_text("\n".join(lines))
    settings = '[install]\ncache = true\ncache_method = "symlink"\n[venv]\nin_project = true\n'
    (folder / "pdm.toml").write_text(settings)
    if not (folder / "pdm.lock").exists():
        run(toolbox("pdm").tool("pdm"), "lock", "--project", folder)


def _store() -> Path:
    return home() / "work" / "stores" / "warm"


def _remove(root: Path) -> None:
    """Remove a tree with read-only folders."""
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o700)
    shutil.rmtree(root, ignore_errors=True)


def _tox_project(name: str, box: str) -> Host:
    """Return a project whose environments have each combination of the versions."""
    folder = home() / "work" / "store-fleet" / box
    folder.mkdir(parents=True, exist_ok=True)
    # Not the first two letters: tox takes `py84` for a version of Python.
    factors = {
        dist: {f"{dist[0]}{dist[2]}{version.replace('.', '')}": version for version in versions}
        for dist, versions in _FACTORS.items()
    }
    envs = ", ".join("-".join(combination) for combination in product(*factors.values()))
    deps = "\n    ".join(
        f"{label}: {dist}=={version}.*" for dist, labels in factors.items() for label, version in labels.items()
    )
    text = _TOX.format(envs=envs, deps=deps, python=copied("bare").python)
    (folder / "tox.ini").write_text(text + (f"thin_store = {_store()}\n" if box == "tox-thinvenv" else ""))
    return Host(name, box, folder, (toolbox(box).tool("tox"), "--colored", "no"))


STORE = Peer(_OURS, _from_store)
