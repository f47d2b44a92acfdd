"""Reuse mode ``link``: as thin as mode ``inherit``, as strict as a full install."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.projects import Project, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import BackendError, BrokenInstallError, ResolutionError
from thinvenv.installation import check

if TYPE_CHECKING:
    from pathlib import Path


def test_only_planned_distributions_can_be_imported(linked: Venv, base: Base) -> None:
    base.install(Project("alpha", requires=("beta",)), Project("beta"), Project("undeclared"))

    plan = linked.install("alpha")

    assert actions(plan) == {"alpha": "reuse", "beta": "reuse"}
    assert (linked.version("alpha"), linked.version("beta")) == ("1.0", "1.0")
    assert linked.run("import importlib.util as u; print(u.find_spec('undeclared'))") == "None"
    assert linked.run(_NAMES) == "alpha beta"
    assert (linked.site / "alpha" / "__init__.py").is_symlink()


def test_missing_and_outdated_distributions_are_installed_beside_the_links(
    linked: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(Project("alpha", "2.0"), Project("gamma", requires=("alpha>=2", "beta")))
    before = snapshot(base.prefix)
    linked.install("alpha")

    plan = linked.install("gamma")

    assert actions(plan) == {"alpha": "shadow", "beta": "reuse", "gamma": "install"}
    assert [linked.version(name) for name in ("alpha", "beta", "gamma")] == ["2.0", "1.0", "1.0"]
    assert snapshot(base.prefix) == before


def test_a_second_install_starts_no_process(linked: Venv, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.install(Project("alpha"), Project("beta"))
    linked.install("alpha")
    linked.install("beta")

    def no_process(*_args: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", no_process)

    assert linked.install("alpha").changes == ()
    assert linked.install("beta").changes == ()


def test_a_failed_install_leaves_the_links_as_they_were(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha"))
    broken = Project("broken", tag="py2-none-any")
    index(broken)
    linked.install("alpha")
    before = snapshot(linked.site)

    with pytest.raises(ResolutionError):
        linked.install("broken")

    assert snapshot(linked.site) == before


def test_scripts_entry_points_and_metadata_are_those_of_a_full_install(linked: Venv, base: Base) -> None:
    points = "[console_scripts]\ntool = tool:main\n[host.plugins]\ntool = tool\n"
    module = "import sys\ndef main():\n    print(sys.prefix)\n"
    base.install(Project("tool", "1.5", extras=("more",), modules={"tool.py": module}, entry_points=points))

    linked.install("tool")

    assert linked.call(linked.prefix / "bin" / "tool") == str(linked.prefix)
    script = "import importlib.metadata as m; print(m.version('tool'), m.metadata('tool')['Provides-Extra'], "
    script += "[p.value for p in m.distribution('tool').entry_points if p.group == 'host.plugins'])"
    assert linked.run(script) == "1.5 more ['tool']"


def test_a_removed_link_is_reported_and_restored(linked: Venv, base: Base) -> None:
    base.install(Project("alpha"))
    linked.install("alpha")
    assert check.check(linked.prefix, linked.context).ok

    (linked.site / "alpha" / "__init__.py").unlink()
    findings = check.check(linked.prefix, linked.context).findings
    os.utime(next(linked.site.glob("alpha-*")))
    linked.install("alpha")

    assert [finding.text for finding in findings] == ["alpha 1.0 is not linked as it lies in the base"]
    assert linked.version("alpha") == "1.0"
    assert check.check(linked.prefix, linked.context).ok


_NAMES = "import importlib.metadata as m; print(*sorted(d.name for d in m.distributions()))"


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_a_build_without_isolation_imports_linked_distributions(
    linked: Venv, base: Base, index: Indexer, tmp_path: Path, backend: str
) -> None:
    base.install(Project("builder"))
    index()
    source = make_source(tmp_path / "work", Project("built", modules={"built/__init__.py": "__version__ = '1.0'\n"}))
    text = (source / "backend.py").read_text()
    (source / "backend.py").write_text(text.replace("import tarfile\n", "import builder\nimport tarfile\n"))
    linked.install("builder")
    before = snapshot(base.prefix)

    linked.install("--no-build-isolation", str(source), backend=backend)

    assert (linked.version("built"), linked.version("builder")) == ("1.0", "1.0")
    assert snapshot(base.prefix) == before


def test_a_failed_build_restores_the_links(linked: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    base.install(Project("alpha"))
    index()
    source = make_source(tmp_path / "work", Project("built"))
    text = (source / "backend.py").read_text()
    (source / "backend.py").write_text(text.replace('source = Path("src")\n', "raise SystemExit('no wheel today')\n"))
    linked.install("alpha")
    before = _links(linked)

    with pytest.raises((BackendError, ResolutionError)):
        linked.install(str(source))

    assert _links(linked) == before
    assert linked.version("alpha") == "1.0"


def test_an_install_with_changed_metadata_restores_the_links(
    linked: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    """The metadata change with each build."""
    base.install(Project("alpha", requires=("beta",)), Project("beta"))
    index()
    source = make_source(tmp_path / "work", Project("built"))
    backend = (source / "backend.py").read_text()
    second = 'lines += ["Requires-Dist: beta>=9"] * Path("second").exists()\n    Path("second").touch()\n'
    loop = "    for extra, requirements in"
    assert loop in backend
    (source / "backend.py").write_text(backend.replace(loop, f"    {second}{loop}"))
    linked.install("alpha")
    before = _links(linked)

    with pytest.raises(BrokenInstallError):
        linked.install(str(source), backend="pip")

    assert _links(linked) == before
    assert linked.run("import alpha, beta, built") == ""


def _links(venv: Venv) -> dict[str, str]:
    return {str(path): str(path.readlink()) for path in venv.prefix.rglob("*") if path.is_symlink()}
