"""Settings of tox environments: keys, options and variables, and the effect of changing them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.projects import Project, make_source

if TYPE_CHECKING:
    from support.bases import Base
    from support.tox_projects import ToxProject
    from support.venv import Indexer, Venv

SHOW = 'python -c "import alpha, beta; print(alpha.__version__, beta.__version__)"'
FROM_BASE, FROM_INDEX = "1.0 1.0", "2.0 2.0"


@pytest.fixture
def ini(project: ToxProject, base: Base, index: Indexer) -> ToxProject:
    """Return a project whose base has ``alpha`` and ``beta`` 1.0, and whose index has 2.0."""
    base.install(Project("alpha"), Project("beta"))
    index(Project("alpha", "2.0"), Project("beta", "2.0"), Project("gamma", "2.0"))
    project.base = base
    write(project)
    return project


def write(project: ToxProject, body: str = "") -> None:
    text = f"[tox]\nno_package = true\n[testenv]\nbase_python = {project.base.python}\n"
    project.write("tox.ini", f"{text}deps = alpha\n    beta\ncommands = {SHOW}\n{body}\n")


@pytest.mark.parametrize(
    ("body", "words", "expected"),
    [
        ("", (), FROM_INDEX),
        ("system_site_packages = true", (), FROM_BASE),
        ("thin_reuse = inherit", (), FROM_BASE),
        ("thin_reuse = link", (), FROM_BASE),
        ("system_site_packages = true\nthin_reuse = off", (), FROM_INDEX),
        ("", ("--thin-reuse", "inherit"), FROM_BASE),
        ("# [tool.thinvenv]", (), FROM_BASE),
        ("thin_reuse = inherit", ("--thin-reuse", "off"), FROM_INDEX),
        ("thin_reuse = inherit\nthin_never_reuse = al*", (), "2.0 1.0"),
        ("thin_reuse = inherit\nthin_only_reuse = al*", (), "1.0 2.0"),
        ("thin_reuse = inherit", ("--thin-never-reuse", "alpha", "--thin-never-reuse", "beta"), FROM_INDEX),
        ("thin_reuse = inherit\nthin_backend = pip\nthin_never_reuse = alpha", (), "2.0 1.0"),
    ],
)
def test_keys_and_options_select_what_is_reused(
    ini: ToxProject, body: str, words: tuple[str, ...], expected: str
) -> None:
    write(ini, body)
    if "tool.thinvenv" in body:
        ini.write("pyproject.toml", "[tool.thinvenv]\nreuse = 'inherit'\n")

    assert ini.tox("run", "-e", "py", *words).lines(expected)


@pytest.mark.parametrize(
    ("name", "value", "body", "expected"),
    [
        ("THINVENV_REUSE", "inherit", "", FROM_BASE),
        ("THINVENV_REUSE", "inherit", "thin_reuse = off", FROM_INDEX),
        ("THINVENV_NEVER_REUSE", "beta", "system_site_packages = true", "1.0 2.0"),
        ("TOX_THIN_REUSE", "inherit", "thin_reuse = off", FROM_BASE),
    ],
)
def test_variables_select_what_is_reused(
    ini: ToxProject, monkeypatch: pytest.MonkeyPatch, name: str, value: str, body: str, expected: str
) -> None:
    write(ini, body)
    monkeypatch.setenv(name, value)

    assert ini.tox("run", "-e", "py").lines(expected)


def test_thin_base_adds_a_base(ini: ToxProject, venv: Venv, index: Indexer) -> None:
    index(Project("delta", "4.0"))
    venv.install("delta")
    write(
        ini, f"thin_base = {venv.prefix}\ncommands_post = python -c \"import delta; print('delta', delta.__version__)\""
    )

    assert ini.tox("run", "-e", "py").lines("delta 4.0")


def test_an_invalid_value_is_reported_with_its_place(ini: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
    write(ini, "thin_reuse = everything")
    refused = ini.tox("run", "-e", "py", code=1)
    assert refused.lines("py.thin_reuse: everything must be one of ('inherit', 'link', 'off')")
    assert str(ini.root / "tox.ini") in refused.out

    write(ini, "thin_resue = link")
    refused = ini.tox("run", "-e", "py", code=1)
    assert refused.lines("py.thin_resue is unknown")
    assert refused.lines("hint: did you mean `thin_reuse`?")

    write(ini, "thin_lock = true")
    assert ini.tox("run", "-e", "py", code=1).lines("hint: did you mean `thin_locked`?")

    write(ini)
    monkeypatch.setenv("THINVENV_REUSE", "everything")
    assert ini.tox("run", "-e", "py", code=1).lines("THINVENV_REUSE cannot be `everything`")


def test_every_key_has_a_description(ini: ToxProject) -> None:
    keys = ("thin_reuse", "thin_base", "thin_only_reuse", "thin_never_reuse", "thin_backend")

    shown = ini.tox("config", "-e", "py", "-k", "runner", *keys)
    schema = json.loads(ini.tox("schema").out)["properties"]["env_run_base"]["properties"]

    assert shown.lines("runner = thinvenv")
    assert all(shown.lines(f"{key} =") and schema[key]["description"] for key in keys)
    assert schema["thin_reuse"]["enum"] == ["inherit", "link", "off"]


def test_build_requirements_are_reused_in_the_package_environment(
    project: ToxProject, base: Base, index: Indexer
) -> None:
    builder = Project("builder", modules={"builder.py": "from backend import *\n"})
    base.install(builder)
    index(Project("builder", "2.0"))
    make_source(project.root, Project("mine", "0.1"))
    toml = (project.root / "pyproject.toml").read_text().replace("requires = []", 'requires = ["builder"]')
    project.write("pyproject.toml", toml)
    python = f"base_python = {base.python}"
    project.write("tox.ini", f"[testenv]\n{python}\n[pkgenv]\n{python}\nsystem_site_packages = true\n")

    run = project.tox("run", "-e", "py")

    assert run.lines(".pkg: thin reuse 1")
    assert not list(project.env(".pkg").site.glob("builder*"))


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_a_changed_base_does_not_recreate_the_environment(ini: ToxProject, reuse: str) -> None:
    write(ini, f"thin_reuse = {reuse}")
    ini.tox("run", "-e", "py")
    for entry in ini.base.site.glob("beta*"):
        entry.rename(ini.base.prefix / entry.name)

    run = ini.tox("run", "-e", "py")

    assert run.lines("1.0 2.0")
    assert not run.lines("remove tox env folder")
    assert not ini.tox("run", "-e", "py").lines("thinvenv install")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "system_site_packages = true", FROM_BASE),
        ("system_site_packages = true", "", FROM_INDEX),
        ("thin_reuse = inherit\nthin_never_reuse = alpha", "thin_reuse = inherit", FROM_BASE),
    ],
)
def test_a_changed_setting_recreates_the_environment(ini: ToxProject, before: str, after: str, expected: str) -> None:
    write(ini, before)
    ini.tox("run", "-e", "py")
    write(ini, after)

    run = ini.tox("run", "-e", "py")

    assert run.lines("recreate env because python ")
    assert run.lines(expected)


def test_only_the_changed_setting_is_named(ini: ToxProject) -> None:
    ini.tox("run", "-e", "py")
    kept = json.loads((ini.root / ".tox" / "py" / ".tox-info.json").read_text())["Python"]
    write(ini, "system_site_packages = true")

    run = ini.tox("run", "-e", "py")

    assert not [line for line in kept if "thin" in line or line in {"pip", "system_site_packages"}]
    message = "recreate env because python added system_site_packages=True | thin_reuse='inherit'"
    assert [line.removeprefix("py: ") for line in run.lines("recreate")] == [message]


def test_changed_deps_behave_as_in_tox(ini: ToxProject) -> None:
    body = "system_site_packages = true"
    write(ini, body)
    ini.tox("run", "-e", "py")
    assert not ini.tox("run", "-e", "py").lines("install_deps")

    text = (ini.root / "tox.ini").read_text()
    ini.write("tox.ini", text.replace("    beta\n", "    beta\n    gamma\n"))
    added = ini.tox("run", "-e", "py")
    assert added.lines("thin reuse 2, install 1")
    assert not added.lines("recreate")

    ini.write("tox.ini", text)
    assert ini.tox("run", "-e", "py").lines("recreate env because requirements removed: gamma")


def test_the_summary_is_shown_when_an_environment_is_recreated(ini: ToxProject) -> None:
    write(ini, "system_site_packages = true")
    ini.tox("run", "-e", "py")
    write(ini, "thin_never_reuse = alpha\nthin_reuse = inherit")

    run = ini.tox("run", "-e", "py", "-r")

    assert run.lines("2.0 1.0")
    assert run.lines("thin reuse 1, install 1")


def test_the_project_on_pythonpath_is_not_a_base(project: ToxProject, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"))
    index()
    make_source(project.root, Project("mine", "0.1", requires=("alpha",)))
    info = project.root / "src" / "mine.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 0.0\n")
    project.write(
        "tox.ini",
        f"[testenv]\nbase_python = {base.python}\nsystem_site_packages = true\npackage = wheel\n"
        "set_env = PYTHONPATH = {toxinidir}/src\ncommands = python -c \"import mine, alpha; print('both')\"\n",
    )

    assert project.tox("run", "-e", "py").lines("both")
    assert list(project.env("py").site.glob("mine-0.1.dist-info"))


def test_errors_in_other_keys_are_reported_by_tox(ini: ToxProject) -> None:
    ini.write("tox.ini", "[testenv]\nset_env = A = {env:B}\n    B = {env:A}\ndeps = alpha\n")

    run = ini.tox("run", "-e", "py", code=1)

    assert run.lines("circular chain between set env A, B")
    assert not run.lines("thin_reuse")


def test_a_missing_base_is_reported_with_its_place(ini: ToxProject) -> None:
    run = ini.tox("run", "-e", "py", "-x", "testenv.thin_base=nowhere", code=1)

    assert run.lines("there is no base at")
    assert run.lines(f"set by `thin_base` (in {ini.root / 'tox.ini'})")
