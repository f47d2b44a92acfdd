"""uv's configuration: what ``uv pip install`` would do in a folder is what happens, but never elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.audit import recorded_audit_events
from support.noxfiles import Nox
from support.projects import Project, make_index, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import BackendError, ResolutionError, UsageError
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.tox_projects import ToxProject

    Configure = Callable[..., None]

backends = pytest.mark.parametrize("backend", ["uv", "pip"])
backends_and_modes = pytest.mark.parametrize(
    ("backend", "target"), [("uv", "inherit"), ("pip", "link")], indirect=["target"]
)
"""Each backend and each mode once: what is tested with it depends on one of them at most."""

PROJECT = '[project]\nname = "p"\nversion = "1"\n'


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Return a function that writes ``[tool.uv]`` of a project, or the ``uv.toml`` of the user."""
    project, user = tmp_path / "project", tmp_path / "config" / "uv"
    (project / "below").mkdir(parents=True)
    user.mkdir(parents=True)
    monkeypatch.delenv("UV_NO_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(user.parent))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    monkeypatch.chdir(project / "below")

    def write(text: str, *, by: str = "project", before: str = "") -> None:
        if by == "project":
            tables = text.replace("[pip]", "[tool.uv.pip]").replace("[[", "[[tool.uv.")
            (project / "pyproject.toml").write_text(f"{PROJECT}{before}[tool.uv]\n{tables}\n")
        else:
            (user / "uv.toml").write_text(f"{text}\n")

    return write


@pytest.fixture(params=["inherit", "link"])
def target(request: pytest.FixtureRequest) -> Venv:
    """Return an environment in each reuse mode."""
    target: Venv = request.getfixturevalue("linked" if request.param == "link" else "venv")
    return target


def index_with_conflict(index: Indexer) -> None:
    """Put on the index what can only be installed if the configuration says something of ``foo``."""
    index(
        *(Project("foo", version) for version in ("1.0", "2.0")),
        Project("baz", requires=("foo>=2", "other; extra == 'x'"), extras=("x",)),
        Project("bar", requires=("foo",)),
        Project("other"),
    )


@pytest.mark.parametrize("by", ["project", "user"])
def test_an_override_counts_in_the_walk(
    by: str, target: Venv, base: Base, index: Indexer, configure: Configure
) -> None:
    index_with_conflict(index)
    base.install(Project("foo", "1.0"))
    configure('override-dependencies = ["foo==1.0"]', by=by)

    assert actions(target.install("baz")) == {"foo": "reuse", "baz": "install"}

    assert target.version("foo") == "1.0"
    assert check.check(target.prefix, target.context).ok
    with recorded_audit_events() as events:
        assert target.install("baz").changes == ()
    assert not [event for event, _ in events if event == "subprocess.Popen"]
    configure("", by=by)
    assert target.install("baz").changes != ()
    assert target.version("foo") == "2.0"


@pytest.mark.parametrize(
    ("backend", "target", "by"),
    [("uv", "inherit", "project"), ("uv", "link", "user"), ("pip", "link", "project")],
    indirect=["target"],
)
def test_a_constraint_counts_in_the_walk(
    backend: str, by: str, target: Venv, base: Base, index: Indexer, configure: Configure
) -> None:
    index_with_conflict(index)
    base.install(Project("foo", "2.0"))
    configure('constraint-dependencies = ["foo<2"]', by=by)

    first = target.install("foo", backend=backend)
    second = target.install("bar", backend=backend)

    assert actions(first)["foo"] != "reuse"
    assert actions(second)["bar"] == "install"
    assert target.version("foo") == "1.0"
    configure("", by=by)
    assert target.install("bar", "foo>=2", backend=backend).changes != ()
    assert target.version("foo") == "2.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('exclude-dependencies = ["foo"]', {"baz": "reuse"}),
        ('exclude-dependencies = [{ package = { name = "baz" }, dependencies = ["foo"] }]', {"baz": "reuse"}),
        ('exclude-dependencies = [{ package = { name = "baz", version = "9" }, dependencies = ["foo"] }]', None),
        (
            'override-dependencies = [{ package = { name = "baz" }, dependencies = ["foo==1", "bar"] }]',
            {"baz": "reuse", "foo": "reuse", "bar": "install"},
        ),
        (
            'dependency-metadata = [{ name = "baz", version = "1.0", requires-dist = ["foo<2"] }]',
            {"baz": "reuse", "foo": "reuse"},
        ),
        ('dependency-metadata = [{ name = "baz", version = "9", requires-dist = ["foo<2"] }]', None),
        ("[pip]\nno-deps = true", {"baz": "reuse"}),
    ],
)
def test_what_replaces_requirements_counts_in_the_walk(
    text: str,
    expected: dict[str, str] | None,
    target: Venv,
    base: Base,
    index: Indexer,
    configure: Configure,
) -> None:
    index_with_conflict(index)
    base.install(Project("foo", "1.0"), Project("baz", requires=("foo>=2", "other; extra == 'x'"), extras=("x",)))
    configure(text)

    plan = target.install("baz")

    if expected is None:
        assert actions(plan)["foo"] != "reuse"
    else:
        assert actions(plan) == expected
        assert check.check(target.prefix, target.context).ok
    assert target.install("baz").changes == ()


def test_a_new_distribution_has_its_replaced_metadata_after_the_install(
    venv: Venv, index: Indexer, configure: Configure
) -> None:
    index_with_conflict(index)
    configure('dependency-metadata = [{ name = "baz", requires-dist = ["foo<2"] }]')

    assert actions(venv.install("baz")) == {"baz": "install", "foo": "install"}
    assert venv.version("foo") == "1.0"
    assert check.check(venv.prefix, venv.context).ok


def test_the_variable_that_excludes_counts_in_the_walk(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_with_conflict(index)
    base.install(Project("baz", requires=("foo>=2",)))
    (tmp_path / "excludes.txt").write_text("foo  # not needed\n")
    monkeypatch.setenv("UV_EXCLUDE", str(tmp_path / "excludes.txt"))

    assert actions(venv.install("baz")) == {"baz": "reuse"}
    (tmp_path / "excludes.txt").write_text("")
    assert actions(venv.install("baz")) == {"baz": "reuse", "foo": "install"}


@backends
@pytest.mark.parametrize("by", ["variable", "file"])
def test_no_connection_is_made_offline(
    backend: str, by: str, venv: Venv, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    if by == "file":
        configure("offline = true")
    else:
        monkeypatch.setenv("UV_OFFLINE", "1")

    with pytest.raises(ResolutionError) as caught:
        venv.install("alpha", backend=backend)

    assert caught.value.hint == "drop `--offline` to install what is missing in this environment"
    assert "onnection" not in str(caught.value)


def test_pip_names_what_it_has_nothing_for(
    venv: Venv, base: Base, index: Indexer, notes: list[str], configure: Configure
) -> None:
    index_with_conflict(index)
    base.install(Project("foo", "1.0"))
    configure('override-dependencies = ["foo==1.0"]\nexclude-newer = "2030-01-01"\nresolution = "lowest"')

    assert actions(venv.install("baz", backend="pip")) == {"baz": "install", "foo": "shadow"}

    assert venv.version("foo") == "2.0"
    reason = "in uv's configuration is ignored: pip has nothing like it, but uv has"
    assert notes == [f"`{name}` {reason}" for name in ("exclude-newer", "override-dependencies", "resolution")]
    assert venv.install("baz", backend="pip").changes == ()


@backends_and_modes
@pytest.mark.parametrize("by", ["project", "user"])
def test_what_would_install_elsewhere_never_does(
    backend: str,
    by: str,
    target: Venv,
    base: Base,
    index: Indexer,
    tmp_path: Path,
    configure: Configure,
) -> None:
    index(*(Project(name, version) for name in ("alpha", "beta") for version in ("1.0", "2.0")))
    base.install(Project("alpha", "1.0"))
    elsewhere = tmp_path / "elsewhere"
    paths = f'target = "{elsewhere}"\nprefix = "{elsewhere}"\npython = "{elsewhere}/bin/python"\n'
    configure(f"[pip]\n{paths}system = true\nbreak-system-packages = true", by=by)

    assert actions(target.install("alpha>1", "beta<2", backend=backend))["beta"] == "install"
    assert (target.version("alpha"), target.version("beta")) == ("2.0", "1.0")
    assert actions(target.install("alpha==1.0", backend=backend))["alpha"] in {"remove", "reuse"}
    assert target.version("alpha") == "1.0"
    assert not elsewhere.exists()


@backends
def test_settings_for_another_interpreter_are_named(
    backend: str, venv: Venv, index: Indexer, notes: list[str], configure: Configure
) -> None:
    index(Project("alpha", requires=("beta; python_version < '3.8'",)), Project("beta"))
    configure('[pip]\npython-version = "3.7"\npython-platform = "windows"')

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "install"}

    reason = "in uv's configuration is ignored: it is not for an environment"
    assert notes == [f"`python-platform` {reason}", f"`python-version` {reason}"]


@pytest.mark.parametrize(
    ("text", "by", "backend"),
    [  # see `test_pip_settings` for all that pip gets
        ('index-url = "{}"', "project", "uv"),
        ('[pip]\nindex-url = "{}"', "user", "uv"),
        ('[[index]]\nname = "own"\nurl = "{}"\ndefault = true', "project", "uv"),
        ('[[index]]\nname = "own"\nurl = "{}"\ndefault = true', "user", "pip"),
        ('extra-index-url = ["{}"]', "user", "uv"),
        ('[[index]]\nname = "own"\nurl = "{}"', "project", "uv"),
        ('find-links = ["{files}"]', "user", "uv"),
        ('find-links = ["{files}"]\nno-index = true', "project", "uv"),
        ('find-links = ["{relative}"]', "project", "uv"),
        ('find-links = ["{relative}"]', "user", "uv"),
        ('find-links = ["{relative}"]\nno-index = true', "project", "pip"),
    ],
)
def test_the_indexes_of_a_person_and_of_a_project_count(
    text: str,
    by: str,
    backend: str,
    venv: Venv,
    empty_index: str,
    tmp_path: Path,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = make_index(tmp_path / "own", [Project("alpha", requires=("beta",)), Project("beta")])
    monkeypatch.delenv("PIP_INDEX_URL")
    if "default" not in text and "index-url =" not in text.replace("extra-index-url", ""):
        monkeypatch.setenv("UV_DEFAULT_INDEX", empty_index)  # otherwise it is PyPI
    relative = os.path.relpath(tmp_path / "own" / "files", tmp_path / ("project" if by == "project" else "config/uv"))
    text = text.replace("{files}", str(tmp_path / "own" / "files")).replace("{relative}", relative).replace("{}", url)
    configure(text, by=by)

    assert actions(venv.install("alpha", backend=backend)) == {"alpha": "install", "beta": "install"}


@backends
def test_a_variable_of_pip_wins_over_the_files_of_uv_and_those_over_the_files_of_pip(
    backend: str, venv: Venv, empty_index: str, tmp_path: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = make_index(tmp_path / "full", [Project("alpha")])
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setenv("HOME", os.devnull)
    configure(f'index-url = "{empty_index}"')
    monkeypatch.setenv("PIP_INDEX_URL", full)
    assert actions(venv.plan("alpha", backend=backend)) == {"alpha": "install"}

    monkeypatch.delenv("PIP_INDEX_URL")
    (venv.prefix / "pip.conf").write_text(f"[global]\nindex-url = {empty_index}\n")
    configure(f'index-url = "{full}"')
    assert actions(venv.plan("alpha", backend=backend)) == {"alpha": "install"}


@backends
def test_groups_and_extras_in_the_configuration_are_installed(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path, configure: Configure
) -> None:
    index(*(Project(name) for name in ("alpha", "beta", "gamma")))
    base.install(Project("beta"))
    tables = '[project.optional-dependencies]\nx = ["beta"]\n[dependency-groups]\ndev = ["gamma"]\n'
    configure(f'[pip]\ngroup = ["{tmp_path}/project:dev"]\nextra = ["x"]', before=tables)

    plan = venv.install("alpha", backend=backend)
    project = venv.install("-r", "../pyproject.toml", backend=backend)

    assert actions(plan) == {"alpha": "install", "gamma": "install"}
    assert actions(project)["beta"] == "reuse"


@backends
def test_flags_in_the_configuration_count(
    backend: str, venv: Venv, base: Base, index: Indexer, configure: Configure
) -> None:
    index(*(Project(name, version) for name in ("alpha", "beta") for version in ("1.0", "2.0")))
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    venv.install("alpha", backend=backend)

    configure('upgrade-package = ["alpha<3"]')
    assert actions(venv.install("alpha", "beta", backend=backend)) == {"alpha": "shadow", "beta": "reuse"}
    index(Project("beta", "3.0"))
    configure("upgrade = true")
    assert actions(venv.install("beta", backend=backend))["beta"] == "shadow"
    index(Project("beta", "4.0"))
    assert actions(venv.install("beta", backend=backend))["beta"] in {"install", "shadow"}
    assert venv.version("beta") == "4.0"
    configure("[pip]\nrequire-hashes = true")
    with pytest.raises(BackendError, match="hash"):
        venv.install("alpha==1.0", backend=backend)


def test_uv_refuses_what_requires_another_version_of_it(
    venv: Venv, base: Base, index: Indexer, configure: Configure
) -> None:
    index(Project("alpha"))
    base.install(Project("beta"))
    configure('required-version = ">=99"')

    with pytest.raises(BackendError, match="does not match the running version"):
        venv.install("alpha")
    assert actions(venv.install("beta")) == {"beta": "reuse"}
    assert actions(venv.install("alpha", backend="pip"))["alpha"] == "install"


def test_the_lowest_versions_are_resolved(venv: Venv, base: Base, index: Indexer, configure: Configure) -> None:
    base.install(Project("alpha", requires=("beta",)))
    index(*(Project(name, version) for name in ("beta", "gamma") for version in ("1.0", "2.0")))
    configure('resolution = "lowest-direct"')

    venv.install("alpha", "gamma>=1")

    assert [venv.version(name) for name in ("beta", "gamma")] == ["2.0", "1.0"]


@pytest.mark.parametrize(
    ("setting", "backend", "target"),
    [
        ("no-build-isolation = true", "uv", "inherit"),
        ("no-build-isolation = true", "pip", "link"),
        ('no-build-isolation-package = ["mine"]', "uv", "link"),  # pip has no such option
    ],
    indirect=["target"],
)
def test_a_build_without_isolation_imports_what_is_reused(
    setting: str,
    backend: str,
    target: Venv,
    base: Base,
    index: Indexer,
    tmp_path: Path,
    configure: Configure,
) -> None:
    base.install(Project("helper"))
    index()
    configure(setting)
    target.install("helper", backend=backend)
    source = make_source(tmp_path / "mine", Project("mine"))
    with (source / "backend.py").open("a") as file:
        file.write("\nimport helper\n")

    assert actions(target.install(str(source), backend=backend))["mine"] == "install"


@backends
def test_a_file_of_uv_that_cannot_be_read_is_an_error(
    backend: str, venv: Venv, index: Indexer, configure: Configure
) -> None:
    index(Project("alpha"))
    configure("no = [", by="user")
    with pytest.raises(UsageError, match=r"cannot read uv's configuration in .*/config/uv/uv.toml"):
        venv.install("alpha", backend=backend)
    configure('constraint-dependencies = "alpha<2"', by="user")
    with pytest.raises(UsageError, match=r"cannot read uv's configuration in .*/config/uv/uv.toml"):
        venv.install("alpha", backend=backend)


def test_a_table_that_uv_ignores_is_ignored(venv: Venv, index: Indexer, configure: Configure) -> None:
    """uv warns of a ``pyproject.toml`` that it cannot read, and goes on without it."""
    index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    configure('constraint-dependencies = "alpha<2"')

    venv.install("alpha")

    assert venv.version("alpha") == "2.0"


@pytest.mark.parametrize(("option", "backend"), [("--no-config", "uv"), ("--isolated", "uv"), ("--isolated", "pip")])
def test_options_switch_the_configuration_off(
    option: str, backend: str, venv: Venv, index: Indexer, configure: Configure
) -> None:
    url = index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    configure('constraint-dependencies = ["alpha<2"]')

    venv.install("alpha", option, "--index-url", url, backend=backend)

    assert venv.version("alpha") == "2.0"


@backends
def test_the_configuration_of_a_project_counts_in_tox(
    backend: str, project: ToxProject, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_with_conflict(index)
    monkeypatch.delenv("UV_NO_CONFIG")
    base.install(Project("foo", "2.0"))
    project.write("pyproject.toml", f'{PROJECT}[tool.uv]\nconstraint-dependencies = ["foo<2"]\n')
    project.write(
        "tox.ini",
        f"""
        [testenv]
        skip_install = true
        base_python = {base.python}
        thin_backend = {backend}
        deps = bar
        commands = python -c "import foo; print('foo is', foo.__version__)"
        """,
    )

    assert "foo is 1.0" in project.tox("run", "-e", "py").out


def test_the_configuration_of_a_project_counts_in_nox(
    tmp_path: Path, base: Base, index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_with_conflict(index)
    monkeypatch.delenv("UV_NO_CONFIG")
    base.install(Project("foo", "1.0"))
    nox = Nox(tmp_path / "nox", base.python).write(
        """
        import thinvenv.nox as nox

        @nox.session(python=PYTHON, thin_reuse="inherit")
        def tests(session):
            session.install("baz")
            session.run("python", "-c", "import baz, foo; print('foo is', foo.__version__)")
        """
    )
    (nox.folder / "pyproject.toml").write_text(f'{PROJECT}[tool.uv]\noverride-dependencies = ["foo==1.0"]\n')

    assert "foo is 1.0" in nox.run().out
