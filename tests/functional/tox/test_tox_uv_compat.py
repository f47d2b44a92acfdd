"""Projects that use the runner of tox-uv for some environments; a project plugin stands for tox-uv here."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Project, make_source

if TYPE_CHECKING:
    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer

PLUGIN = """
    from tox.plugin import impl
    from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvPackager
    from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner

    class Runner(VirtualEnvRunner):
        @staticmethod
        def id():
            return "uv-venv-runner"

        @property
        def _package_tox_env_type(self):
            return "uv-venv-pep-517"

    class Packager(Pep517VirtualEnvPackager):
        @staticmethod
        def id():
            return "uv-venv-pep-517"

    @impl
    def tox_register_tox_env(register):
        register.add_run_env(Runner)
        register.add_package_env(Packager)
"""


@pytest.mark.parametrize(("first", "setting_place"), [("ours", "in the file"), ("theirs", "on the command line")])
def test_one_environment_builds_the_package_for_both_runners(
    project: ToxProject, base: Base, index: Indexer, first: str, setting_place: str
) -> None:
    index()
    make_source(project.root, Project("mine", "0.1"))
    project.write("toxfile.py", PLUGIN)
    project.write(
        "tox.ini",
        f"""
        [tox]
        env_list = {"ours, theirs" if first == "ours" else "theirs, ours"}
        [testenv]
        base_python = {base.python}
        package = wheel
        commands = python -c "import mine; print('mine', mine.__version__)"
        [testenv:theirs]
        {"runner = uv-venv-runner" if setting_place == "in the file" else "description = theirs"}
        """,
    )
    words = ["-x", "testenv:theirs.runner=uv-venv-runner"] if setting_place == "on the command line" else []

    done = subprocess.run(
        [sys.executable, "-m", "tox", *words], cwd=project.root, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("mine 0.1") == 2
    assert "ours: thin reuse 0, install 1" in done.stdout
    assert "run tox with `--runner thinvenv` to use it" in done.stdout
