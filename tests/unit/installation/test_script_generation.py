"""Scripts of reused distributions: which are made, what they run, and which are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import DistributionSpec, write, write_files
from support.projects import Project, unpack_into
from thinvenv.environments import probe
from thinvenv.installation import script_files, script_generation
from thinvenv.inventory.scan import scan
from thinvenv.model import Use, WrittenScript

if TYPE_CHECKING:
    from thinvenv.cache import Cache
    from thinvenv.model import Environment


@lru_cache
def this_environment() -> Environment:
    return probe.probe(Path(sys.executable), dict(os.environ))


@pytest.fixture
def target(tmp_path: Path) -> Environment:
    """Return this interpreter with an empty folder for scripts and an empty path."""
    folder = tmp_path / "venv" / "bin"
    folder.mkdir(parents=True)
    return this_environment()._replace(scripts=str(folder), path=(), prefix=str(tmp_path / "venv"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    from thinvenv.cache import Cache  # noqa: PLC0415 - a type elsewhere

    return Cache(tmp_path / "cache")


def uses_of(target: Environment, cache: Cache, *layers: Path) -> list[Use]:
    inventory = scan(target._replace(path=tuple(map(str, layers))), cache)
    return [Use(distribution, (distribution.name,)) for distribution in inventory.visible.values()]


def content_of(target: Environment, name: str) -> bytes:
    return Path(target.scripts, name).read_bytes()


def test_console_and_gui_scripts_are_made(tmp_path: Path, target: Environment, cache: Cache) -> None:
    points = (
        "[console_scripts]\nplain = sys:exit\nextra = sys:exit [more]\n[gui_scripts]\nwindow = sys:exit\n[x]\ny = z\n"
    )
    unpack_into(tmp_path / "site", Project("tool", entry_points=points))

    created = script_generation.update(uses_of(target, cache, tmp_path / "site"), {}, target)

    assert sorted(created) == sorted(os.listdir(target.scripts)) == ["extra", "plain", "window"]
    for name in created:
        assert subprocess.run([Path(target.scripts, name)], check=False).returncode == 0
        assert content_of(target, name).startswith(b"#!" + os.fsencode(target.python))


def test_windows_launchers(tmp_path: Path, target: Environment, cache: Cache) -> None:
    points = "[console_scripts]\ntool = sys:exit\n[gui_scripts]\nwindow = sys:exit\n"
    unpack_into(tmp_path / "site", Project("tool", entry_points=points))
    write_files(tmp_path / "Scripts", dict.fromkeys(("tool.exe", "window-script.pyw", "other.bat"), "the base's\n"))
    record = tmp_path / "site" / "tool-1.0.dist-info" / "RECORD"
    record.write_text(
        "".join(f'"..\\Scripts\\{name}",,\n' for name in os.listdir(tmp_path / "Scripts")).replace("\\", "/")
    )
    windows = target._replace(
        python="C:\\venv\\Scripts\\python.exe", markers={**target.markers, "sys_platform": "win32"}
    )

    for platform in ("win-amd64", "win32", "win-arm64"):
        created = script_generation.update(
            uses_of(target, cache, tmp_path / "site"), {}, windows._replace(platform=platform)
        )
        assert sorted(created) == ["other.bat", "tool.exe", "window.exe"]
        for name, python in (("tool.exe", b"python.exe"), ("window.exe", b"pythonw.exe")):
            launcher = content_of(target, name)
            assert launcher.startswith(b"MZ")
            assert b"#!C:\\venv\\Scripts\\" + python in launcher
            with zipfile.ZipFile(BytesIO(launcher)) as archive:
                assert "import exit" in archive.read("__main__.py").decode()
        script_files.remove(created, Path(target.scripts))
        assert os.listdir(target.scripts) == []


ESCAPES = ("../outside", "/tmp/absolute", "..", ".", "sub/dir", "back\\slash", "C:\\x")


def test_a_script_that_an_installer_has_written_again_stays(tmp_path: Path, target: Environment, cache: Cache) -> None:
    target = target._replace(purelib=str(tmp_path / "venv" / "lib" / "python3" / "site-packages"))
    for site in (tmp_path / "base" / "lib" / "python3" / "site-packages", Path(target.purelib)):
        unpack_into(site, Project("tool"))
        (site / "tool-1.0.dist-info" / "RECORD").write_text("../../../bin/tool,,\n")
    write_files(tmp_path / "base" / "bin", {"tool": "#!python\npass\n"})
    created = script_generation.update(
        uses_of(target, cache, tmp_path / "base" / "lib" / "python3" / "site-packages"), {}, target
    )
    assert [*created] == ["tool"]

    assert script_generation.update((), created, target) == {}
    assert os.listdir(target.scripts) == ["tool"]
    installer = Path(target.purelib, "tool-1.0.dist-info", "INSTALLER")
    installer.write_text("thinvenv\n")
    script_generation.update((), created, target)
    assert os.listdir(target.scripts) == []


def test_names_outside_the_scripts_folder_are_ignored(tmp_path: Path, target: Environment, cache: Cache) -> None:
    points = "[console_scripts]\n" + "".join(f"{name} = sys:exit\n" for name in (*ESCAPES, "good"))
    unpack_into(tmp_path / "site", Project("tool", entry_points=points))
    write_files(tmp_path, {"bin/evil": "#!python\n", "etc/shadow": "secret", "share/bin/data": "#!python\n"})
    record = "../bin/..,,\n../bin/.,,\n../bin/,,\n../etc/shadow,,\n../share/bin/data,,\n,,\n\n"
    (tmp_path / "site" / "tool-1.0.dist-info" / "RECORD").write_text(record)

    created = script_generation.update(uses_of(target, cache, tmp_path / "site"), {}, target)

    assert list(created) == os.listdir(target.scripts) == ["good"]
    assert sorted(os.listdir(tmp_path / "venv")) == ["bin"]


BROKEN = ("no value\n", "x = \n", "x = not an object!\n", "x = module\n", "= sys:exit\n", "\xff\xfe\n")


@pytest.mark.parametrize("line", BROKEN)
def test_invalid_entry_points_are_ignored(line: str, tmp_path: Path, target: Environment, cache: Cache) -> None:
    unpack_into(tmp_path / "site", Project("tool", entry_points=f"[console_scripts]\n{line}"))
    assert script_generation.update(uses_of(target, cache, tmp_path / "site"), {}, target) == {}


LONG = "/".join(["", *["folder" * 10] * 3, "python3.11"])
FIRST_LINES = {
    "#!python\n": "",
    "#!/opt/base/bin/python3.11\n": "",
    "#!/usr/bin/env python\n": "",
    "#!/usr/bin/python3 -s\n": " -s",
    '#!"C:\\base\\python.exe"\n': "",
    "#!pythonw\n": "",
    f"#!/bin/sh\n'''exec' {LONG} \"$0\" \"$@\"\n' '''\n": "",
    "#!/bin/sh\n'''exec' \"/with a space/python\" \"$0\" \"$@\"\n' '''\n": "",
}


@pytest.mark.parametrize("first", FIRST_LINES)
def test_a_plain_script_gets_the_interpreter_of_the_environment(
    first: str, tmp_path: Path, target: Environment, cache: Cache
) -> None:
    write_files(tmp_path / "base", {"bin/plain": f"{first}import sys\nprint(sys.executable)\n"})
    unpack_into(tmp_path / "base" / "site", Project("tool"))
    (tmp_path / "base" / "site" / "tool-1.0.dist-info" / "RECORD").write_text("../bin/plain,,\n../bin/gone,,\n")

    script_generation.update(uses_of(target, cache, tmp_path / "base" / "site"), {}, target)

    done = subprocess.run([Path(target.scripts, "plain")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == target.python
    assert content_of(target, "plain").startswith(os.fsencode(f"#!{target.python}{FIRST_LINES[first]}\nimport sys"))


@pytest.mark.parametrize("folder", ["a space", "long" * 40])
def test_an_interpreter_path_that_does_not_fit_in_a_shebang(
    folder: str, tmp_path: Path, target: Environment, cache: Cache
) -> None:
    write_files(tmp_path / "base", {"bin/plain": "#!python\nimport sys\nprint(sys.argv)\n"})
    unpack_into(tmp_path / "base" / "site", Project("tool"))
    (tmp_path / "base" / "site" / "tool-1.0.dist-info" / "RECORD").write_text("../bin/plain,,\n")
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "python").symlink_to(sys.executable)

    moved = target._replace(python=str(tmp_path / folder / "python"))
    script_generation.update(uses_of(target, cache, tmp_path / "base" / "site"), {}, moved)

    done = subprocess.run([Path(target.scripts, "plain"), "a b"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([str(Path(target.scripts, "plain")), "a b"])


def test_a_program_that_is_not_python_is_linked(tmp_path: Path, target: Environment, cache: Cache) -> None:
    write_files(tmp_path / "base", {"bin/shell": "#!/bin/sh\necho python\n", "bin/notebook": "#!/usr/bin/ipython\n"})
    unpack_into(tmp_path / "base" / "site", Project("tool"))
    (tmp_path / "base" / "site" / "tool-1.0.dist-info" / "RECORD").write_text("../bin/shell,,\n../bin/notebook,,\n")

    created = script_generation.update(uses_of(target, cache, tmp_path / "base" / "site"), {}, target)

    assert {name: os.readlink(Path(target.scripts, name)) for name in created} == {
        name: str(tmp_path / "base" / "bin" / name) for name in ("shell", "notebook")
    }


@pytest.mark.parametrize("form", ["egg", "zipped egg"])
def test_plain_scripts_of_an_egg_are_copied(form: str, tmp_path: Path, target: Environment, cache: Cache) -> None:
    described = DistributionSpec("old")
    egg = tmp_path / "site" / "old-1.0-py3.egg"
    write(tmp_path / "site", form, described)
    if form == "egg":
        write_files(egg, {"EGG-INFO/scripts/older": "#!python\nprint('old')\n"})
    else:
        with zipfile.ZipFile(egg, "a") as archive:
            archive.writestr("EGG-INFO/scripts/older", "#!python\nprint('old')\n")

    script_generation.update(uses_of(target, cache, egg), {}, target)

    assert subprocess.run([Path(target.scripts, "older")], capture_output=True, check=True).stdout == b"old\n"


def test_scripts_in_installed_files_of_an_egg_info_are_copied(
    tmp_path: Path, target: Environment, cache: Cache
) -> None:
    write(tmp_path / "lib" / "site", "egg-info", DistributionSpec("old"))
    write_files(tmp_path, {"bin/older": "#!python\nprint('old')\n"})
    listed = "../old.py\n../../../bin/older\n../../../bin/older.pyc\nPKG-INFO\n"
    (tmp_path / "lib" / "site" / "old-1.0-py3.egg-info" / "installed-files.txt").write_text(listed)

    assert list(script_generation.update(uses_of(target, cache, tmp_path / "lib" / "site"), {}, target)) == ["older"]


def test_a_package_named_bin_is_not_a_scripts_folder(tmp_path: Path, target: Environment, cache: Cache) -> None:
    modules = {"bin/__init__.py": "", "bin/tool.py": "#!/usr/bin/python\n"}
    unpack_into(tmp_path / "site", Project("tool", modules=modules))
    assert script_generation.update(uses_of(target, cache, tmp_path / "site"), {}, target) == {}


class TestForeignScripts:
    """A script that was not created here is never overwritten and never removed."""

    @pytest.fixture
    def uses(self, tmp_path: Path, target: Environment, cache: Cache) -> list[Use]:
        points = "[console_scripts]\none = sys:exit\ntwo = sys:exit\n"
        unpack_into(tmp_path / "site", Project("tool", entry_points=points))
        return uses_of(target, cache, tmp_path / "site")

    def test_existing_scripts_are_kept(self, uses: list[Use], target: Environment) -> None:
        for name in ("one", "two"):
            Path(target.scripts, name).write_text("mine")

        created = script_generation.update(uses, {}, target)
        script_generation.update([], created, target)

        assert (created, content_of(target, "one")) == ({}, b"mine")
        assert sorted(os.listdir(target.scripts)) == ["one", "two"]

    def test_scripts_that_a_power_failure_has_emptied_are_written(self, uses: list[Use], target: Environment) -> None:
        created = script_generation.update(uses, {}, target)
        contents = content_of(target, "one"), content_of(target, "two")
        for name in created:
            Path(target.scripts, name).write_text("")

        assert script_generation.update(uses, {}, target) == created
        assert (content_of(target, "one"), content_of(target, "two")) == contents

    def test_a_replaced_script_is_kept(self, uses: list[Use], target: Environment) -> None:
        created = script_generation.update(uses, {}, target)
        Path(target.scripts, "one").write_text("an installer's")

        assert list(script_generation.update(uses, created, target)) == ["two"]
        assert script_generation.update([], created, target) == {}
        assert os.listdir(target.scripts) == ["one"]
        assert content_of(target, "one") == b"an installer's"

    def test_scripts_of_a_moved_environment_are_rewritten(self, uses: list[Use], target: Environment) -> None:
        created = script_generation.update(uses, {}, target)
        moved = target._replace(python=f"{target.prefix}/elsewhere/python")

        second = script_generation.update(uses, created, moved)

        assert list(second) == list(created)
        assert second != created
        assert b"elsewhere" in content_of(target, "one")

    def test_unrecorded_scripts_of_a_killed_run_are_recognized(self, uses: list[Use], target: Environment) -> None:
        created = script_generation.update(uses, {}, target)
        assert script_generation.update(uses, {}, target) == created

    def test_a_folder_in_the_place_of_a_script_is_kept(self, uses: list[Use], target: Environment) -> None:
        Path(target.scripts, "one").mkdir()
        assert list(script_generation.update(uses, {}, target)) == ["two"]
        script_files.remove({"one": WrittenScript("tool", "")}, Path(target.scripts))
        assert Path(target.scripts, "one").is_dir()


def test_a_script_that_cannot_be_read_now_is_neither_foreign_nor_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert script_files.digest_of(tmp_path / "pipe") == script_files.digest_of(tmp_path) == "unreadable"

    def fail(_path: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(script_files, "read_bytes", fail)
    with pytest.raises(OSError, match="Input/output error"):
        script_files.digest_of(tmp_path / "script")
