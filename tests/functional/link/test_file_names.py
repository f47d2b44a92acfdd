"""Reuse mode ``link``: no entry in a file list of the base leads to links outside the environment."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, snapshot
from support.metadata_formats import write_files
from support.projects import Project
from support.venv import Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable


def _uninstallers() -> dict[str, Callable[[Venv, str], None]]:
    def by_pip(venv: Venv, name: str) -> None:
        venv.call(sys.executable, "-m", "pip", "--python", str(venv.python), "uninstall", "--yes", name)

    def by_uv(venv: Venv, name: str) -> None:
        uv = find_uv(venv.context.environ)
        assert uv
        venv.call(uv, "pip", "uninstall", "--python", venv.python, name)

    return {"pip": by_pip, "uv": by_uv}


_ODD = ("with space.txt", "comma,and.txt", 'quote".txt', "ünicode.txt", "line\nfeed.txt", "form\x0cfeed.txt", "a'b.txt")


@pytest.mark.parametrize("uninstaller", _uninstallers().values(), ids=_uninstallers())
@pytest.mark.parametrize("listed", [True, False], ids=["RECORD", "none"])
def test_odd_file_names_are_linked_and_uninstalled(
    linked: Venv, base: Base, uninstaller: Callable[[Venv, str], None], *, listed: bool
) -> None:
    base.install(Project("odd"))
    write_files(base.site / "odd", {name: name for name in _ODD})
    with (base.site / "odd-1.0.dist-info" / "RECORD").open("a", newline="") as file:
        csv.writer(file).writerows([f"odd/{name}", "", ""] for name in _ODD)
    (Path(os.fsdecode(os.fsencode(base.site / "odd") + b"/\xff.txt"))).touch()
    (base.site / "odd" / "CASE.txt").touch()
    (base.site / "odd" / "case.txt").touch()
    if not listed:
        (base.site / "odd-1.0.dist-info" / "RECORD").unlink()
    before = snapshot(base.prefix)

    linked.install("odd")

    names = {path.name for path in (linked.site / "odd").iterdir()}
    assert {name for name in _ODD if "feed" not in name} <= names
    assert all((linked.site / "odd" / name).read_text() == name for name in names & set(_ODD))
    assert check.check(linked.prefix, linked.context).ok
    assert not linked.install("odd").changes
    uninstaller(linked, "odd")
    assert not [path for path in linked.site.iterdir() if path.name.startswith("odd")]
    assert snapshot(base.prefix) == before


@pytest.mark.parametrize("uninstaller", _uninstallers().values(), ids=_uninstallers())
def test_record_entries_outside_the_base_are_ignored(
    linked: Venv, base: Base, tmp_path: Path, uninstaller: Callable[[Venv, str], None]
) -> None:
    base.install(Project("stray", modules={"stray.py": "", "near/__init__.py": ""}), Project("victim"))
    (tmp_path / "outside.txt").write_text("outside\n")
    (base.prefix / "outer.txt").write_text("outer\n")
    up = "../" * 12
    record = base.site / "stray-1.0.dist-info" / "RECORD"
    lines = [
        str(tmp_path / "outside.txt"),
        f"{up}{str(tmp_path / 'outside.txt').lstrip('/')}",
        f"{up}etc/passwd",
        f"{up}{str(linked.prefix / 'pyvenv.cfg').lstrip('/')}",
        "../../../outer.txt",
        "../../../bin/python3",
        "../../../bin/../bin/python3",
        "../site-packages/near/../stray.py",
        "near/../victim/__init__.py",
        "near/./__init__.py",
        "gone/__init__.py",
        "gone.py",
        "..",
        ".",
        "",
        "near/",
        "near",
        "victim-1.0.dist-info/METADATA",
        "stray-1.0.dist-info/../stray.py",
        "../../../pyvenv.cfg",
        "../../../thinvenv.json",
        "C:\\Windows\\file.txt",
        "near\\__init__.py",
    ]
    record.write_text(record.read_text() + "".join(f'"{path}",,\n' for path in lines))
    (base.prefix / "pyvenv.cfg").write_text("not one\n")
    (base.prefix / "thinvenv.json").write_text("{}\n")
    before, own = snapshot(tmp_path / "base"), (linked.prefix / "pyvenv.cfg").read_text()

    linked.install("stray")

    assert linked.run("import stray, near") == ""
    assert (linked.prefix / "outer.txt").read_text() == "outer\n"
    assert (linked.prefix / "pyvenv.cfg").read_text() == own
    assert not (linked.prefix / "pyvenv.cfg").is_symlink()
    assert linked.python.resolve() == base.python.resolve()
    assert check.check(linked.prefix, linked.context).ok
    assert not linked.install("stray").changes
    uninstaller(linked, "stray")
    assert (tmp_path / "outside.txt").read_text() == "outside\n"
    assert (linked.prefix / "pyvenv.cfg").read_text() == own
    assert linked.python.exists()
    assert snapshot(tmp_path / "base") == before


def test_base_packages_that_are_symbolic_links(linked: Venv, base: Base, tmp_path: Path) -> None:
    base.install(Project("there", modules={"there/__init__.py": "", "there/sub/__init__.py": "", "alone.py": ""}))
    (tmp_path / "store").mkdir()
    for name in ("there", "alone.py", "there-1.0.dist-info"):
        (base.site / name).rename(tmp_path / "store" / name)
        (base.site / name).symlink_to(tmp_path / "store" / name)
    before = snapshot(base.prefix), snapshot(tmp_path / "store")

    assert actions(linked.install("there")) == {"there": "reuse"}

    assert linked.run("import there.sub, alone; print(there.__file__)") == str(linked.site / "there" / "__init__.py")
    assert check.check(linked.prefix, linked.context).ok
    for uninstaller in _uninstallers().values():
        uninstaller(linked, "there")
        assert not (linked.site / "there").exists()
        linked.install("there")
        assert linked.run("import there.sub, alone") == ""
    assert (snapshot(base.prefix), snapshot(tmp_path / "store")) == before


def test_base_files_named_like_thinvenvs_own_are_not_linked(linked: Venv, base: Base) -> None:
    """A distribution of the base can have modules of the same names as those that thinvenv adds."""
    names = [f"_thinvenv{stem}{suffix}" for stem in ("", "_link") for suffix in (".py", ".pth", ".start")]
    base.install(Project("usurper", modules={"usurper.py": "", **dict.fromkeys(names, "raise SystemExit(3)\n")}))

    linked.install("usurper")

    assert linked.run("import usurper") == ""
    assert not [name for name in names if (linked.site / name).is_symlink()]


def test_recursive_commands_do_not_change_the_base(linked: Venv, base: Base) -> None:
    base.install(Project("tree", modules={"tree/__init__.py": "", "tree/sub/__init__.py": "", "tree/sub/data.txt": ""}))
    linked.install("tree")
    before = snapshot(base.prefix)

    subprocess.run(["chmod", "-R", "a+rX", str(linked.prefix)], check=True)
    subprocess.run(["chown", "-R", "--no-dereference", str(os.getuid()), str(linked.prefix)], check=True)
    subprocess.run(["find", str(linked.prefix), "-name", "*.py", "-type", "f", "-delete"], check=True)

    assert snapshot(base.prefix) == before
