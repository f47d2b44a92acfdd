"""tox describes and creates environments without a command line of virtualenv."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version
from tox.tox_env.python.virtual_env import api
from virtualenv import __version__ as virtualenv_version
from virtualenv import session_via_cli

from support.bases import installed_interpreters, make_base
from support.projects import Project
from thinvenv.tox.fast_describe import discovery_for

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject

KEYS = ("env_python", "env_bin_dir", "env_site_packages_dir", "env_site_packages_dir_plat", "py_dot_ver", "py_impl")
SHOW = "python -c 'import sys, alpha; print(sys.base_prefix, alpha.__version__)'"


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the list of the command lines of virtualenv that tox makes sessions of."""
    sessions: list[list[str]] = []
    real = session_via_cli

    def spy(args: list[str], **options: Any) -> Any:
        sessions.append(args)
        return real(args, **options)

    monkeypatch.setattr(api, "session_via_cli", spy)
    return sessions


@pytest.fixture
def ini(project: ToxProject, base: Base) -> ToxProject:
    """Return a project whose base has ``alpha``."""
    base.install(Project("alpha", "1.0"))
    write(project, base)
    return project


def write(project: ToxProject, base: Base, more: str = "") -> None:
    text = f"[tox]\nno_package = true\n[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\n"
    project.write("tox.ini", f"{text}deps = alpha\ncommands = {SHOW}\n{more}\n")


def test_a_second_run_needs_no_command_line_of_virtualenv(
    ini: ToxProject, base: Base, sessions: list[list[str]]
) -> None:
    first = ini.tox("run", "-e", "py")
    sessions.clear()
    second = ini.tox("run", "-e", "py")

    assert first.lines(f"{base.prefix} 1.0")
    assert second.lines(f"{base.prefix} 1.0")
    assert sessions == []


def test_the_description_equals_that_of_a_session(ini: ToxProject, sessions: list[list[str]]) -> None:
    before = ini.tox("config", "-e", "py", "-k", *KEYS).out
    ini.tox("run", "-e", "py")
    sessions.clear()

    after = ini.tox("config", "-e", "py", "-k", *KEYS).out

    assert (after, sessions) == (before, [])


def test_symbolic_links_are_followed_as_a_session_does(ini: ToxProject, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (ini.root / ".tox").symlink_to(tmp_path / "disk")

    before = ini.tox("config", "-e", "py", "-k", *KEYS).out
    ini.tox("run", "-e", "py")

    assert ini.tox("config", "-e", "py", "-k", *KEYS).out == before


def test_the_second_run_selects_the_same_of_several_interpreters(ini: ToxProject, base: Base, tmp_path: Path) -> None:
    """Which one is selected depends on the version of tox."""
    other = make_base(tmp_path / "other")
    other.install(Project("alpha", "1.0"))
    ini.write(
        "tox.ini", (ini.root / "tox.ini").read_text().replace(str(base.python), f"{base.python}\n  {other.python}")
    )
    before = ini.tox("run", "-e", "py").lines(" 1.0")

    assert ini.tox("run", "-e", "py").lines(" 1.0") == before


def test_try_first_with_variable_needs_a_session(ini: ToxProject, base: Base, sessions: list[list[str]]) -> None:
    write(ini, base, "set_env = VIRTUALENV_TRY_FIRST_WITH = /nowhere,/absent")
    ini.tox("run", "-e", "py", "--discover", "/nowhere,/absent")

    ini.tox("run", "-e", "py", "--discover", "/nowhere,/absent")

    assert len(sessions) == 2


def test_unreadable_settings_files_are_ignored(ini: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    ini.tox("run", "-e", "py")
    monkeypatch.setenv("TOX_USER_CONFIG_FILE", str(ini.root / "absent"))
    monkeypatch.setenv(
        "XDG_CONFIG_HOME", str(ini.root / ("x" * 300))
    )  # too long for a file name, which is another error than a missing file

    assert ini.tox("run", "-e", "py").lines(" 1.0")


def test_another_interpreter_recreates_the_environment(ini: ToxProject, tmp_path: Path) -> None:
    ini.tox("run", "-e", "py")
    other = make_base(tmp_path / "other")
    other.install(Project("alpha", "2.0"))
    write(ini, other)

    run = ini.tox("run", "-e", "py")

    assert run.lines("recreate env")
    assert run.lines(f"{other.prefix} 2.0")


def test_a_removed_interpreter_is_reported(ini: ToxProject, base: Base) -> None:
    ini.tox("run", "-e", "py")
    base.python.unlink()

    run = ini.tox("run", "-e", "py", code=None)

    assert "could not find python interpreter" in run.out


@pytest.mark.parametrize(
    "more",
    [
        "set_env = VIRTUALENV_DISCOVERY = builtin",
        "set_env = VIRTUALENV_CREATOR = builtin",
        "set_env = VIRTUALENV_APP_DATA = {env_dir}/data",
    ],
)
def test_settings_of_virtualenv_need_a_session(
    ini: ToxProject, base: Base, sessions: list[list[str]], more: str
) -> None:
    write(ini, base, more)
    ini.tox("run", "-e", "py")

    ini.tox("run", "-e", "py")

    assert len(sessions) == 2


def test_a_settings_file_of_virtualenv_needs_a_session(
    ini: ToxProject, sessions: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ini.tox("run", "-e", "py")
    sessions.clear()
    settings = tmp_path / "config" / "virtualenv" / "virtualenv.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[virtualenv]\ndiscovery = builtin\n")

    ini.tox("run", "-e", "py")

    assert len(sessions) == 1


def test_an_environment_of_another_virtualenv_version_has_the_same_description(ini: ToxProject) -> None:
    ini.tox("run", "-e", "py")
    before = ini.tox("config", "-e", "py", "-k", *KEYS).out
    config = ini.env("py").prefix / "pyvenv.cfg"
    config.write_text(config.read_text().replace("virtualenv = ", "virtualenv = 1."))

    assert ini.tox("config", "-e", "py", "-k", *KEYS).out == before
    assert ini.tox("run", "-e", "py").lines(" 1.0")


@pytest.mark.skipif("3.8" not in installed_interpreters(), reason="there is no Python 3.8")
@pytest.mark.skipif(Version(virtualenv_version) < Version("21.5"), reason="it has a pip for Python 3.8")
def test_a_python_without_bundled_pip_is_reported(project: ToxProject) -> None:
    python = installed_interpreters()["3.8"]
    text = f"[tox]\nno_package = true\n[testenv]\nbase_python = {python}\ncommands = pip --version\n"
    project.write("tox.ini", text)

    run = project.tox("run", "-e", "py", code=1)

    assert run.lines("virtualenv has no pip for this environment")
    assert "Traceback" not in run.out + run.err


def test_the_first_interpreter_of_several_comes_first() -> None:
    env: Any = SimpleNamespace(conf={"base_python": ["3.12", "3.11"]})
    discovery = discovery_for(env, {"VIRTUALENV_PYTHON": "<0"})

    assert discovery is not None
    assert list(discovery.python_spec) == ["3.12", "3.11"]
