"""Plugins of thinvenv: distributions with entry points, which are found and called."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from support import ROOT
from support.bases import Base, make_base
from support.noxfiles import Nox
from support.projects import Project, install_into, unpack_into
from support.venv import Indexer, Venv, actions
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.errors import PluginError
from thinvenv.installation import check
from thinvenv.plugins import manager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.tox_projects import ToxProject

EXAMPLE = ROOT / "docs" / "examples" / "thinvenv-site-policy"
POINT = "[thinvenv]\n{0} = {0}\n"


@pytest.fixture
def add_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return a function that installs a plugin beside the running thinvenv."""
    site = tmp_path / "beside"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    added: list[str] = []

    def add(name: str, text: str, version: str = "1.0") -> None:
        plugin = Project(name, version, modules={f"{name}.py": text}, entry_points=POINT.format(name))
        unpack_into(site, plugin)
        importlib.invalidate_caches()
        added.append(name)

    yield add
    for name in added:
        sys.modules.pop(name, None)
    manager._manager.cache_clear()  # it is cached by the names and versions of plugins


def hook(signature: str, *lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"from thinvenv import hookimpl\n@hookimpl\ndef {signature}:\n{body}\n"


def test_a_plugin_can_exclude_a_distribution_from_reuse(
    venv: Venv, base: Base, index: Indexer, add_plugin: Callable[..., None]
) -> None:
    base.install(Project("alpha"), Project("beta"))
    index(Project("alpha"), Project("beta"))
    assert actions(venv.install("alpha", "beta")) == {"alpha": "reuse", "beta": "reuse"}

    add_plugin("policy", hook("thinvenv_may_reuse(distribution)", "return distribution.name != 'alpha'"))

    assert [finding.kind for finding in check.check(venv.prefix, venv.context).findings] == ["requirement"]
    assert actions(venv.install("alpha", "beta")) == {"alpha": "shadow", "beta": "reuse"}
    assert venv.install("alpha", "beta").changes == ()
    assert check.check(venv.prefix, venv.context).ok


def test_a_plugin_adds_base_layers(
    tmp_path: Path, make_venv: Callable[..., Venv], add_plugin: Callable[..., None]
) -> None:
    base, other = make_base(tmp_path / "base"), make_base(tmp_path / "other")
    install_into(other.prefix, other.python, Project("alpha"))
    add_plugin("modules", hook("thinvenv_base_layers(environment)", f"return [{str(other.site)!r}]"))

    venv = make_venv(python=str(base.python))
    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    bare = make_venv("off", python=str(base.python), reuse="off")
    assert bare.run("import importlib.util as u; print(u.find_spec('alpha'))") == "None"

    sync_config(bare.prefix, bare.context, reuse="inherit")
    assert bare.version("alpha") == "1.0"


def test_a_plugin_is_called_after_an_install(
    venv: Venv, index: Indexer, tmp_path: Path, add_plugin: Callable[..., None]
) -> None:
    index(Project("alpha"))
    log = tmp_path / "log"
    lines = (f"with open({str(log)!r}, 'a') as file:", "    print(environment.prefix, *plan.names, file=file)")
    add_plugin("recorder", hook("thinvenv_installed(environment, plan)", *lines))

    for _ in range(2):
        venv.install("alpha")

    assert log.read_text() == f"{venv.prefix} alpha\n"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (hook("thinvenv_may_reuse(distribution)", "raise KeyError('SITE')"), "failed in `thinvenv_may_reuse`"),
        ("import a_module_that_is_not_there\n", "failed while it was loaded"),
        (hook("thinvenv_may_ruse(distribution)", "return True"), "implements an unknown hook"),
    ],
    ids=["raises", "does not load", "misspelt"],
)
def test_a_failing_plugin_is_reported_by_name(
    venv: Venv, base: Base, add_plugin: Callable[..., None], text: str, where: str
) -> None:
    base.install(Project("alpha"))
    add_plugin("working", hook("thinvenv_may_reuse(distribution)", "return None"))
    add_plugin("failing", text)

    with pytest.raises(PluginError) as error:
        venv.install("alpha")

    assert error.value.what.startswith("the plugin `failing")
    assert where in error.value.what


def test_the_example_plugin_of_the_documentation(
    tmp_path: Path,
    index: Indexer,
    make_venv: Callable[..., Venv],
    add_plugin: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, module = make_base(tmp_path / "base"), make_base(tmp_path / "module")
    base.install(Project("cryptography", "38.0"), Project("alpha"))
    module.install(Project("mpi"))
    index(Project("cryptography", "43.0"))
    monkeypatch.setenv("EBROOTMPI", str(module.prefix))
    add_plugin("thinvenv_site_policy", (EXAMPLE / "src" / "thinvenv_site_policy.py").read_text())
    venv = make_venv(python=str(base.python))

    plan = venv.install("cryptography", "mpi", "alpha")

    assert actions(plan) == {"cryptography": "shadow", "mpi": "reuse", "alpha": "reuse"}
    assert (venv.prefix / "reused.txt").read_text() == "alpha 1.0\nmpi 1.0\n"


def test_entry_points_are_read_once(venv: Venv, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.install(Project("alpha"))
    venv.install("alpha")

    def no_metadata(**_options: object) -> None:
        raise AssertionError("entry points were read")

    monkeypatch.setattr("importlib.metadata.entry_points", no_metadata)

    assert venv.install("alpha").changes == ()


BAR_ALPHA = hook("thinvenv_may_reuse(distribution)", "return distribution.name != 'alpha'")


def test_a_plugin_is_used_by_tox(
    project: ToxProject, base: Base, index: Indexer, add_plugin: Callable[..., None]
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(Project("alpha", "2.0"))
    add_plugin("tox_policy", BAR_ALPHA)
    commands = 'python -c "import alpha, beta; print(alpha.__version__, beta.__version__)"'
    project.configure(base.python, f"deps = alpha\n    beta\ncommands = {commands}")

    assert project.tox("run", "-e", "py").lines("2.0 1.0")


def test_a_plugin_is_used_by_nox(tmp_path: Path, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(Project("alpha", "2.0"))
    plugin = Project("nox_policy", modules={"nox_policy.py": BAR_ALPHA}, entry_points=POINT.format("nox_policy"))
    unpack_into(tmp_path / "beside", plugin)
    nox = Nox(tmp_path / "project", base.python).write("""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_params=["--system-site-packages"])
        def tests(session):
            session.install("alpha", "beta")
            session.run("python", "-c", "import alpha, beta; print(alpha.__version__, beta.__version__)")
    """)

    assert nox.run("-s", "tests", PYTHONPATH=str(tmp_path / "beside")).ok().out.split() == ["2.0", "1.0"]
