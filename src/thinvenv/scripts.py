"""The scripts of reused distributions, made anew for the interpreter of the venv.

A base's ``bin/pytest`` starts the base's interpreter, which does not see the venv. A full
install would have made one that starts the venv's, so that is what is made here: launchers
from entry points, and copies of plain script files with another first line.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from installer.scripts import LauncherKind

    from thinvenv.model import Distribution, Environment, Use

_GROUPS: dict[str, Literal["console", "gui"]] = {"console_scripts": "console", "gui_scripts": "gui"}
_PYTHON_LINE = re.compile(rb"^#!.*python[^\n]*\n", re.IGNORECASE)
_FOLDERS = ("bin", "Scripts")
_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script to be: its file name, and its content or the file that it leads to."""

    name: str
    owner: str
    content: bytes = b""
    target: str = ""


def update(uses: Iterable[Use], made: Mapping[str, str], environment: Environment) -> dict[str, str]:
    """Make the scripts that reused distributions need, and drop those that none needs now.

    A script that was not made here is never overwritten and never removed.

    Args:
        uses: The reused distributions.
        made: The scripts that were made here before: file name to distribution.
        environment: The venv that they are for.

    Returns:
        The scripts that are made now.

    """
    folder = Path(environment.scripts)
    wanted = {script.name: script for use in uses for script in scripts_of(use.distribution, environment)}
    remove(set(made) - set(wanted), folder)
    for name, script in wanted.items():
        if name in made or not os.path.lexists(folder / name):
            _write(folder / name, script)
    return {name: script.owner for name, script in wanted.items() if name in made or _is_ours(folder / name, script)}


def remove(names: Iterable[str], folder: Path) -> None:
    """Remove scripts that were made here."""
    for name in names:
        with suppress(FileNotFoundError):
            (folder / name).unlink()


def scripts_of(distribution: Distribution, environment: Environment) -> Iterator[ScriptFile]:
    """Yield the scripts that an install of a distribution would make.

    A name that would leave the folder (``../x``, an absolute path) is passed over: no
    metadata of a base may write elsewhere.
    """
    source = PathDistribution(Path(distribution.location))
    names = set()
    for script in _from_entry_points(source, distribution.name, environment):
        names.add(script.name)
        yield script
    for path in _plain_files(source):
        if path.name not in names and path.name.removesuffix(".exe") not in names:
            yield _plain(path, distribution.name, environment)


def _from_entry_points(source: PathDistribution, owner: str, environment: Environment) -> Iterator[ScriptFile]:
    from installer.scripts import Script  # noqa: PLC0415 - only who makes scripts pays

    for point in source.entry_points:
        section = _GROUPS.get(point.group)
        if section is None or not point.attr or not _stays_inside(point.name):
            continue
        script = Script(point.name, point.module, point.attr, section)
        name, content = script.generate(environment.python, _launcher_kind(environment))
        yield ScriptFile(name, owner, content)


def _plain_files(source: PathDistribution) -> Iterator[Path]:
    """Yield the files of a distribution that lie in a folder for scripts, if they are there."""
    for file in source.files or ():
        if file.parent.name in _FOLDERS and ".." in file.parts and not file.name.endswith((".pyc", ".dll")):
            path = Path(os.path.normpath(str(source.locate_file(file))))
            if path.is_file():
                yield path


def _plain(path: Path, owner: str, environment: Environment) -> ScriptFile:
    """Return a copy of a Python script for the venv, or a link to any other program."""
    with path.open("rb") as file:
        head = file.read(512)
    if not _PYTHON_LINE.match(head):
        return ScriptFile(path.name, owner, target=str(path))
    first = b"#!" + os.fsencode(environment.python) + b"\n"
    return ScriptFile(path.name, owner, _PYTHON_LINE.sub(lambda _match: first, path.read_bytes(), count=1))


def _write(path: Path, script: ScriptFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.unlink()
    if script.target:
        path.symlink_to(script.target)
        return
    path.write_bytes(script.content)
    path.chmod(path.stat().st_mode | _EXECUTABLE)


def _is_ours(path: Path, script: ScriptFile) -> bool:
    if script.target:
        return path.is_symlink() and os.readlink(path) == script.target
    return path.is_file() and path.read_bytes() == script.content


def _stays_inside(name: str) -> bool:
    return bool(name) and os.path.basename(name) == name and name not in {os.curdir, os.pardir} and "\\" not in name


def _launcher_kind(environment: Environment) -> LauncherKind:
    if environment.markers["sys_platform"] != "win32":
        return "posix"
    kinds: dict[str, LauncherKind] = {"win32": "win-ia32", "win-arm64": "win-arm64"}
    return kinds.get(environment.platform, "win-amd64")
