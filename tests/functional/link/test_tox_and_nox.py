"""Reuse mode ``link`` under tox and nox: first and second runs, and a change of the mode."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.noxfiles import Nox
from support.projects import Project, make_source
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.tox_projects import ToxProject
    from support.venv import Indexer

_IMPORTS = "import tree.leaf, ns.deep.one, ns.deep.two, pk.one, pk.two, single, plug.hooks, ns.deep.own"
_ABSENT = "import importlib.util as u; assert u.find_spec('undeclared') is None"
_OWN = Project("own", requires=SAMPLE_NAMES, modules={"ns/deep/own/__init__.py": ""})


@pytest.fixture
def unchanged(base: Base, index: Indexer) -> Callable[[], bool]:
    """Fill the base, and return a function that returns whether it has not changed since."""
    base.install(*SAMPLE_PROJECTS, Project("undeclared"))
    index(*SAMPLE_PROJECTS)
    before = snapshot(base.prefix)
    return lambda: snapshot(base.prefix) == before


def _links(folder: Path) -> list[str]:
    paths = (os.path.join(where, name) for where, folders, names in os.walk(folder) for name in (*folders, *names))
    return sorted(path for path in paths if os.path.islink(path) and f"{os.sep}bin{os.sep}" not in path)


def test_link_mode_under_tox(project: ToxProject, base: Base, unchanged: Callable[[], bool]) -> None:
    make_source(project.root, _OWN)
    text = f"""
        [tox]
        env_list = a, b
        [testenv]
        base_python = {base.python}
        thin_reuse = MODE
        package = wheel
        allowlist_externals = tree
        commands =
            python -c "{_IMPORTS}"
            python -c "{_ABSENT}"
            tree
    """
    project.write("tox.ini", text.replace("MODE", "link"))

    project.tox("run-parallel", "--parallel", "2")
    first = {name: _links(project.env(name).site) for name in "ab"}
    project.tox("run")
    second = {name: _links(project.env(name).site) for name in "ab"}
    project.tox("run", "-r", "-e", "b")

    assert unchanged()
    assert first == second
    assert len(first["a"]) == len(first["b"]) > 10
    project.write("tox.ini", text.replace("MODE", "off"))
    project.tox("run", "-e", "a")
    assert not [link for link in _links(project.env("a").site) if os.path.realpath(link).startswith(str(base.prefix))]
    project.write("tox.ini", text.replace("MODE", "link"))
    project.tox("run", "-e", "a")
    assert unchanged()


@pytest.mark.parametrize("backend", ["uv", "virtualenv"])
def test_link_mode_under_nox(tmp_path: Path, base: Base, unchanged: Callable[[], bool], backend: str) -> None:
    nox = Nox(tmp_path / "project", base.python)
    make_source(nox.folder, _OWN)
    text = f"""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend={backend!r}, thin_reuse=MODE)
        def tests(session):
            session.install("-e", ".")
            session.run("python", "-c", "{_IMPORTS}")
            session.run("python", "-c", "{_ABSENT}")
            session.run("tree")
    """
    nox.write(text.replace("MODE", "'link'"))

    nox.run().ok()
    first = _links(nox.prefix())
    nox.run("-r").ok()
    second = _links(nox.prefix())
    nox.run("-R", "--no-install").ok()

    assert unchanged()
    assert first == second
    assert [link for link in first if link.endswith("leaf.py")]
    nox.write(text.replace("MODE", "'inherit'").replace(_ABSENT, "import undeclared"))
    nox.run("-r", PYTHONDONTWRITEBYTECODE="1").ok()
    assert not [link for link in _links(nox.prefix()) if link.endswith("leaf.py")]
    nox.write(text.replace("MODE", "'link'"))
    nox.run("-r").ok()
    assert _links(nox.prefix()) == first
    assert unchanged()
