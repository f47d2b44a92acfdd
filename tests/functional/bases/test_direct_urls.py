"""Distributions of a base that were installed from a URL or a path, which is needed for nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.projects import Project, build_wheel, make_source
from support.venv import Indexer, Venv, actions

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base

GONE = "http://127.0.0.1:9/wheels/torchx-2.1.0%2Bcu118-py3-none-any.whl"
TORCH = Project("torchx", "2.1.0+cu118")

backends = pytest.mark.parametrize("backend", ["uv", "pip"])
backends_and_modes = pytest.mark.parametrize(("backend", "mode"), [("uv", "inherit"), ("pip", "link")])
"""Each backend and each mode once: which distributions are reused depends on neither."""


def install_from_url(base: Base, project: Project, url: str, **document: Any) -> None:
    """Install a project into a base, as if it came from a URL."""
    base.install(project)
    path = base.site / f"{project.stem}.dist-info" / "direct_url.json"
    path.write_text(json.dumps({"url": url, **(document or {"archive_info": {}})}))
    with (path.parent / "RECORD").open("a") as file:
        file.write(f"{project.stem}.dist-info/direct_url.json,,\n")


@pytest.fixture
def target(mode: str, venv: Venv, linked: Venv) -> Venv:
    return linked if mode == "link" else venv


@backends_and_modes
@pytest.mark.parametrize(
    "requirement", ["torchx", "torchx>=2", f"torchx @ {GONE}", "wants-torchx", "wants-url"], ids=str
)
def test_a_url_that_cannot_be_reached_is_not_fetched(
    backend: str, requirement: str, target: Venv, base: Base, index: Indexer
) -> None:
    install_from_url(base, TORCH, GONE)
    base.install(Project("wants-torchx", requires=("torchx",)), Project("wants-url", requires=(f"torchx @ {GONE}",)))
    index(Project("app", requires=("torchx>=2",)), Project("other"))

    plan = target.install(requirement, "app", backend=backend)
    later = target.install("other", requirement, backend=backend)

    assert actions(plan)["torchx"] == "reuse"
    assert actions(plan)["app"] == actions(later)["other"] == "install"
    assert not later.removed
    assert target.version("torchx") == TORCH.version
    assert target.install(requirement, "app", backend=backend, offline=True).changes == ()


@backends_and_modes
@pytest.mark.parametrize(
    ("requirement", "gone"),
    [("torchx", False), ("torchx", True), ("torchx @ {}", False), ("torchx @ {}", True), ("{}", False)],
)
def test_a_wheel_that_is_still_there_is_not_installed_again(
    backend: str,
    requirement: str,
    gone: bool,  # noqa: FBT001 - a parameter of the test
    target: Venv,
    base: Base,
    index: Indexer,
    tmp_path: Path,
) -> None:
    wheel = build_wheel(TORCH, tmp_path / "wheels")
    install_from_url(base, TORCH, wheel.as_uri())
    index(Project("app", requires=("torchx>=2",)))
    if gone:
        wheel.unlink()

    plan = target.install(requirement.format(wheel.as_uri()), "app", backend=backend)

    assert actions(plan) == {"torchx": "reuse", "app": "install"}


@backends
def test_another_url_is_installed(backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    install_from_url(base, TORCH, GONE)
    index(Project("app", requires=("torchx>=2",)))
    wheel = build_wheel(Project("torchx", "2.2"), tmp_path / "wheels")

    plan = venv.install(f"torchx @ {wheel.as_uri()}", "app", backend=backend)

    assert actions(plan) == {"torchx": "shadow", "app": "install"}
    assert venv.version("torchx") == "2.2"


@backends
def test_a_conflict_with_what_came_from_a_url_is_solved_by_the_index(
    backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    install_from_url(base, TORCH, GONE)
    index(Project("app", requires=("torchx>=3",)), Project("torchx", "3.0"))

    assert actions(venv.install("torchx", "app", backend=backend)) == {"torchx": "shadow", "app": "install"}


@backends_and_modes
def test_the_freeze_of_a_base_reuses_it(backend: str, target: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    """Everything that ``pip freeze`` can write: from an index, by URL, from paths that exist or not, in a checkout."""
    index(Project("app"))
    base.install(Project("plain"))
    install_from_url(base, TORCH, GONE, archive_info={"hashes": {"sha256": "ab" * 32}})
    install_from_url(base, Project("conda-built"), "file:///absent/conda-bld/work", dir_info={})
    install_from_url(
        base, Project("vcs"), "https://host.test/vcs.git", vcs_info={"vcs": "git", "commit_id": "0123456789" * 4}
    )
    tree = make_source(tmp_path / "tree", Project("tree"))
    checkout = make_source(tmp_path / "checkout", Project("checkout"))
    git = ["git", "-C", str(checkout), "-c", "user.name=me", "-c", "user.email=me@host.test"]
    for arguments in ("init -q", "add .", "commit -qm first", "remote add origin https://host.test/checkout.git"):
        subprocess.run([*git, *arguments.split()], check=True)
    editable = make_source(tmp_path / "editable", Project("editable"))
    for folder in (tree, editable):
        for path in (*folder.rglob("*"), folder):
            os.utime(path, (time.time() - 60, time.time() - 60))
    pip = [sys.executable, "-m", "pip", "--python", str(base.python)]
    subprocess.run(
        [*pip, "install", "-q", "--no-deps", str(tree), "-e", str(editable), "-e", str(checkout)], check=True
    )
    shutil.rmtree(tree / "build", ignore_errors=True)
    freeze = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    assert f"torchx @ {GONE}#sha256={'ab' * 32}" in freeze
    assert "-e git+https://host.test/checkout.git@" in freeze
    (tmp_path / "freeze.txt").write_text(freeze)
    words = ("-r", str(tmp_path / "freeze.txt"))

    plan = target.install(*words, backend=backend)
    with_app = target.install(*words, "app", backend=backend)

    names = {"checkout", "conda-built", "editable", "plain", "torchx", "tree", "vcs"}
    assert actions(plan) == dict.fromkeys(names, "reuse")
    assert actions(with_app) == {**dict.fromkeys(names, "reuse"), "app": "install"}


@backends
def test_a_changed_source_is_built_again(backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    index()
    tree = make_source(tmp_path / "tree", Project("tree"))
    install_from_url(base, Project("tree"), tree.as_uri(), dir_info={})
    (tree / "src" / "tree" / "__init__.py").write_text("__version__ = 'changed'\n")

    assert actions(venv.install(str(tree), backend=backend)) == {"tree": "shadow"}
    assert venv.version("tree") == "changed"
