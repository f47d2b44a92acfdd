"""Bringing the links of a venv to what is used of the base: what differs, and nothing else."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.installed_files import RECORD, recorded_files
from thinvenv.inventory.linked import linked_entries
from thinvenv.links import dist_info, strategy
from thinvenv.links.layout import lay_out
from thinvenv.links.manifest import manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.links.dist_info import Entry
    from thinvenv.model import Distribution, Environment, WrittenScript


@dataclass(frozen=True, slots=True)
class Change:
    """What has to be done for the links to be as they should.

    Attributes:
        stale: The ``dist-info`` directories of links that are no longer wanted, or not as they are.
        fresh: What is to be linked.

    """

    stale: tuple[Path, ...] = ()
    fresh: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.stale or self.fresh)


def difference(
    distributions: Iterable[Distribution], scripts: Mapping[str, WrittenScript], environment: Environment
) -> Change:
    """Return what has to change for exactly these distributions to be linked; nothing is changed.

    Args:
        distributions: What is used of the directories that are linkable.
        scripts: The scripts that were made of base distributions, by their file names.
        environment: The venv.

    """
    there = linked_entries(environment.purelib)
    wanted = _wanted(distributions, scripts, environment, _ours(there))
    if not wanted and not there:
        return Change()
    standing = {one.name for one in there if one.name in wanted and _stands(one, wanted[one.name], environment)}
    stale = tuple(one for one in there if one.name not in standing)
    return Change(stale, tuple(one for name, one in wanted.items() if name not in standing))


def apply(change: Change, environment: Environment, pool: str = "") -> None:
    """Remove the links that are stale and make those that are fresh.

    Args:
        change: What has to be done.
        environment: The venv.
        pool: See :func:`thinvenv.links.strategy.place`.

    Each ``dist-info`` appears as a whole and before the links that it lists, so that whenever
    this is stopped, whatever is there is listed.

    Raises:
        OSError: The venv cannot be written.

    """
    _sweep(environment)
    for one in change.stale:
        _remove(one, environment)
    folders = _Folders(environment, pool)
    for each in change.fresh:
        _write(each, environment, folders)


def clear(environment: Environment) -> None:
    """Remove all links, so that nothing that is written into the venv can reach the base."""
    _sweep(environment)
    for one in linked_entries(environment.purelib):
        _remove(one, environment)


def _wanted(
    distributions: Iterable[Distribution],
    scripts: Mapping[str, WrittenScript],
    environment: Environment,
    ours: frozenset[str],
) -> dict[str, Entry]:
    deep = environment.linking == strategy.COPY
    site = environment.purelib
    found = {one.name: (one, held) for one in distributions if (held := manifest(one)) is not None}
    manifests = {name: replace(held, rewritten=held.rewritten or deep) for name, (_, held) in found.items()}
    links = lay_out(manifests, lambda path: _is_taken(os.path.normpath(os.path.join(site, path)), ours, deep=deep))
    made: dict[str, list[str]] = {}
    for name, script in scripts.items():
        made.setdefault(script.owner, []).append(os.path.relpath(os.path.join(environment.scripts, name), site))
    inside = os.path.normpath(environment.prefix) + os.sep
    entries = (
        dist_info.make(
            one,
            held,
            tuple(link for link in links[name] if os.path.normpath(os.path.join(site, link.path)).startswith(inside)),
            [path.replace(os.sep, "/") for path in made.get(name, ())],
            environment,
        )
        for name, (one, held) in found.items()
    )
    return {each.name: each for each in entries}


def _ours(entries: Iterable[Path]) -> frozenset[str]:
    return frozenset(path for one in entries for path in listed(one))


def _is_taken(path: str, ours: frozenset[str], *, deep: bool) -> bool:
    """Tell whether the venv itself has something at a path: its own file, or a directory with some.

    A file where a link of ours was is another installer's.
    """
    if os.path.islink(path):
        return path not in ours
    if not os.path.isdir(path):
        return os.path.lexists(path) and not (deep and path in ours)
    for folder, folders, files in os.walk(path):
        if os.path.basename(folder) == "__pycache__":
            continue
        paths = (os.path.join(folder, name) for name in (*files, *folders))
        if any(one not in ours and (os.path.islink(one) or not os.path.isdir(one)) for one in paths):
            return True
    return False


def _stands(there: Path, wanted: Entry, environment: Environment) -> bool:
    try:
        if (there / RECORD).read_text(encoding="utf-8") != wanted.record:
            return False
    except OSError:
        return False
    site = there.parent
    return all(strategy.stands(link, os.path.join(site, link.path), environment.linking) for link in wanted.links)


def listed(there: Path) -> Iterator[str]:
    """Yield the absolute paths that a linked distribution's RECORD lists, ``there`` being its ``dist-info``."""
    site = str(there.parent)
    for path, _ in recorded_files(str(there)):
        yield os.path.normpath(os.path.join(site, path))


def _remove(there: Path, environment: Environment) -> None:
    """Remove the links of a distribution, the directories that they leave empty, then its metadata.

    Scripts are removed by who makes them.
    """
    own = (f"{there}{os.sep}", f"{environment.scripts}{os.sep}")
    by_folder: dict[str, list[str]] = {}
    for path in listed(there):
        by_folder.setdefault(os.path.dirname(path), []).append(path)
    for folder, paths in by_folder.items():
        if not f"{folder}{os.sep}".startswith(own) and _is_inside(folder, environment):
            for path in paths:
                if os.path.basename(path).startswith(dist_info.PATH_FILE):
                    Path(path).unlink(missing_ok=True)
                strategy.take_away(path, environment.linking)
            _prune(folder, environment)
    gone = _aside(there, "old")
    there.rename(gone)
    shutil.rmtree(gone)


class _Folders:
    """The directories of a venv that links are put into: made, and looked at, once for each."""

    def __init__(self, environment: Environment, pool: str) -> None:
        self._environment, self._pool = environment, pool
        self._known: dict[str, bool] = {}

    def has(self, folder: str) -> bool:
        """Make a directory where it is not there yet; tell whether it is one of the venv, and no link leads out."""
        if folder not in self._known:
            os.makedirs(folder, exist_ok=True)
            self._known[folder] = _is_inside(folder, self._environment)
        return self._known[folder]

    def place(self, target: str, path: str) -> None:
        """Put a link into one of them."""
        if self.has(os.path.dirname(path)):
            strategy.place(target, path, self._environment.linking, self._pool)


def _write(each: Entry, environment: Environment, folders: _Folders) -> None:
    site = Path(environment.purelib)
    there = site / each.name
    fresh = _aside(there, "new")
    fresh.mkdir(parents=True)
    prefix = f"{each.name}/"
    held = [link for link in each.links if link.path.startswith(prefix)]
    for link in held:
        folders.place(link.target, f"{fresh}/{link.path.removeprefix(prefix)}")
    for path, text in each.texts.items():
        (fresh / path.removeprefix(prefix) if path.startswith(prefix) else site / path).write_text(text, "utf-8")
    (fresh / RECORD).write_text(each.record, "utf-8")
    fresh.rename(there)
    for link in each.links:
        if not link.path.startswith(prefix):
            folders.place(link.target, os.path.normpath(f"{site}/{link.path}"))


def _is_inside(folder: str, environment: Environment) -> bool:
    return (os.path.realpath(folder) + os.sep).startswith(os.path.realpath(environment.prefix) + os.sep)


def _aside(there: Path, suffix: str) -> Path:
    """Return the name beside a ``dist-info`` under which it comes and goes; nobody takes that for one."""
    return there.with_name(f".{there.name}.{suffix}")


def _sweep(environment: Environment) -> None:
    """Remove what a run that was stopped has left under such names."""
    for suffix in ("new", "old"):
        for left in Path(environment.purelib).glob(f".*.dist-info.{suffix}"):
            shutil.rmtree(left)


def _prune(folder: str, environment: Environment) -> None:
    """Remove a directory that holds nothing but byte code, and those above it that it leaves empty."""
    roots = {os.path.normpath(one) for one in (environment.purelib, environment.prefix)}
    while folder not in roots and len(folder) > len(environment.prefix):
        try:
            if os.listdir(folder) == ["__pycache__"]:
                shutil.rmtree(os.path.join(folder, "__pycache__"))
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)
