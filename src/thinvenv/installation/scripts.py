"""The scripts of reused distributions, made anew for the interpreter of the venv.

A base's ``bin/pytest`` starts the base's interpreter, which does not see the venv. A full
install would have made one that starts the venv's, so that is what is made here: launchers
from entry points, and copies of plain script files with another first line.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from thinvenv.distributions.installed_files import listed_paths
from thinvenv.model import MadeScript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint

    from installer.scripts import LauncherKind

    from thinvenv.distributions.metadata import Source
    from thinvenv.model import Distribution, Environment, Use

_GROUPS: dict[str, Literal["console", "gui"]] = {"console_scripts": "console", "gui_scripts": "gui"}
_FOLDERS = ("bin", "Scripts")

# The first line of a script for Python, or the three lines that installers write where the
# interpreter's path is too long for one or has a space in it.
_PYTHON_LINE = re.compile(
    rb"^#!(?:[^\n]*[/\\ \t\"])?(?:python|pypy)[\d.]*w?(?:\.exe)?\"?(?P<options>[ \t][^\n]*)?\n"
    rb"|^#![^\n]*/sh\n'''exec' [^\n]*\n' '''\n",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script to be: its file name, and its content or the file that it leads to."""

    name: str
    owner: str
    content: bytes = b""
    target: str = ""

    @property
    def digest(self) -> str:
        """What :func:`digest_of` says of the file once it is written."""
        return _link_digest(self.target) if self.target else sha256(self.content).hexdigest()


def update(uses: Iterable[Use], made: Mapping[str, MadeScript], environment: Environment) -> dict[str, MadeScript]:
    """Make the scripts that reused distributions need, and drop those that none needs now.

    A script that was not made here is never overwritten and never removed, also where an
    installer or a person has put it in place of one that was.

    Args:
        uses: The reused distributions.
        made: The scripts that were made here before, by file name.
        environment: The venv that they are for.

    Returns:
        The scripts that are made now, by file name.

    """
    folder = Path(environment.scripts)
    wanted = {script.name: script for use in uses for script in scripts_of(use.distribution, environment)}
    remove({name: one for name, one in made.items() if name not in wanted}, folder)
    ours = {}
    for name, script in wanted.items():
        there = digest_of(folder / name)
        if not there or (name in made and there == made[name].digest != script.digest):
            write(folder / name, script)
            there = script.digest
        if there == script.digest:
            ours[name] = MadeScript(script.owner, there)
    return ours


def remove(made: Mapping[str, MadeScript], folder: Path) -> None:
    """Remove scripts that were made here and are still as they were made."""
    for name, script in made.items():
        if digest_of(folder / name) == script.digest:
            (folder / name).unlink()


def digest_of(path: Path) -> str:
    """Return what tells a script from any other, an empty string where there is none."""
    if path.is_symlink():
        return _link_digest(os.readlink(path))
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError:  # a directory, or not ours to read
        return "unreadable"


def scripts_of(distribution: Distribution, environment: Environment) -> Iterator[ScriptFile]:
    """Yield the scripts that an install of a distribution would make.

    A name that would leave the folder (``../x``, an absolute path) is passed over: no
    metadata of a base may write elsewhere.
    """
    from thinvenv.distributions.metadata import source_of  # noqa: PLC0415 - brings importlib.metadata along

    source = source_of(distribution)
    names = set()
    for point, section in _entry_points(source):
        script = _launcher(point, section, distribution.name, environment)
        names |= {script.name, point.name}
        yield script
    for path in (*_listed_files(distribution), *_egg_scripts(source)):
        if re.sub(r"(-script\.pyw?|\.exe(\.manifest)?)$", "", path.name) not in names:
            yield _plain(path, distribution.name, environment)


def _entry_points(source: Source) -> Iterator[tuple[EntryPoint, Literal["console", "gui"]]]:
    """Yield the entry points that make a script; what cannot be read makes none."""
    try:
        points = source.entry_points
    except (TypeError, ValueError):  # a line that is no `name = value`
        return
    for point in points:
        if point.group in _GROUPS and _stays_inside(point.name):
            with suppress(AttributeError, AssertionError):  # a value that names no object, or no module even
                if point.attr:
                    yield point, _GROUPS[point.group]


def _launcher(
    point: EntryPoint, section: Literal["console", "gui"], owner: str, environment: Environment
) -> ScriptFile:
    from installer.scripts import Script  # noqa: PLC0415 - only who makes scripts pays

    script = Script(point.name, point.module, point.attr, section)
    name, content = script.generate(environment.python, _launcher_kind(environment))
    return ScriptFile(name, owner, content)


def _listed_files(distribution: Distribution) -> Iterator[Path]:
    """Yield the files of a distribution that lie in a folder for scripts, if they are there.

    ``pip install --target`` moves the folder and leaves the list of files as it was.
    """
    layer = distribution.layer
    for path in listed_paths(distribution):
        name = _script_name(path)
        if not name or name.endswith((".pyc", ".dll")):
            continue
        places = (Path(layer, path), *(Path(layer, folder, name) for folder in _FOLDERS))
        found = next((one for one in places if one.is_file()), None)
        if found and not (found.parent / "__init__.py").exists():  # a module of a package `bin`
            yield Path(os.path.normpath(found))


def _script_name(listed: str) -> str:
    """Return the file name where a listed path is one of a script, else an empty string."""
    if "bin/" not in listed and "Scripts/" not in listed:  # nearly all, and large distributions list thousands
        return ""
    *folders, name = listed.split("/")
    if folders[-1] not in _FOLDERS:
        return ""
    is_directly_below = os.path.isabs(listed) or set(folders[:-1]) <= {os.pardir}
    return name if is_directly_below and _stays_inside(name) else ""


def _egg_scripts(source: Source) -> Iterator[Path]:
    folder = source.path.joinpath("scripts")
    if folder.is_dir():
        yield from (one for one in folder.iterdir() if one.is_file() and _stays_inside(one.name))


def _plain(path: Path, owner: str, environment: Environment) -> ScriptFile:
    """Return a copy of a Python script for the venv, or a link to any other program."""
    with path.open("rb") as file:
        head = file.read(1024)
    if not _PYTHON_LINE.match(head):
        return ScriptFile(path.name, owner, target=str(path))
    content = _PYTHON_LINE.sub(lambda old: _first_line(environment.python, old["options"]), path.read_bytes(), count=1)
    return ScriptFile(path.name, owner, content)


def _first_line(python: str, options: bytes | None) -> bytes:
    """Return what starts a script for an interpreter, as :mod:`installer` writes it.

    That is more than one line where the path is too long for the system, or has a space.
    """
    from installer.scripts import Script  # noqa: PLC0415 - only who makes scripts pays

    _, launcher = Script("name", "module", "attribute", "console").generate(python, "posix")
    first = launcher.partition(b"# -*- coding")[0]
    return first.rstrip(b"\n") + options.rstrip() + b"\n" if options and first.count(b"\n") == 1 else first


def write(path: Path, script: ScriptFile) -> None:
    """Write a script, in place of whatever is there: whole or not at all, wherever this is stopped.

    Raises:
        OSError: It cannot be written.

    """
    fresh = str(path.with_name(f".{path.name}.new"))  # always the same, so that a stopped run leaves nothing
    try:
        try:
            _make(fresh, script)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(fresh, script)
        except FileExistsError:
            os.unlink(fresh)
            _make(fresh, script)
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(fresh)
        raise OSError(error.errno, error.strerror, str(path)) from error


def _make(path: str, script: ScriptFile) -> None:
    """Make a script where nothing is, not even a link."""
    if script.target:
        os.symlink(script.target, path)
        return
    with open(path, "xb", opener=_opener) as file:
        file.write(script.content)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o777)


def _link_digest(target: str) -> str:
    return f"-> {target}"


def _stays_inside(name: str) -> bool:
    return bool(name) and os.path.basename(name) == name and name not in {os.curdir, os.pardir} and "\\" not in name


def _launcher_kind(environment: Environment) -> LauncherKind:
    if environment.markers["sys_platform"] != "win32":
        return "posix"
    kinds: dict[str, LauncherKind] = {"win32": "win-ia32", "win-arm64": "win-arm64"}
    return kinds.get(environment.platform, "win-amd64")
