"""What pip's configuration means for an install, with each backend."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.audit import recorded_audit_events
from support.projects import Project, build_wheel, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base

CHECK_ENTRY_POINT = (
    "from importlib.metadata import entry_points\n"
    "assert [point.name for point in entry_points(group='tools')] == ['one']"
)
backends = pytest.mark.parametrize("backend", ["uv", "pip"])


def make_source_with_build_requirement(folder: Path, requires: str, check: str) -> Path:
    """Write a project whose build runs a line of code, after importing what it requires."""
    source = make_source(folder, Project("mine"))
    pyproject = source / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("requires = []", f'requires = ["{requires}"]'))
    with (source / "backend.py").open("a") as file:
        file.write(f"\n{check}\n")
    return source


@pytest.fixture
def configure(venv: Venv, monkeypatch: pytest.MonkeyPatch) -> object:
    """Return a function that writes the ``pip.conf`` of the environment."""
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.setenv("XDG_CONFIG_DIRS", os.devnull)
    return lambda text: (venv.prefix / "pip.conf").write_text(f"[install]\n{text}\n")


@backends
@pytest.mark.parametrize("by", ["file", "variable"])
def test_what_would_install_elsewhere_never_does(
    backend: str,
    by: str,
    venv: Venv,
    index: Indexer,
    tmp_path: Path,
    configure: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index(Project("alpha"))
    elsewhere = tmp_path / "elsewhere"
    settings = {
        **dict.fromkeys(("target", "prefix", "root"), elsewhere),
        "user": "true",
        "python": elsewhere / "python",
    }
    if by == "file":
        configure("\n".join(f"{name} = {value}" for name, value in settings.items()))  # type: ignore[operator]
    else:
        for name, value in settings.items():
            monkeypatch.setenv(f"PIP_{name.upper()}", str(value))

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "install"}

    assert venv.version("alpha") == "1.0"
    assert not elsewhere.exists()
    monkeypatch.setenv("PIP_NO_DEPS", "1")
    assert actions(venv.install("alpha", "--force-reinstall", backend=backend)) == {"alpha": "install"}


@backends
def test_no_index_holds_beside_a_variable_that_uv_does_not_have(
    backend: str, venv: Venv, index: Indexer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index(Project("alpha", "2.0"))
    build_wheel(Project("alpha", "1.0"), tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_NO_INDEX", "0")

    venv.install("alpha", backend=backend)

    assert venv.version("alpha") == "1.0"


@pytest.mark.parametrize(("backend", "by"), [("uv", "variable"), ("uv", "option"), ("pip", "variable")])
def test_a_build_constraint_limits_what_builds_use(
    backend: str, by: str, venv: Venv, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("helper", "1.0"), Project("helper", "2.0"))
    source = make_source_with_build_requirement(
        tmp_path / "mine", "helper", "import helper; assert helper.__version__ == '1.0'"
    )
    (tmp_path / "limits.txt").write_text("helper<2\n")
    limits = str(tmp_path / "limits.txt")
    if by == "variable":
        monkeypatch.setenv("PIP_BUILD_CONSTRAINT", limits)
    options = ("--build-constraint", limits) if by == "option" else ()

    assert actions(venv.install(str(source), *options, backend=backend)) == {"mine": "install"}


@pytest.mark.parametrize(("backend", "mode"), [("uv", "inherit"), ("uv", "link"), ("pip", "link")])
def test_isolation_is_off_where_the_variable_is_false(
    backend: str, mode: str, venv: Venv, linked: Venv, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip reads it as the value of ``build-isolation`` (https://github.com/pypa/pip/issues/5735)."""
    target = linked if mode == "link" else venv
    entry_points = "[tools]\none = helper:main\n"
    base.install(Project("helper", "1.0", entry_points=entry_points))
    index()
    target.install("helper", backend=backend)
    source = make_source_with_build_requirement(
        target.prefix / "mine",
        "absent",
        CHECK_ENTRY_POINT,
    )
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")

    assert actions(target.install(str(source), backend=backend))["mine"] == "install"


@backends
def test_a_build_without_isolation_sees_the_entry_points_of_the_base(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """setuptools finds its commands and keywords by them. The view has none, and must not hide the originals."""
    base.install(Project("helper", "1.0", entry_points="[tools]\none = helper:main\n"))
    index()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "on_pythonpath.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "own"))
    source = make_source_with_build_requirement(
        tmp_path / "mine",
        "helper",
        f"import on_pythonpath\n{CHECK_ENTRY_POINT}",
    )

    plan = venv.install(str(source), "helper", "--no-build-isolation", backend=backend)

    assert actions(plan) == {"mine": "install", "helper": "reuse"}


@backends
def test_requirements_in_the_configuration_are_installed_too(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("beta"))
    index(*(Project(name) for name in ("alpha", "beta", "gamma")))
    (tmp_path / "one.txt").write_text("beta\n")
    (tmp_path / "two.txt").write_text("gamma\n")
    monkeypatch.setenv("PIP_REQUIREMENT", f"{tmp_path}/one.txt {tmp_path}/two.txt")

    plan = venv.install("alpha", backend=backend)

    assert actions(plan) == {"alpha": "install", "beta": "reuse", "gamma": "install"}
    with recorded_audit_events() as events:
        assert venv.install("alpha", backend=backend).changes == ()
    assert not [event for event, _ in events if event == "subprocess.Popen"]


@backends
def test_settings_that_ask_for_something_else_are_named(
    backend: str, venv: Venv, index: Indexer, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha"))
    monkeypatch.setenv("PIP_PLATFORM", "win_amd64")
    monkeypatch.setenv("PIP_DRY_RUN", "1")

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "install"}

    reason = "in pip's configuration is ignored: it is not for an environment"
    assert notes == [f"`--dry-run` {reason}", f"`--platform` {reason}"]


@backends
def test_an_isolated_install_ignores_variables_and_the_files_of_the_user(
    backend: str, venv: Venv, index: Indexer, empty_index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    for name in ("UV_DEFAULT_INDEX", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", empty_index)
    monkeypatch.setenv("PIP_CONSTRAINT", "absent.txt")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_text("[install]\nno-index = true\n")
    (venv.prefix / "pip.conf").write_text(f"[install]\nindex-url = {url}\n")

    assert actions(venv.install("alpha", "--isolated", backend=backend)) == {"alpha": "install"}

    assert venv.version("alpha") == "2.0"


@backends
def test_a_configuration_that_pip_cannot_read_is_an_error(
    backend: str, venv: Venv, index: Indexer, configure: object
) -> None:
    index(Project("alpha"))
    configure("no-index\n")  # type: ignore[operator]

    with pytest.raises(UsageError, match=r"cannot read pip's configuration in .*/venv/pip.conf"):
        venv.install("alpha", backend=backend)


@pytest.mark.registry
@backends
def test_a_guard_against_fresh_uploads_holds(backend: str, venv: Venv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_UPLOADED_PRIOR_TO", "2021-01-01")

    (step,) = venv.plan("colorama", backend=backend).installed

    assert step.version == "0.4.4"


@pytest.mark.registry
def test_setuptools_builds_without_isolation_over_a_base(venv: Venv, base: Base, tmp_path: Path) -> None:
    command = [str(base.python), "-m", "ensurepip"]
    subprocess.run(command, check=True, capture_output=True)
    command = [str(base.python), "-m", "pip", "install", "--quiet", "setuptools<80", "wheel"]
    subprocess.run(command, check=True)
    source = tmp_path / "mine"
    (source / "mine").mkdir(parents=True)
    (source / "mine" / "__init__.py").write_text("def main(): print('mine runs')\n")
    (source / "setup.py").write_text(
        "from setuptools import setup\nsetup(name='mine', version='1.0', packages=['mine'],"
        " entry_points={'console_scripts': ['mine=mine:main']})\n"
    )
    venv.install("setuptools", "wheel", str(source), "--no-build-isolation", backend="pip")

    assert venv.call(venv.prefix / "bin" / "mine") == "mine runs"
