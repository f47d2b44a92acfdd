"""The scripts of reused distributions, written again for the interpreter of the venv.

The ``bin/pytest`` of a base starts the interpreter of the base, which does not see the venv. A
full install would have written a script that starts the interpreter of the venv, so this module
does: it generates launchers from entry points, and copies script files with another first line.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from thinvenv.distributions.installed_files import SCRIPT_FOLDERS, listed_paths, recorded_files
from thinvenv.distributions.metadata import source_of
from thinvenv.distributions.metadata_files import read_member, read_text
from thinvenv.environments import pip_scripts
from thinvenv.environments.config_file import is_relocatable
from thinvenv.environments.pip_scripts import script_start
from thinvenv.files import content_digest, is_file_name, is_regular_file, raise_if_transient
from thinvenv.installation import script_files
from thinvenv.installation.script_files import ScriptFile, digest_of
from thinvenv.inventory.layers import own_dist_infos
from thinvenv.model import WrittenScript

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint

    from installer.scripts import Script

    from thinvenv.distributions.metadata import Source
    from thinvenv.model import Distribution, Environment, Reuse, Use

_SECTIONS: dict[str, Literal["console", "gui"]] = {"console_scripts": "console", "gui_scripts": "gui"}

# The first line of a Python script, or the three lines that installers write if the path of the
# interpreter has a space or is too long for one line.
_PYTHON_LINE = re.compile(
    rb"^#!(?:[^\n]*[/\\ \t\"])?(?:python|pypy)[\d.]*w?(?:\.exe)?\"?(?P<options>[ \t][^\n]*)?\n"
    rb"|^#![^\n]*/sh\n'''exec' [^\n]*\n' '''\n",
    re.IGNORECASE,
)


def update(
    uses: Iterable[Use | Reuse], existing: Mapping[str, WrittenScript], environment: Environment
) -> dict[str, WrittenScript]:
    """Write the scripts that reused distributions need, and remove those that none needs any more.

    A script that thinvenv did not write is never overwritten and never removed, even if it has the name, or also the
    content, of a script that thinvenv wrote. An empty file counts as absent: a power failure leaves such files.

    Args:
        uses: The reused distributions, and those of stores.
        existing: The scripts that thinvenv wrote before, by file name.
        environment: The environment that the scripts are for.

    Returns:
        The scripts of thinvenv in the environment, by file name.

    """
    folder = Path(environment.scripts)
    wanted = {script.name: script for use in uses for script in scripts_of(use.distribution, environment)}
    replaceable = {**_pip_scripts(environment, wanted), **existing}
    stale = {name: script for name, script in existing.items() if name not in wanted}
    installed = _installed_scripts(environment) if stale else frozenset()
    script_files.remove({name: script for name, script in stale.items() if name not in installed}, folder)
    written = {}
    for name, script in wanted.items():
        digest = digest_of(folder / name)
        if name in replaceable:
            is_outdated = digest in {"", replaceable[name].digest} and digest != script.digest
        else:
            is_outdated = not digest
        if is_outdated:
            script_files.write(folder / name, script)
            digest = script.digest
        if digest == script.digest:
            written[name] = WrittenScript(script.owner, digest)
    pip_scripts.restore(environment)
    return written


def _installed_scripts(environment: Environment) -> frozenset[str]:
    """Return the file names of the scripts that installers have written: they may be the same as those of thinvenv."""
    locations = own_dist_infos(environment.purelib)
    return frozenset(_script_name(path) for location in locations for path, _ in recorded_files(location))


def _pip_scripts(environment: Environment, wanted: Container[str]) -> dict[str, WrittenScript]:
    """Return the scripts that stand in for those of a pip, if a distribution brings its own."""
    if "pip" not in wanted:
        return {}
    contents = pip_scripts.contents(environment)
    return {name: WrittenScript("pip", content_digest(content)) for name, content in contents.items()}


def scripts_of(distribution: Distribution, environment: Environment) -> Iterator[ScriptFile]:
    """Yield the scripts that an install of a distribution would write.

    Names that lead out of the folder of scripts (``../x``, an absolute path) are skipped, since
    the metadata of a base must not make thinvenv write elsewhere.
    """
    names = set()
    # Most distributions have no entry points, and finding that out takes a third of the time of parsing them.
    has_points = bool(read_text(distribution.location, "entry_points.txt"))
    for point in _entry_points(source_of(distribution)) if has_points else ():
        script = _launcher(point, distribution.name, environment)
        names |= {script.name, point.name}
        yield script
    for path in _copied_files(distribution, names):
        yield _copied_script(path, distribution.name, environment)


def sources_of(distribution: Distribution) -> Iterator[str]:
    """Yield the paths of the files that decide what :func:`scripts_of` returns, beside the list of all files."""
    names = {point.name for point in _entry_points(source_of(distribution))}
    yield os.path.join(distribution.location, "entry_points.txt")
    yield from map(str, _copied_files(distribution, names))


def owner_of(command: str, distributions: Iterable[Distribution]) -> str:
    """Return the name of the first distribution with an entry point for a command, an empty string if none has one."""
    for dist in distributions:
        points = _entry_points(source_of(dist)) if command in read_text(dist.location, "entry_points.txt") else ()
        if any(point.name == command for point in points):
            return dist.name
    return ""


def _entry_points(source: Source) -> Iterator[EntryPoint]:
    """Yield the entry points that define a script. Malformed entry points are skipped."""
    try:
        points = source.entry_points
    except OSError as error:
        raise_if_transient(error)
        return
    except (TypeError, ValueError):  # a line is not `name = value`
        return
    for point in points:
        if point.group in _SECTIONS and is_file_name(point.name):
            with suppress(AttributeError, AssertionError):  # a value names no object, or not even a module
                if point.attr:
                    yield point


def _launcher(point: EntryPoint, owner: str, environment: Environment) -> ScriptFile:
    script = _script(point.name, point.module, point.attr, _SECTIONS[point.group])
    kind = pip_scripts.launcher_kind(environment)
    if kind == "posix" and is_relocatable(environment):
        name, content = script.generate("python", kind)
        content = script_start(environment.python) + content.partition(b"\n")[2]
    else:
        name, content = script.generate(environment.python, kind)
    return ScriptFile(name, owner, content)


def _script(name: str, module: str, attr: str, section: Literal["console", "gui"]) -> Script:
    """Return a script of :mod:`installer`."""
    from installer.scripts import Script  # noqa: PLC0415 - most installs write no script

    return Script(name, module, attr, section)


def _copied_files(distribution: Distribution, names: Container[str]) -> Iterator[Path]:
    """Yield the script files of a distribution, without those of entry points, whose names are passed."""
    for path in (*_listed_files(distribution), *_egg_scripts(distribution)):
        if re.sub(r"(-script\.pyw?|\.exe(\.manifest)?)$", "", path.name) not in names:
            yield path


def _listed_files(distribution: Distribution) -> Iterator[Path]:
    """Yield the existing files of a distribution in a folder for scripts.

    ``pip install --target`` moves the folder of scripts and does not change the list of files.
    """
    layer = distribution.layer
    for listed in listed_paths(distribution, *(f"{folder}/" for folder in SCRIPT_FOLDERS)):
        name = _script_name(listed)
        if not name or name.endswith((".pyc", ".dll")):
            continue
        paths = (Path(layer, listed), *(Path(layer, folder, name) for folder in SCRIPT_FOLDERS))
        path = next((path for path in paths if is_regular_file(path)), None)
        if path and not (path.parent / "__init__.py").exists():  # else it is a module of a package `bin`
            yield Path(os.path.normpath(path))


def _script_name(listed: str) -> str:
    """Return the file name of a listed path if it is that of a script, else an empty string."""
    if "bin/" not in listed and "Scripts/" not in listed:  # true for nearly all of thousands of paths
        return ""
    *folders, name = listed.split("/")
    if folders[-1] not in SCRIPT_FOLDERS:
        return ""
    is_directly_below = os.path.isabs(listed) or set(folders[:-1]) <= {os.pardir}
    return name if is_directly_below and is_file_name(name) else ""


def _egg_scripts(distribution: Distribution) -> Iterator[Path]:
    folder = None if distribution.location.endswith(".dist-info") else source_of(distribution).path / "scripts"
    if folder and folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_file() and is_file_name(path.name))


def _copied_script(path: Path, owner: str, environment: Environment) -> ScriptFile:
    """Return a copy of a Python script with the interpreter of the venv, or a link to any other program."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
        content = read_member(path) if _PYTHON_LINE.match(head) else b""
    except OSError as error:  # one that may be executed and not be read, or a large one
        raise_if_transient(error)
        content = b""
    if not content:
        return ScriptFile(path.name, owner, target=str(path))
    content = _PYTHON_LINE.sub(lambda match: _first_line(environment, match["options"]), content, count=1)
    return ScriptFile(path.name, owner, content)


def _first_line(environment: Environment, options: bytes | None) -> bytes:
    """Return the start of a script for an environment, as :mod:`installer` writes it.

    These are several lines if the path has a space or is too long for the system.
    """
    if is_relocatable(environment):
        return script_start(environment.python, (options or b"").decode().strip())
    _, launcher = _script("name", "module", "attribute", "console").generate(environment.python, "posix")
    start = launcher.partition(b"# -*- coding")[0]
    return start.rstrip(b"\n") + options.rstrip() + b"\n" if options and start.count(b"\n") == 1 else start
