"""Base environments: small Python installations that the tests make, and the Pythons of this machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from support.projects import install_into

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.projects import Project


_MADE: set[Path] = set()
"""The prefixes of the bases that this process has made."""


@dataclass(frozen=True)
class Base:
    """A real CPython with a site directory of its own: prefix, interpreter and ``site-packages``."""

    prefix: Path
    python: Path
    site: Path

    def install(self, *projects: Project) -> Base:
        """Install projects into this base, and return it."""
        install_into(self.prefix, self.python, *projects)
        return self


def make_base(prefix: Path, python: str = sys.executable) -> Base:
    """Make a CPython installation whose standard library is linked and whose ``site-packages`` is empty.

    The interpreter derives its prefix from the path of its program, so a copy of the program
    beside a ``lib`` is a complete installation.
    """
    real, stdlib = _installation(python)
    lib = prefix / "lib" / stdlib.name
    lib.mkdir(parents=True)
    for entry in stdlib.iterdir():
        if entry.name not in {"site-packages", "dist-packages", "EXTERNALLY-MANAGED"}:
            (lib / entry.name).symlink_to(entry)
    (lib / "site-packages").mkdir()
    (prefix / "bin").mkdir()
    program = prefix / "bin" / stdlib.name
    shutil.copy2(real, program)
    (prefix / "bin" / "python3").symlink_to(program.name)
    _MADE.add(prefix)
    return Base(prefix, program, lib / "site-packages")


@cache
def _installation(python: str) -> tuple[Path, Path]:
    """Return the program and the standard library of an interpreter, which is started once for all bases."""
    script = "import os, sys, sysconfig; print(os.path.realpath(getattr(sys, '_base_executable', sys.executable)))"
    script += "; print(sysconfig.get_path('stdlib'))"
    process = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    real, stdlib = process.stdout.split()
    return Path(real), Path(stdlib)


@cache
def installed_interpreters() -> dict[str, str]:
    """Return a CPython of this machine for each version that environments can have, by version."""
    interpreters: dict[str, str] = {}
    for minor in range(8, 16):
        name = f"python3.{minor}"
        for folder in [*os.environ.get("PATH", "").split(os.pathsep), *_pyenv_folders()]:
            if program := _program(Path(folder, name)):
                interpreters[f"3.{minor}"] = program
                break
    return interpreters


def _pyenv_folders() -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(path) for path in sorted(root.glob("versions/*/bin"))]


def _program(path: Path) -> str:
    """Return the interpreter at a path, or the one that a shim of pyenv starts; empty if there is none that works."""
    command = [str(path), "-c", "import sys; print(sys.executable)"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() if path.is_file() else ""


def snapshot(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Return the modification time, the mode and a digest of the content of every entry below a folder."""
    entries = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else ""
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        entries[str(path.relative_to(folder))] = (status.st_mtime_ns, status.st_mode, content)
    return entries


def exact_snapshot(folder: Path) -> dict[str, tuple[int | str, ...]]:
    """Return the kind, mode, times, inode, owner and links of every entry below a folder, and of the folder.

    A change of the content changes ``st_ctime``, which no program can set. The files are not opened, so that tests
    which record opened files see only those of the product. The time of the last access is left out, since reading is
    allowed.
    """
    entries: dict[str, tuple[int | str, ...]] = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        status = path.lstat()
        target = os.readlink(path) if path.is_symlink() else ""
        numbers = (
            status.st_mode,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_ino,
            status.st_uid,
            status.st_nlink,
        )
        entries[str(path.relative_to(folder))] = (target, *numbers)
    return entries


@contextmanager
def untouched_base(config: Path) -> Iterator[None]:
    """Assert that the block changes nothing in the base that a ``pyvenv.cfg`` names, not even a time.

    A base that the tests have not made may be large, and may change for other reasons.
    """
    home = re.search(r"^home *= *(.*)", config.read_text(), re.MULTILINE) if config.is_file() else None
    prefix = Path(home[1]).parent if home else Path()
    if prefix not in _MADE:
        yield
        return
    before = exact_snapshot(prefix)
    yield
    after = exact_snapshot(prefix)
    assert {name for name, _ in {*before.items()} ^ {*after.items()}} == set()
