"""Provisioning of tox: thinvenv is installed beside the provisioned tox, or the reason is reported."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from uv import find_uv_bin

from support import ROOT
from support.projects import Project
from thinvenv.tox import provisioning

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer


def test_thinvenv_is_added_to_requires_once() -> None:
    assert [requirement.name for requirement in provisioning.own_requirement([Requirement("tox>=4")])] == ["thinvenv"]
    assert provisioning.own_requirement([Requirement("tox>=4"), Requirement("ThinVenv>=0.1")]) == []


def test_a_failed_install_beside_the_provisioned_tox_is_reported(project: ToxProject, index: Indexer) -> None:
    # This index has a tox that starts, but not the requirements of thinvenv.
    fake = Project("tox", "99.0", modules={"tox/__init__.py": "", "tox/__main__.py": "print('provisioned')\n"})
    index(fake, Project("plugin"))
    project.write("tox.ini", "[tox]\nrequires =\n    tox>=99\n    plugin\n")

    run = project.tox("run", "-e", "py")

    assert run.lines("install_plugin")
    assert run.lines("thinvenv could not be installed beside the provisioned tox")
    assert run.lines("provisioned")


def test_thinvenv_is_not_installed_beside_a_tox_that_is_too_old(project: ToxProject, index: Indexer) -> None:
    index(Project("tox", "4.49", modules={"tox/__init__.py": "", "tox/__main__.py": "print('provisioned')\n"}))
    project.write("tox.ini", "[tox]\nrequires = tox<4.50\n")

    run = project.tox("run", "-e", "py")

    assert run.lines("`requires` brings tox 4.49 but thinvenv needs tox 4.58 or later")
    assert not run.lines("install_plugin")
    assert run.lines("provisioned")


@pytest.mark.registry
def test_a_tox_that_is_too_old_is_reported(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    source = ROOT
    subprocess.run([find_uv_bin(), "venv", "-q", "--python", sys.executable, tmp_path / "venv"], check=True)
    subprocess.run([find_uv_bin(), "pip", "install", "-q", "--python", python, "tox<4.52", source], check=True)

    done = subprocess.run([python, "-m", "tox", "--version"], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "thinvenv needs tox 4.58 or later, this is 4.51" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.registry
def test_thinvenv_is_installed_beside_the_provisioned_tox(
    project: ToxProject, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("alpha"))
    index()
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.delenv(name)
    project.write(
        "tox.ini",
        "[tox]\nrequires = iniconfig<2.1\nno_package = true\n"
        f"[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\ndeps = alpha\n",
    )

    assert project.tox("run", "-e", "py").lines("py: thin reuse 1")
