"""Reuse mode ``link`` without symbolic links: files are copied, and the user is notified once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.projects import Project
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.creation import create
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.environments import probe_cache
from thinvenv.installation import check
from thinvenv.links import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _findings(venv: Venv) -> list[str]:
    return [finding.text for finding in check.check(venv.prefix, venv.context).findings]


def test_distributions_are_copied_where_symbolic_links_are_refused(
    tmp_path: Path, base: Base, notes: list[str], index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object, **_options: object) -> None:
        raise PermissionError("a required privilege is not held by the client")

    base.install(*SAMPLE_PROJECTS)
    index(Project("ns-three", modules={"ns/deep/three/__init__.py": ""}))
    venv = Venv(tmp_path / "copied", notes)
    with monkeypatch.context() as patch:
        patch.setattr("thinvenv.links.link_or_copy.os.symlink", refuse)
        create.create(venv.prefix, venv.context, python=str(base.python), reuse="link")
        before = snapshot(base.prefix)
        venv.install(*SAMPLE_NAMES)
    for path in venv.site.rglob("*"):  # file systems without symbolic links have a resolution of two seconds
        os.utime(path, ns=(0, path.stat().st_mtime_ns // 2_000_000_000 * 2_000_000_000))
    assert _findings(venv) == []
    plan = venv.install(*SAMPLE_NAMES, "ns-three")

    assert [note for note in notes if "symbolic links cannot be created in" in note] == notes
    assert len(notes) == 1
    assert actions(plan) == dict.fromkeys(SAMPLE_NAMES, "reuse") | {"ns-three": "install"}
    assert not [path for path in venv.site.rglob("*") if path.is_symlink()]
    assert venv.run("import tree.leaf, ns.deep.one, ns.deep.three, pk.one, single, plug.hooks") == ""
    assert _findings(venv) == []
    sync.remove_links(probe_cache.probe_cached(venv.python, venv.context))
    assert sorted(path.name for path in venv.site.iterdir() if not path.name.startswith("_")) == [
        "ns",
        "ns_three-1.0.dist-info",
    ]
    assert snapshot(base.prefix) == before


@contextmanager
def _exfat(folder: Path) -> Iterator[Path]:
    """Mount a file system without symbolic links and with coarse times; skip the test if that is impossible."""
    image, mounted = folder / "exfat.img", folder / "exfat"
    image.write_bytes(b"")
    os.truncate(image, 128 * 1024 * 1024)
    mounted.mkdir()
    loop = ""
    try:
        loop = _run("losetup", "--find", "--show", str(image))
        _run("mkfs.exfat", loop)
        _run("mount.exfat-fuse", loop, str(mounted))
        yield mounted
    finally:
        subprocess.run(["umount", mounted], capture_output=True, check=False)
        if loop:
            _run("losetup", "--detach", loop)


def _run(name: str, *words: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")  # some users do not have these
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False) if program else None
    if done is None or done.returncode:
        pytest.skip(f"{name} is not available")
    return done.stdout.strip()


def test_distributions_are_copied_on_a_file_system_without_symbolic_links(
    tmp_path: Path, base: Base, notes: list[str]
) -> None:
    base.install(*SAMPLE_PROJECTS)
    before = snapshot(base.prefix)
    with _exfat(tmp_path) as folder:
        venv = Venv(folder / "copied", notes)
        virtualenv = (sys.executable, "-m", "virtualenv", "--no-seed", "--copies", "-p", str(base.python))
        subprocess.run([*virtualenv, str(venv.prefix)], check=True, capture_output=True)
        sync_config(venv.prefix, venv.context, reuse="link")

        plan = venv.install(*SAMPLE_NAMES)

        assert actions(plan) == dict.fromkeys(SAMPLE_NAMES, "reuse")
        assert [note for note in notes if "symbolic links cannot be created in" in note] == notes
        assert len(notes) == 1
        assert venv.run("import tree.leaf, ns.deep.one, ns.deep.two, pk.one, single, plug.hooks") == ""
        assert _findings(venv) == []
        uv = find_uv(venv.context.environ)
        assert uv
        venv.call(uv, "pip", "uninstall", "--python", venv.python, "tree")
        assert _findings(venv)[0] == "tree 1.0 is not linked as it lies in the base"
        venv.install(*SAMPLE_NAMES, "tree>=1")
        assert _findings(venv) == []
    assert snapshot(base.prefix) == before
