"""A store changes where bytes lie, and nothing else: whole sequences of commands with it and without it.

A handful of sequences run by default. ``nox -s sequences`` tries random ones, ``SEQUENCES`` of them.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.bases import make_base
from support.command_line import thinvenv
from support.projects import Project, make_index
from support.venv import Venv
from thinvenv.store import trees

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.bases import Base

COUNT = int(os.environ.get("SEQUENCES", "200"))
"""How many random sequences are tried. Each takes some seconds."""
_COUNT_OF_A_TEST = 20
"""How many of them a test tries, which has ten minutes."""


def _console_script(name: str, module: str) -> str:
    return f"[console_scripts]\n{name} = {module}:main\n"


def _versioned(version: str) -> str:
    return f"__version__ = {version!r}\ndef main():\n    print({version!r})\n"


ALPHA = [
    Project(
        "alpha",
        version,
        requires=("beta",),
        modules={"alpha/__init__.py": _versioned(version), f"alpha/new{version[0]}.py": ""},
        entry_points=_console_script("alpha", "alpha"),
    )
    for version in ("1.0", "2.0")
]
BETA = [
    Project("beta", "1.0"),
    Project("beta", "1.1"),
    Project("beta", "2.0", ("gamma>=2",), entry_points=_console_script("beta", "alpha")),
]
GAMMA = [
    Project("gamma", version, scripts={"gamma-tool": f"#!python\nprint('gamma {version}')\n"})
    for version in ("1.0", "2.0")
]
DELTA = Project("delta", requires=("alpha<2", "beta<2"), modules={"shared/delta.py": "", "delta.py": ""})
EPSILON = [
    Project(
        "epsilon", version, modules={"shared/epsilon.py": "", f"epsilon-{version}.data/data/share/epsilon": version}
    )
    for version in ("1.0", "1.5")
]
PLUGIN = Project("plugin", requires=("alpha",), modules={"alpha/plugin.py": "import alpha\n", "plugin.pth": "# none\n"})
PROJECTS = [*ALPHA, *BETA, *GAMMA, DELTA, *EPSILON, PLUGIN]
NAMES = sorted({project.name for project in PROJECTS})
IN_BASE = (BETA[0], GAMMA[0], EPSILON[0])
MODULES = (*NAMES, "alpha.plugin", "alpha.new1", "alpha.new2", "shared.delta", "shared.epsilon")
FILES = {
    "few.txt": "alpha\n",
    "old.txt": "delta\nepsilon\n",
    "new.txt": "beta>=2\nplugin\n",
    "wrong.txt": "delta\nalpha>1\n",
}

STATE = f"""
import importlib, io, json, os, runpy, sys
from contextlib import redirect_stdout
from importlib.metadata import distributions
def version(name):
    try:
        return getattr(importlib.import_module(name), "__version__", "")
    except ImportError:
        return None
def output(script):
    with redirect_stdout(io.StringIO()) as text:
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit:
            pass
        except Exception as error:
            print(type(error).__name__)
    with open(script) as file:
        line = file.readline()
    return text.getvalue(), line.replace(sys.prefix, "PREFIX")
folder = os.path.join(sys.prefix, "bin")
names = sorted(os.listdir(folder))
print(json.dumps({{
    "distributions": sorted((dist.metadata["Name"], dist.version) for dist in distributions()),
    "modules": {{name: version(name) for name in {MODULES}}},
    "scripts": names,
    "outputs": {{name: output(os.path.join(folder, name)) for name in names if name.startswith({tuple(NAMES)})}},
    "data": os.path.exists(os.path.join(sys.prefix, "share", "epsilon")),
}}))
"""
"""A program that prints what an environment has for the one who uses it."""

requirements = st.sampled_from(["alpha", "alpha<2", "beta", "beta>1", "beta==1.1", "gamma", "gamma>1", *NAMES])
commands = st.one_of(
    st.tuples(st.just("install"), requirements),
    st.tuples(st.just("install"), requirements, requirements),
    st.tuples(st.just("install"), st.just("-U"), requirements),
    st.tuples(st.just("install"), st.just("--reinstall"), requirements),
    st.tuples(st.just("install"), st.sampled_from(["--prune", "--offline", "--no-deps"]), requirements),
    st.tuples(st.just("install"), st.just("-P"), st.sampled_from(NAMES), requirements),
    st.just(("install",)),
    st.tuples(st.just("uninstall"), st.sampled_from(NAMES)),
    st.tuples(st.just("uninstall"), st.just("--keep-needed"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("sync"), st.sampled_from(sorted(FILES))),
    st.tuples(st.just("set"), st.just("--reuse"), st.sampled_from(["inherit", "link", "off"])),
    st.just(("store", "prune")),
    st.just(("check",)),
)
steps = st.tuples(st.sampled_from(["one", "two"]), commands)


class World:
    """Two environments over a base, with a store or without."""

    def __init__(self, folder: Path, base: Base, *, has_store: bool) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._store = str(folder / "store") if has_store else ""
        self.log: list[str] = []
        for name in ("one", "two"):
            thinvenv("create", folder / name, "--python", base.python, "--store", self._store or "none").ok()

    def run(self, environment: str, command: Sequence[str]) -> tuple[int, int]:
        """Run a command on an environment, and return its exit status and that of a check."""
        name, *words = command
        prefix = self._folder / environment
        if name == "store":
            status = thinvenv(*command, "--store", self._store).code if os.path.isdir(self._store) else 0
        else:
            arguments = [str(self._folder.parent / word) if word in FILES else word for word in words]
            result = thinvenv(name, "--env", prefix, *arguments)
            self.log.append(f"{environment} {command}: {result.code}\n{result.out}{result.err}")
            status = result.code
        return status, thinvenv("check", "--env", prefix).code

    def state(self, environment: str) -> dict[str, object]:
        """Return what an environment has."""
        state: dict[str, object] = json.loads(Venv(self._folder / environment, []).run(STATE))
        return state


def assert_same(folder: Path, base: Base, sequence: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Assert that the commands leave the same with a store and without, and end with the same exit status."""
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    without = World(folder / "without", base, has_store=False)
    world = World(folder / "with", base, has_store=True)
    for environment, command in sequence:
        statuses = [tested.run(environment, command) for tested in (world, without)]
        assert statuses[0] == statuses[1], "".join((*world.log, "without a store:\n", *without.log))
        for name in ("one", "two"):
            assert world.state(name) == without.state(name), "".join(world.log)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Base:
    """Return a base that has old versions of some projects of the index."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", make_index(tmp_path / "index", PROJECTS))
    return make_base(tmp_path / "base").install(*IN_BASE)


@pytest.mark.parametrize(
    "sequence",
    [
        (
            ("one", ("install", "alpha<2")),
            ("two", ("install", "plugin")),
            ("one", ("install", "-U", "alpha")),
            ("one", ("store", "prune")),
            ("one", ("uninstall", "alpha")),
        ),
        (
            ("one", ("sync", "old.txt")),
            ("one", ("set", "--reuse", "link")),
            ("one", ("sync", "new.txt")),
            ("two", ("sync", "wrong.txt")),
            ("one", ("set", "--reuse", "off")),
        ),
    ],
)
def test_a_sequence_of_commands_leaves_the_same(
    sequence: Sequence[tuple[str, Sequence[str]]], base: Base, tmp_path: Path
) -> None:
    assert_same(tmp_path / "worlds", base, sequence)


@pytest.mark.sequences
@pytest.mark.parametrize("number", range(max(1, COUNT // _COUNT_OF_A_TEST)))
def test_random_sequences_of_commands_leave_the_same(
    number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if "sequences" not in request.config.getoption("markexpr"):
        pytest.skip("takes a quarter of an hour, and runs with -m sequences")
    base: Base = request.getfixturevalue("base")
    folder = tmp_path / f"worlds{number}"

    @settings(
        max_examples=_COUNT_OF_A_TEST,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        database=None,
    )
    @given(sequence=st.lists(steps, min_size=2, max_size=7))
    def run(sequence: Sequence[tuple[str, Sequence[str]]]) -> None:
        try:
            assert_same(folder, base, sequence)
        finally:
            trees.remove(str(folder))  # entries are read-only

    run()
