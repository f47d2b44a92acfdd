"""What dpkg knows of the distributions that it has installed, and their own metadata do not tell.

Debian's ``dh_python3`` turns what a distribution requires into dependencies of its package, and
takes it out of the ``requires.txt`` of an ``egg-info``; neither has a list of files, and parts of
one namespace come from many packages. The database tells both: the dependencies of each package
and the files of each. Only names are taken: the versions there are Debian's.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.fingerprint import file_state

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from thinvenv.model import Distribution

LAYER = "dist-packages"
"""What the site directories are called that dpkg fills, and it alone."""
_DATABASE = Path("var", "lib", "dpkg")
_FIELD = re.compile(r"^(Package|Depends|Pre-Depends): (.*(?:\n[ \t].*)*)", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


class Packages:
    """The packages that have files in one site directory.

    Attributes:
        files: The paths of each package, relative to the site directory.
        depends: The names that each depends on, those of alternatives all.

    """

    def __init__(self, files: Mapping[str, frozenset[str]], depends: Mapping[str, tuple[str, ...]]) -> None:
        self.files, self.depends = files, depends
        self._owners = {path: name for name, paths in files.items() for path in paths}
        self._entries = {
            name: {path for path in paths if path.endswith((".egg-info", ".dist-info"))}
            for name, paths in files.items()
        }

    def files_of(self, one: Distribution) -> frozenset[str] | None:
        """Return the files of the package that a distribution comes from, ``None`` where it comes from none."""
        return self.files.get(self._owners.get(os.path.basename(one.location), ""))

    def belongs_to_another(self, path: str, one: Distribution) -> bool:
        """Tell whether a file comes from the package of another distribution.

        Those of a package without metadata are parts of whoever they lie with (``PIL/ImageTk.py``).
        """
        owner = self._owners.get(path, "")
        entry = os.path.basename(one.location)
        return bool(owner and self._entries[owner]) and entry not in self._entries[owner]

    def required(self, one: Distribution, found: Iterable[Distribution]) -> tuple[str, ...] | None:
        """Return the names of the distributions that one requires, ``None`` where dpkg does not know it."""
        owner = self._owners.get(os.path.basename(one.location))
        if owner is None:
            return None
        names = {os.path.basename(other.location): other.name for other in found}
        entries = {entry for package in self._reached(owner) for entry in self._entries[package]}
        return tuple(sorted({names[entry] for entry in entries if entry in names} - {one.name}))

    def _reached(self, owner: str) -> Iterator[str]:
        """Yield the packages that one depends on, through those that have modules and no metadata."""
        left, seen = [owner], {owner}
        while left:
            for package in self.depends.get(left.pop(), ()):
                if package in self.files and package not in seen:
                    seen.add(package)
                    yield package
                    if not self._entries[package]:
                        left.append(package)


def packages_of(layer: str) -> Packages | None:
    """Return what dpkg knows of a site directory, ``None`` for one that is not dpkg's."""
    folder = database_of(layer)
    try:
        return _read(str(folder), os.path.realpath(layer), file_state(folder / "status")) if folder else None
    except OSError:
        return None


def database_of(layer: str) -> Path | None:
    """Return dpkg's folder of the system that a site directory belongs to: ``ROOT/usr/lib/python3/dist-packages``."""
    parts = Path(os.path.realpath(layer)).parts
    if parts[-4:] != ("usr", "lib", "python3", LAYER):
        return None
    folder = Path(*parts[:-4]) / _DATABASE
    return folder if (folder / "status").is_file() else None


def has_lost_requirements(one: Distribution) -> bool:
    """Tell whether what a distribution requires was taken out of its metadata.

    The file that told it stays, and is else not there without a requirement.
    """
    if os.path.basename(one.layer) != LAYER:
        return False
    try:
        return not Path(one.location, "requires.txt").read_text("utf-8", "replace").partition("[")[0].strip()
    except OSError:
        return False


@lru_cache(maxsize=4)
def _read(folder: str, layer: str, _state: str) -> Packages:
    files = dict(_lists(Path(folder), layer))
    return Packages(files, _dependencies(Path(folder, "status").read_text("utf-8", "replace"), files))


def _lists(folder: Path, layer: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the packages with files in a site directory; a list is a path on each line, from the root."""
    root = os.fsencode(folder.parents[len(_DATABASE.parts) - 1])
    start = os.fsencode(layer)[len(root.rstrip(b"/")) :] + b"/"
    for path in folder.glob("info/*.list"):
        text = path.read_bytes()
        if start in text:
            lines = (line.removeprefix(start) for line in text.splitlines() if line.startswith(start))
            yield path.stem.partition(":")[0], frozenset(map(os.fsdecode, lines))


def _dependencies(status: str, wanted: Container[str]) -> dict[str, tuple[str, ...]]:
    found = {}
    for stanza in status.split("\n\n"):
        fields: dict[str, str] = dict(_FIELD.findall(stanza))
        name = fields.get("Package", "")
        if name in wanted:
            texts = re.split("[,|]", f"{fields.get('Depends', '')},{fields.get('Pre-Depends', '')}")
            matches = (_NAME.match(text.strip()) for text in texts)
            found[name] = tuple(match[0] for match in matches if match)
    return found
