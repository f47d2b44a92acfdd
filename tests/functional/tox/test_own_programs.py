"""Commands of an environment that name uv or thinvenv."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer

OUTER_PATH = os.pathsep.join(("/usr/bin", "/bin"))
"""A ``PATH`` without uv and thinvenv: tox is often installed where they cannot be found."""


@pytest.fixture
def ini(project: ToxProject, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    base.install(Project("alpha"))
    index(Project("alpha"), Project("beta"))
    monkeypatch.setenv("PATH", OUTER_PATH)
    project.base = base
    return project


def write(project: ToxProject, body: str, mode: str = "off") -> None:
    head = f"[tox]\nno_package = true\n[testenv]\nbase_python = {project.base.python}\nthin_reuse = {mode}\n"
    project.write("tox.ini", f"{head}deps = alpha\n{body}\n")


@pytest.mark.parametrize(
    ("command", "mode"),
    [
        ("{list_dependencies_command}", "inherit"),
        ("{[testenv]list_dependencies_command}", "link"),
        ('sh -c "{list_dependencies_command} | cat"', "off"),
    ],
)
def test_the_command_that_lists_dependencies_runs_as_a_command(ini: ToxProject, command: str, mode: str) -> None:
    body = f"allowlist_externals = sh\ncommands_pre = {command}\ncommands = python -c \"print('done')\""
    if "[testenv]" in command:
        body = f"list_dependencies_command = thinvenv list --freeze\n{body}"
    write(ini, body, mode)

    result = ini.tox("run", "-e", "py")

    assert result.lines("done")
    assert [line for line in result.out.splitlines() if line.startswith("alpha==1.0")]
    assert not list(ini.env("py").site.glob("pip*"))


@pytest.mark.parametrize(
    ("command", "mode"),
    [
        ("uv pip install beta", "inherit"),
        ('sh -c "uv pip install beta"', "link"),
        ("uv pip install beta", "off"),
    ],
)
def test_uv_installs_into_the_environment(
    ini: ToxProject, command: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON", sys.executable)
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    write(
        ini, f'allowlist_externals = sh\ncommands = {command}\n    python -c "import beta; print(beta.__file__)"', mode
    )

    for _ in range(2):
        assert ini.tox("run", "-e", "py").lines(str(ini.env("py").site / "beta"))
    assert not list(ini.env("py").site.glob("pip*"))


def test_a_uv_of_the_environment_comes_first(ini: ToxProject, index: Indexer) -> None:
    modules = {"uv/__init__.py": "def main():\n    print('the uv of the environment')\n"}
    index(Project("uv", modules=modules, entry_points="[console_scripts]\nuv = uv:main\n"))
    write(ini, "    uv\ncommands = uv pip list")

    assert ini.tox("run", "-e", "py").lines("the uv of the environment")


def test_thinvenv_checks_the_environment(ini: ToxProject) -> None:
    write(ini, "commands = thinvenv check", "inherit")

    assert ini.tox("run", "-e", "py").lines(f"{ini.root / '.tox' / 'py'}: ok")


def test_other_programs_still_have_to_be_allowed(ini: ToxProject) -> None:
    write(ini, "commands = ls")

    assert ini.tox("run", "-e", "py", code=None).lines("ls is not allowed, use allowlist_externals to allow it")


@pytest.mark.parametrize(("backend", "variable"), [("uv", "HOME"), ("uv", "XDG_CACHE_HOME"), ("pip", "HOME")])
def test_a_home_in_the_environment_does_not_move_the_caches(
    ini: ToxProject, backend: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("UV_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    body = (
        f"set_env = {variable} = {{env_tmp_dir}}\ncommands = python -c \"import os; print(os.environ['{variable}'])\""
    )
    write(ini, f"thin_backend = {backend}\n{body}")

    folder = ini.root / ".tox" / "py" / "tmp"
    assert ini.tox("run", "-e", "py").lines(str(folder))

    assert list(folder.iterdir()) == []
    assert (tmp_path / "home" / ".cache" / "uv").exists() == (backend == "uv")
