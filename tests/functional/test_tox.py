"""The plugin of tox: the main job, run by tox itself over bases that the tests make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, make_source
from support.tox_projects import ToxProject

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venvs import Indexer

TOOL = Project(
    "tool",
    modules={"tool.py": "import sys\ndef main():\n    print('tool of', sys.prefix)\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)


@pytest.fixture
def project(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    root = tmp_path / "project"
    root.mkdir()
    return ToxProject(root, capfd, monkeypatch)


def test_deps_and_the_project_are_installed_over_the_base(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(TOOL, Project("alpha", "1.0"))
    index(Project("alpha", "2.0"), Project("beta", "3.0", requires=("alpha",)))
    make_source(project.root, Project("mine", "0.1", requires=("beta",)))
    project.write(
        "tox.ini",
        f"""
        [testenv]
        base_python = {base.python}
        system_site_packages = true
        deps = tool
        commands =
            tool
            python -c "import mine, beta, alpha; print(mine.__version__, beta.__version__, alpha.__version__)"
        """,
    )

    run = project.tox("run", "-e", "py")

    assert f"tool of {project.env('py').prefix}" in run.out
    assert "0.1 3.0 1.0" in run.out
    assert not list(project.env("py").site.glob("alpha*"))
    assert not list(project.env("py").site.glob("pip*"))


def test_an_environment_that_does_not_see_the_base_reuses_nothing(
    project: ToxProject, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "2.0"))
    project.write(
        "tox.ini",
        f"""
        [tox]
        no_package = true
        [testenv]
        base_python = {base.python}
        deps = alpha
        commands = python -c "import alpha; print('alpha', alpha.__version__)"
        """,
    )

    run = project.tox("run", "-e", "py")

    assert run.lines("alpha 2.0")
    assert run.lines("> thinvenv install alpha")
