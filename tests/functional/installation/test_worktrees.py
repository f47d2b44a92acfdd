"""Checkouts of one project, each with an environment over that of the first: each imports its own code.

With the build backends themselves, downloaded from a package registry: ``pytest -m worktrees -n 2`` takes minutes.
``unit/environments/test_worktrees.py`` tries more combinations of what they write.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support.command_line import thinvenv
from thinvenv.backends.uv_program import find_uv

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.worktrees, pytest.mark.registry]


class Layout(NamedTuple):
    """A build backend, and how a project is laid out for it.

    Attributes:
        requires: What the backend is installed as.
        backend: Its name in ``pyproject.toml``.
        root: The folder of the modules.
        package: The package.
        settings: Further settings in ``pyproject.toml``.

    """

    requires: str
    backend: str
    root: str = ""
    package: str = "proj"
    settings: str = ""


FIND_BELOW_SRC = "[tool.setuptools.packages.find]\nwhere = ['src']"
SETUPTOOLS = Layout(
    "setuptools", "setuptools.build_meta", settings="[tool.setuptools.packages.find]\ninclude=['*proj*']"
)
HATCHLING = Layout("hatchling", "hatchling.build", settings="[tool.hatch.build.targets.wheel]\npackages = ['proj']")
FLIT = Layout("flit_core>=3.12", "flit_core.buildapi")
MESON = Layout("meson-python", "mesonpy")
LAYOUTS = {
    "setuptools, a finder": SETUPTOOLS,
    "setuptools, a path file": SETUPTOOLS._replace(root="src", settings=FIND_BELOW_SRC),
    "setuptools, a namespace behind a finder": SETUPTOOLS._replace(package="space/proj"),
    "setuptools, a namespace": SETUPTOOLS._replace(root="src", package="space/proj", settings=FIND_BELOW_SRC),
    "hatchling, flat": HATCHLING,
    "hatchling, src": HATCHLING._replace(root="src", settings=""),
    "hatchling, a namespace": HATCHLING._replace(
        root="src",
        package="space/proj",
        settings="[tool.hatch.build.targets.wheel]\npackages = ['src/space']",
    ),
    "flit, flat": FLIT,
    "flit, src": FLIT._replace(root="src"),
    "flit, a namespace": FLIT._replace(
        root="src", package="space/proj", settings="[tool.flit.module]\nname = 'space.proj'"
    ),
    "meson-python, flat": MESON,
    "meson-python, a namespace": MESON._replace(root="src", package="space/proj"),
}
CHANGED = [
    ("setuptools, a finder", "setuptools, a path file"),
    ("setuptools, a path file", "setuptools, a finder"),
    ("setuptools, a finder", "flit, flat"),
    ("hatchling, src", "meson-python, flat"),
    ("meson-python, flat", "flit, src"),
]
"""The layouts of the worktree and of the first checkout, where the worktree has another one."""


@pytest.fixture(autouse=True)
def _only_if_selected(request: pytest.FixtureRequest) -> None:
    if "worktrees" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes, and runs with -m worktrees")


@pytest.fixture(scope="session")
def ninja(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ninja, which meson-python looks for on ``PATH`` whenever a module is imported."""
    tools = tmp_path_factory.mktemp("tools")
    uv(tools, "venv", "--quiet", "--python", sys.executable, tools / "env")
    uv(tools, "pip", "install", "--quiet", "--python", tools / "env", "ninja")
    return tools / "env" / "bin"


@pytest.mark.parametrize("is_main_first", [True, False], ids=["main first", "main later"])
@pytest.mark.parametrize(("tree", "main"), [*((name, name) for name in LAYOUTS), *CHANGED])
def test_a_worktree_imports_its_own_code(
    tree: str, main: str, tmp_path: Path, ninja: Path, monkeypatch: pytest.MonkeyPatch, *, is_main_first: bool
) -> None:
    monkeypatch.setenv("PATH", f"{ninja}{os.pathsep}{os.environ['PATH']}")
    write_checkout(tmp_path / "tree", LAYOUTS[tree])
    write_checkout(tmp_path / "main", LAYOUTS[main])
    base = tmp_path / "main" / ".venv"
    uv(tmp_path, "venv", "--quiet", "--python", sys.executable, base)
    install_main = ("pip", "install", "--quiet", "--python", base, "--editable", tmp_path / "main")
    if is_main_first:
        uv(tmp_path, *install_main)
    envs = [tmp_path / "tree" / f".venv-{mode}" for mode in ("inherit", "link")]
    for env, mode in zip(envs, ("inherit", "link"), strict=True):
        created = thinvenv("create", env, "--base", base, "--reuse", mode, "-e", ".", cwd=tmp_path / "tree")
        assert created.code == 0, created.err
    if not is_main_first:
        uv(tmp_path, *install_main)

    package = LAYOUTS[tree].package.replace("/", ".")
    assert [labels_in(env, package) for env in envs] == [["tree"] * 3] * 2
    if tree == main:
        assert labels_in(base, package) == ["main"] * 3


def write_checkout(root: Path, layout: Layout) -> None:
    """Write a checkout whose modules have its name as their label."""
    package = root / layout.root / layout.package
    (package / "sub").mkdir(parents=True)
    for path in (package / "__init__.py", package / "sub" / "__init__.py", package / "sub" / "deep.py"):
        path.write_text(f'"""A module."""\n__version__ = "1.0"\nLABEL = {root.name!r}\n')
    (root / "pyproject.toml").write_text(
        f"[build-system]\nrequires = ['{layout.requires}']\nbuild-backend = '{layout.backend}'\n"
        f"[project]\nname = 'proj'\nversion = '1.0'\ndescription = 'a project'\n{layout.settings}\n"
    )
    files = f"'{package.relative_to(root)}', install_dir: py.get_install_dir() / '{os.path.dirname(layout.package)}'"
    (root / "meson.build").write_text(
        "project('proj', version: '1.0')\npy = import('python').find_installation(pure: true)\n"
        f"install_subdir({files})\n"
    )
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)


def labels_in(env: Path, package: str) -> list[str]:
    """Return the labels of a package and its modules, as an environment imports them."""
    names = [package, f"{package}.sub", f"{package}.sub.deep"]
    script = f"import importlib\nfor name in {names}: print(importlib.import_module(name).LABEL)"
    process = subprocess.run([env / "bin" / "python", "-c", script], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stdout.split()


def uv(cwd: Path, *arguments: str | Path) -> None:
    subprocess.run([str(find_uv(os.environ)), *map(str, arguments)], cwd=cwd, check=True)
