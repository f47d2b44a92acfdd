"""The environment that a command is for if its options name none."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from thinvenv.cache import Cache
from thinvenv.cli.commands import environment_path
from thinvenv.context.context import Context
from thinvenv.errors import NotAnEnvironmentError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a directory below one with a `.venv`."""
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    (tmp_path / "src").mkdir()
    return tmp_path / "src"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of scripts of the environment that thinvenv runs in."""
    scripts = tmp_path / "tool" / "bin"
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "tool"))
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setattr(sys, "argv", [str(scripts / "thinvenv")])
    return scripts


def default_environment(cwd: Path, **environ: str | Path) -> str:
    context = Context({name: str(value) for name, value in environ.items()}, str(cwd), Cache(None))
    return environment_path(None, context)


def test_a_thinvenv_on_path_uses_the_nearest_environment_of_the_project(project: Path, tool: Path) -> None:
    local = str(project.parent / ".venv")

    assert default_environment(project, PATH=tool) == local
    assert default_environment(project, PATH=tool, VIRTUAL_ENV=tool) == str(tool)


def test_a_thinvenv_that_a_person_names_uses_its_own_environment(
    project: Path, tool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_environment(project, PATH="/usr/bin") == str(tool.parent)

    monkeypatch.setattr(sys, "argv", [str(tool.parent / "thinvenv" / "__main__.py")])
    assert default_environment(project, PATH=tool) == str(tool.parent)


def test_without_an_environment_of_the_project_it_is_that_of_thinvenv(tmp_path: Path, tool: Path) -> None:
    assert default_environment(tmp_path, PATH=tool) == str(tool.parent)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.usefixtures("tool")
def test_an_environment_that_another_user_puts_into_a_folder_of_all_users_is_passed_over(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its interpreter would run any code, for everyone who works somewhere below ``/tmp``."""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    project.parent.chmod(0o1777)
    os.chown(project.parent / ".venv", 54321, 54321)

    with pytest.raises(NotAnEnvironmentError, match=r"there is no \.venv"):
        default_environment(project)
