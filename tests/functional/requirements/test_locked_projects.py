"""The ``uv.lock`` of a project: followed by ``sync --locked``, tox and nox."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import thinvenv
from support.command_line import thinvenv as call
from support.noxfiles import Nox
from support.projects import Project, lock_project, make_index, make_source
from support.tox_projects import ToxProject

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

GROUPS = '[dependency-groups]\ndev = ["gamma"]\ntest = ["beta"]\n[project.optional-dependencies]\nfast = ["delta"]\n'


@pytest.fixture
def project(tmp_path: Path, base: Base, index: Indexer) -> Path:
    """Return a project with a lock. It requires ``alpha``, which the base has."""
    base.install(Project("alpha"))
    index(*map(Project, ("alpha", "beta", "gamma", "delta")))
    source = make_source(tmp_path / "project", Project("mine", requires=("alpha",)))
    with (source / "pyproject.toml").open("a") as file:
        file.write(GROUPS)
    lock_project(source)
    index(*(Project(name, "2.0") for name in ("alpha", "beta", "gamma", "delta")))
    return source


def names(venv: Venv) -> set[str]:
    return {path.name.split("-")[0] for path in venv.site.glob("*.dist-info")}


def test_sync_installs_what_the_lock_selects(project: Path, linked: Venv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    sync = ("sync", "--env", str(linked.prefix), "--locked")

    assert call(*sync).code == 0
    assert names(linked) == {"mine", "alpha", "gamma"}
    assert str(project) in linked.run("import mine; print(mine.__file__)")

    assert call(*sync, "--group", "test", "--extra", "fast", "--no-editable").code == 0
    assert names(linked) == {"mine", "alpha", "beta", "delta"}
    assert linked.version("beta") == "1.0"
    assert str(linked.prefix) in linked.run("import mine; print(mine.__file__)")
    with monkeypatch.context() as without_processes:
        without_processes.setattr("subprocess.Popen", None)
        unchanged = call(*sync, "--group", "test", "--extra", "fast", "--no-editable")
    assert unchanged.err.startswith("nothing to install")

    plan = thinvenv.sync_locked(project, env=linked.prefix, groups=[], options="--no-install-project")
    assert {step.name for step in plan.removed} == {"mine", "beta", "delta"}
    assert [step.name for step in plan.reused] == ["alpha"]


def test_a_distribution_comes_from_the_only_index_that_the_project_names(
    project: Path, linked: Venv, tmp_path: Path
) -> None:
    url = make_index(tmp_path / "special", [Project("epsilon")])
    path = project / "pyproject.toml"
    path.write_text(path.read_text().replace('fast = ["delta"]', 'fast = ["epsilon"]'))
    with path.open("a") as file:
        file.write('[tool.uv.sources]\nepsilon = { index = "special" }\n')
        file.write(f'[[tool.uv.index]]\nname = "special"\nurl = "{url}"\nexplicit = true\n')
    lock_project(project)

    plan = thinvenv.sync_locked(project, env=linked.prefix, groups=(), extras=None)

    assert {step.name for step in plan.installed} == {"mine", "epsilon"}
    with pytest.raises(thinvenv.UsageError, match="unknown option `stoers`"):
        thinvenv.sync_locked(project, env=linked.prefix, stoers="default")  # type: ignore[call-arg]


def test_errors_are_those_of_uv(project: Path, linked: Venv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    sync = ("sync", "--env", str(linked.prefix), "--locked")

    unknown = call(*sync, "--group", "nope")
    assert (unknown.code, unknown.out) == (1, "")
    assert "error: Group `nope` is not defined in the project's `dependency-groups` table" in unknown.err
    assert call(*sync, "requirements.txt").code == call("sync", "--env", str(linked.prefix)).code == 2

    text = (project / "pyproject.toml").read_text()
    (project / "pyproject.toml").write_text(text.replace('"gamma"', '"gamma>1"'))
    outdated = call(*sync)
    assert outdated.code == 1
    assert "The lockfile at `uv.lock` needs to be updated" in outdated.err
    assert "hint: To update the lockfile, run `uv lock`." in outdated.err
    assert names(linked) == set()

    lock = project / "uv.lock"
    lock.write_text(re.sub("sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", lock.read_text()))
    frozen = call(*sync[:-1], "--frozen")
    assert (frozen.code, names(linked)) == (1, set())
    assert "Hash mismatch for `gamma==1.0`" in frozen.err


def test_tox_builds_the_project_and_follows_the_lock_for_the_rest(project: Path, tox: ToxProject, base: Base) -> None:
    lines = f"[tox]\nenv_list = py\n[testenv]\nbase_python = {base.python}\nthin_reuse = link\nthin_locked = true\n"
    ini = project / "tox.ini"
    ini.write_text(f"{lines}dependency_groups = test\ncommands = python -c 'import mine; print(mine.__file__)'\n")

    planned = tox.tox("thin", "-e", "py")
    assert planned.lines("py: reuse 1, install 1")
    result = tox.tox("run", "-e", "py")
    assert result.lines("thinvenv sync --locked --group test --no-default-groups --no-install-project")
    assert str(project / ".tox") in result.out
    assert names(tox.env("py")) == {"mine", "alpha", "beta"}
    assert tox.env("py").version("beta") == "1.0"
    (unchanged,) = tox.tox("run", "-e", "py").lines("py: thin reuse 1")
    assert "install" not in unchanged

    ini.write_text(f"{lines}deps = gamma\n")
    assert "cannot use both `deps` and `thin_locked`" in str(tox.tox("run", "-e", "py", code=None))
    ini.write_text(f"{lines}pylock = pylock.toml\n")
    (project / "pylock.toml").touch()
    assert "cannot use both `pylock` and `thin_locked`" in str(tox.tox("run", "-e", "py", code=None))


@pytest.fixture
def tox(project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    return ToxProject(project, capfd, monkeypatch)


def test_nox_follows_the_lock(project: Path, base: Base) -> None:
    nox = Nox(project, base.python).write("""
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, venv_backend="uv", thin_reuse="link")
        def tests(session):
            session.install_locked("--no-editable", groups="test", extras=["fast"])

        @nox.session(python=PYTHON, venv_backend="uv", thin_reuse="link")
        def unknown(session):
            session.install_locked(groups=["nope"])

        @nox.session(venv_backend="none")
        def bare(session):
            session.install_locked()
    """)
    result = nox.run()
    assert result.err.count("was successful") == 1
    assert nox.installed() == {"mine", "alpha", "beta", "delta"}
    assert "Group `nope` is not defined" in result.err
    assert "session bare has no environment that thinvenv installs into" in result.err
