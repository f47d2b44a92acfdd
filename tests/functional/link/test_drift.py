"""Reuse mode ``link``: a changed base is noticed, the next install repairs the links, and none dangles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, make_base, snapshot
from support.projects import Project
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import Indexer, Venv, actions
from thinvenv.creation import create
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.environments import receipt
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _dangling(venv: Venv) -> list[Path]:
    return [path for path in venv.prefix.rglob("*") if path.is_symlink() and not path.exists()]


def _remove(base: Base, *patterns: str) -> None:
    for pattern in patterns:
        for entry in base.site.glob(pattern):
            entry.rename(base.prefix / f"old-{entry.name}")


def _findings(venv: Venv) -> list[str]:
    return [finding.text for finding in check.check(venv.prefix, venv.context).findings]


def test_an_upgraded_base_distribution_with_other_modules_is_linked_again(linked: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0", modules={"alpha.py": "__version__ = '1.0'\n"}))
    linked.install("alpha")
    _remove(base, "alpha*")
    base.install(Project("alpha", "2.0", modules={"alpha/__init__.py": "__version__ = '2.0'\n", "extra.py": ""}))

    findings = _findings(linked)
    linked.install("alpha")

    assert findings == [f"alpha 1.0 in {base.site} is now 2.0 in {base.site}"]
    assert linked.version("alpha") == "2.0"
    assert linked.run("import extra") == ""
    assert not _dangling(linked)
    assert not list(linked.site.glob("alpha-1*"))
    assert _findings(linked) == []


def test_the_same_base_version_with_other_files_is_linked_again(linked: Venv, base: Base) -> None:
    base.install(Project("alpha", modules={"alpha.py": "__version__ = 'one'\n"}))
    linked.install("alpha")
    _remove(base, "alpha*")
    base.install(Project("alpha", modules={"alpha/__init__.py": "__version__ = 'two'\n"}))

    findings = _findings(linked)
    linked.install("alpha")

    assert findings == ["alpha 1.0 is not linked as it lies in the base"]
    assert linked.version("alpha") == "two"
    assert not _dangling(linked)


def test_distributions_that_the_base_lost_are_installed(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(*SAMPLE_PROJECTS)
    index(*SAMPLE_PROJECTS)
    linked.install(*SAMPLE_NAMES)
    _remove(base, "ns", "ns_one*", "tree*", "single*")

    plan = linked.install(*SAMPLE_NAMES)

    assert {name for name, action in actions(plan).items() if action == "install"} == {"ns-one", "tree", "single"}
    assert linked.version("tree") == "1.0"
    assert not _dangling(linked)


def test_links_follow_a_moved_base(tmp_path: Path, notes: list[str], base: Base) -> None:
    other = make_base(tmp_path / "other").install(Project("alpha"))
    venv = Venv(tmp_path / "linked", notes)
    create.create(venv.prefix, venv.context, python=str(base.python), bases=[str(other.prefix)], reuse="link")
    venv.install("alpha")
    other.prefix.rename(tmp_path / "moved")
    assert _findings(venv)

    sync_config(venv.prefix, venv.context, reuse="link", bases=[str(tmp_path / "moved")])
    venv.install("alpha")

    assert venv.version("alpha") == "1.0"
    assert not _dangling(venv)
    assert _findings(venv) == []


def test_distributions_that_are_no_longer_required_are_unlinked(linked: Venv, base: Base) -> None:
    base.install(Project("alpha", "1.0", requires=("beta",)), Project("beta"))
    linked.install("alpha")
    _remove(base, "alpha*")
    base.install(Project("alpha", "1.1"))

    linked.install("alpha")

    assert linked.run("import importlib.metadata as m; print(*(d.name for d in m.distributions()))") == "alpha"
    assert not (linked.site / "beta").exists()


def test_links_survive_the_loss_of_the_receipt(linked: Venv, base: Base) -> None:
    base.install(*SAMPLE_PROJECTS)
    linked.install(*SAMPLE_NAMES)
    before = snapshot(linked.site)
    (linked.prefix / receipt.FILE_NAME).unlink()

    plan = linked.install(*SAMPLE_NAMES)

    assert set(actions(plan).values()) == {"reuse"}
    assert snapshot(linked.site) == before


def test_an_install_after_the_loss_of_the_receipt_keeps_the_links(linked: Venv, base: Base) -> None:
    base.install(Project("alpha", requires=("beta",)), Project("beta"), Project("gamma"))
    linked.install("alpha")
    (linked.prefix / receipt.FILE_NAME).unlink()

    linked.install("gamma")

    assert linked.run("import alpha, beta, gamma") == ""


def test_reuse_off_removes_the_links(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(*SAMPLE_PROJECTS)
    index(*SAMPLE_PROJECTS)
    linked.install(*SAMPLE_NAMES)
    before = snapshot(base.prefix)

    sync_config(linked.prefix, linked.context, reuse="off")
    plan = linked.install(*SAMPLE_NAMES)

    assert set(actions(plan).values()) == {"install"}
    assert not [path for path in linked.site.rglob("*") if path.is_symlink()]
    assert linked.run("import tree.leaf, ns.deep.one, ns.deep.two, pk.one, pk.two") == ""
    assert snapshot(base.prefix) == before


def test_link_mode_can_be_changed_to_inherit(linked: Venv, base: Base, index: Indexer) -> None:
    base.install(*SAMPLE_PROJECTS, Project("undeclared"))
    index()
    linked.install(*SAMPLE_NAMES)
    before = snapshot(base.prefix)

    sync_config(linked.prefix, linked.context, reuse="inherit")
    plan = linked.install(*SAMPLE_NAMES)

    assert set(actions(plan).values()) == {"reuse"}
    assert not [path for path in linked.site.rglob("*") if path.is_symlink()]
    assert linked.run("import tree.leaf, ns.deep.one, ns.deep.two, pk.one, pk.two, undeclared") == ""
    assert not linked.install(*SAMPLE_NAMES).changes
    assert snapshot(base.prefix) == before


def test_inherit_mode_can_be_changed_to_link(venv: Venv, base: Base) -> None:
    base.install(Project("alpha"), Project("undeclared"))
    venv.install("alpha")

    sync_config(venv.prefix, venv.context, reuse="link")
    plan = venv.install("alpha")

    assert actions(plan) == {"alpha": "reuse"}
    assert (venv.site / "alpha" / "__init__.py").is_symlink()
    assert venv.run("import importlib.util as u; print(u.find_spec('undeclared'))") == "None"


@pytest.mark.parametrize("stop", range(1, 40, 3))
def test_an_interrupted_install_is_finished_by_the_next(
    linked: Venv, base: Base, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """An install is interrupted at the n-th of the calls that change the file system."""
    base.install(*SAMPLE_PROJECTS)
    linked.install("tree", "ns-one")
    (linked.site / "tree" / "leaf.py").unlink()
    os.utime(next(linked.site.glob("ns_one-*")))
    left = stop

    def counted(call: Callable[..., None]) -> Callable[..., None]:
        def run(*words: object, **options: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            call(*words, **options)

        return run

    with monkeypatch.context() as patch:
        for name in ("symlink", "mkdir", "rename", "unlink", "replace"):
            patch.setattr(os, name, counted(getattr(os, name)))
        with pytest.raises(KeyboardInterrupt):
            linked.install(*SAMPLE_NAMES)

    linked.install(*SAMPLE_NAMES)

    assert linked.run("import tree.leaf, ns.deep.one, ns.deep.two, pk.one, pk.two, single, plug.hooks") == ""
    assert _findings(linked) == []
    assert not [path for path in linked.site.iterdir() if path.name.endswith((".new", ".old"))]
