"""Reuse mode ``link``: no operation on the environment changes the base.

The base is writable, so file permissions do not protect it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.projects import Project
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import Indexer, Venv
from thinvenv.backends.uv_program import find_uv
from thinvenv.creation import create
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    State = dict[str, tuple[int, int, str]]


@pytest.fixture
def linked(tmp_path: Path, base: Base, notes: list[str]) -> Venv:
    """Return an environment that links all sample projects of a base."""
    base.install(*SAMPLE_PROJECTS)
    venv = Venv(tmp_path / "linked", notes)
    create.create(venv.prefix, venv.context, python=str(base.python), reuse="link")
    venv.install(*SAMPLE_NAMES)
    return venv


@pytest.fixture
def unchanged(linked: Venv, base: Base) -> Callable[[], bool]:
    """Return a function that returns whether the base is as it was after the install."""
    assert linked.prefix.is_dir()
    before = snapshot(base.prefix)
    return lambda: snapshot(base.prefix) == before


def _pip(venv: Venv, *words: str) -> None:
    venv.call(sys.executable, "-m", "pip", "--python", str(venv.python), *words)


def _uv(venv: Venv, verb: str, *words: str) -> None:
    uv = find_uv(venv.context.environ)
    assert uv
    venv.call(uv, "pip", verb, "--python", str(venv.python), *words)


def _names(venv: Venv) -> set[str]:
    return set(venv.run("import importlib.metadata as m; print(*(d.name for d in m.distributions()))").split())


def test_pip_uninstall(linked: Venv, unchanged: Callable[[], bool]) -> None:
    _pip(linked, "uninstall", "--yes", *SAMPLE_NAMES)

    assert unchanged()
    assert not _names(linked) & set(SAMPLE_NAMES)
    assert not [path for path in linked.prefix.rglob("*") if path.is_symlink() and "site-packages" in str(path.parent)]


def test_uv_pip_uninstall(linked: Venv, unchanged: Callable[[], bool]) -> None:
    _uv(linked, "uninstall", *SAMPLE_NAMES)

    assert unchanged()
    assert not _names(linked) & set(SAMPLE_NAMES)
    assert not [path for path in linked.site.rglob("*") if path.is_symlink()]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_uninstalling_one_distribution_keeps_the_others(linked: Venv, unchanged: Callable[[], bool], name: str) -> None:
    _uv(linked, "uninstall", name)

    assert unchanged()
    assert set(SAMPLE_NAMES) - _names(linked) == {name}
    linked.install(*SAMPLE_NAMES)
    assert set(SAMPLE_NAMES) <= _names(linked)
    assert linked.run("import ns.deep.one, ns.deep.two, pk.one, pk.two, tree.leaf, single, plug.hooks") == ""
    assert unchanged()


def _newer(index: Indexer) -> None:
    index(*(Project(project.name, "2.0", modules=_modules(project)) for project in SAMPLE_PROJECTS))


def _modules(project: Project) -> dict[str, str]:
    return {
        name.replace("-1.0.data", "-2.0.data"): text.replace("1.0", "2.0") + ("# new\n" if name.endswith(".py") else "")
        for name, text in project.modules.items()
    }


def test_pip_install_upgrade(linked: Venv, index: Indexer, unchanged: Callable[[], bool]) -> None:
    _newer(index)

    _pip(linked, "install", "--upgrade", *SAMPLE_NAMES)

    assert unchanged()
    assert (linked.version("tree"), linked.version("single")) == ("2.0", "2.0")


def test_uv_pip_install_reinstall(linked: Venv, index: Indexer, unchanged: Callable[[], bool]) -> None:
    index(*SAMPLE_PROJECTS)

    _uv(linked, "install", "--reinstall", *SAMPLE_NAMES)

    assert unchanged()
    assert not [path for path in linked.site.rglob("*") if path.is_symlink()]
    assert linked.run("import ns.deep.one, ns.deep.two, pk.one, pk.two, tree.leaf, single, plug.hooks") == ""


def test_uv_pip_sync(linked: Venv, index: Indexer, tmp_path: Path, unchanged: Callable[[], bool]) -> None:
    _newer(index)
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("single==1.0\ntree==2.0\n")

    _uv(linked, "sync", str(wanted))

    assert unchanged()
    assert _names(linked) == {"single", "tree"}
    assert (linked.version("tree"), linked.version("single")) == ("2.0", "1.0")


@pytest.mark.parametrize("installer", [_pip, _uv])
def test_installing_a_new_part_of_a_linked_namespace(
    linked: Venv, index: Indexer, unchanged: Callable[[], bool], installer: Callable[..., None]
) -> None:
    index(
        Project("ns-three", modules={"ns/deep/three/__init__.py": ""}), Project("pk-three", modules={"pk/three.py": ""})
    )

    installer(linked, "install", "ns-three", "pk-three")

    assert unchanged()
    assert linked.run("import ns.deep.one, ns.deep.three, pk.one, pk.three") == ""


def test_installing_files_into_the_package_of_another_distribution(
    linked: Venv, index: Indexer, unchanged: Callable[[], bool]
) -> None:
    """Two distributions may have the same package, as opencv-python and opencv-python-headless."""
    index(Project("grafted", requires=("tree",), modules={"tree/graft.py": "", "tree/leaf.py": "name = 'grafted'\n"}))

    linked.install("grafted")

    assert unchanged()
    assert linked.run("import tree.leaf, tree.graft, tree.inner; print(tree.leaf.name)") == "grafted"


@pytest.mark.parametrize("how", ["pip", "pip --compile", "hardlink", "copy", "symlink", "clone"])
def test_another_installer_writes_into_a_linked_package(
    linked: Venv, index: Indexer, unchanged: Callable[[], bool], how: str
) -> None:
    modules = {
        "tree/graft.py": "",
        "tree/leaf.py": "name = 'grafted'\n",
        "tree/plugins/mine.py": "",
        "tree-stubs/graft.pyi": "",
        "plug/inner/more.py": "",
        "pk/graft.py": "",
        "single.py": "name = 'grafted'\n",
        "grafted-1.0.data/data/share/tree/readme.txt": "grafted\n",
        "grafted-1.0.data/headers/tree.h": "/* grafted */\n",
    }
    index(Project("grafted", modules=modules))

    if how.startswith("pip"):
        _pip(linked, "install", *how.split()[1:], "grafted")
    else:
        _uv(linked, "install", "--link-mode", how, "grafted")

    assert unchanged()
    script = "import tree.leaf, tree.graft, tree.plugins.mine, tree.inner, single; print(tree.leaf.name, single.name)"
    assert linked.run(script) == "grafted grafted"
    linked.install(*SAMPLE_NAMES, "tree<3")
    assert linked.run("import tree.graft, tree.inner, pk.one, pk.graft") == ""
    _pip(linked, "uninstall", "--yes", "grafted")
    linked.install(*SAMPLE_NAMES, "tree>=1")
    assert linked.run("import tree.leaf, single; print(single.__version__)") == "1.0"
    assert unchanged()


@pytest.mark.parametrize("installer", [_pip, _uv])
def test_check_reports_files_written_through_a_link(
    linked: Venv, base: Base, index: Indexer, installer: Callable[..., None]
) -> None:
    """A subpackage is a single link to a directory, so other installers can write through it."""
    index(Project("grafted", modules={"tree/inner/graft.py": "", "grafted.py": ""}))

    installer(linked, "install", "grafted")

    assert (base.site / "tree" / "inner" / "graft.py").is_file()
    findings = [finding.text for finding in check.check(linked.prefix, linked.context).findings]
    assert findings == [f"an install of grafted 1.0 wrote tree/inner/graft.py through a link into {base.site}"]


def test_check_reports_files_that_pip_wrote_over_links(linked: Venv, base: Base, index: Indexer) -> None:
    index(*SAMPLE_PROJECTS)

    _pip(linked, "install", "--ignore-installed", "--no-compile", "tree")

    findings = [finding.text for finding in check.check(linked.prefix, linked.context).findings]
    assert f"an install of tree 1.0 wrote tree.libs/libtree-1.so and 1 more through a link into {base.site}" in findings


def test_pip_install_force_reinstall(linked: Venv, index: Indexer, unchanged: Callable[[], bool]) -> None:
    index(*SAMPLE_PROJECTS)

    _pip(linked, "install", "--force-reinstall", "--compile", *SAMPLE_NAMES)
    _pip(linked, "check")

    assert unchanged()
    assert linked.run("import ns.deep.one, ns.deep.two, pk.one, pk.two, tree.leaf, single, plug.hooks") == ""


def test_compiling_the_environment(linked: Venv, unchanged: Callable[[], bool]) -> None:
    linked.call(linked.python, "-m", "compileall", "-q", str(linked.site))
    linked.call(linked.python, "-m", "compileall", "-q", "-f", "-o", "1", str(linked.site))

    assert unchanged()
    assert linked.run("import tree.leaf, ns.deep.one, pk.two, single") == ""


def test_uv_pip_sync_of_linked_distributions(
    linked: Venv, index: Indexer, tmp_path: Path, unchanged: Callable[[], bool]
) -> None:
    index(*SAMPLE_PROJECTS)
    wanted = tmp_path / "wanted.txt"
    wanted.write_text("".join(f"{name}==1.0\n" for name in SAMPLE_NAMES))

    _uv(linked, "sync", "--reinstall-package", "tree", str(wanted))

    assert unchanged()
    assert set(SAMPLE_NAMES) <= _names(linked)
    assert linked.run("import tree.leaf, ns.deep.one, pk.two, single") == ""


def test_removing_the_environment(linked: Venv, unchanged: Callable[[], bool]) -> None:
    subprocess.run(["rm", "-rf", str(linked.prefix)], check=True)

    assert unchanged()


def test_replacing_the_environment(linked: Venv, base: Base, unchanged: Callable[[], bool]) -> None:
    create.create(linked.prefix, linked.context, python=str(base.python), reuse="link", clear=True)
    shutil.rmtree(linked.prefix)

    assert unchanged()


@pytest.mark.parametrize("maker", ["uv", "venv", "virtualenv"])
def test_another_tool_clears_the_environment(
    linked: Venv, base: Base, unchanged: Callable[[], bool], maker: str
) -> None:
    uv = find_uv(linked.context.environ)
    assert uv
    commands: dict[str, tuple[str | Path, ...]] = {
        "uv": (uv, "venv", "--clear", "--python", base.python),
        "venv": (base.python, "-m", "venv", "--without-pip", "--clear"),
        "virtualenv": (sys.executable, "-m", "virtualenv", "--no-seed", "--clear", "-p", base.python),
    }

    linked.call(*commands[maker], linked.prefix)

    assert unchanged()
    assert not _names(linked)


def test_tox_recreate(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(*SAMPLE_PROJECTS)
    index()
    before = snapshot(base.prefix)
    (tmp_path / "tox.ini").write_text(
        "[tox]\nno_package = true\nenv_list = a\n[testenv]\nthin_reuse = link\n"
        f"base_python = {base.python}\ndeps =\n"
        + "".join(f"    {name}\n" for name in SAMPLE_NAMES)
        + "commands = python -c 'import tree.leaf, ns.deep.one, pk.two, single'\n"
    )
    tox = [sys.executable, "-m", "tox", "run", "-c", str(tmp_path), "--workdir", str(tmp_path / "work")]

    first = subprocess.run(tox, capture_output=True, text=True, check=False)
    second = subprocess.run([*tox, "-r"], capture_output=True, text=True, check=False)

    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr + second.stdout + second.stderr
    assert [path for path in (tmp_path / "work").rglob("leaf.py") if path.is_symlink()]
    assert snapshot(base.prefix) == before
