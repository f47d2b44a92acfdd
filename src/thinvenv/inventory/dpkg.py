"""The database of dpkg: the files and the dependencies of Debian packages.

Debian's ``dh_python3`` turns the requirements of a distribution into dependencies of its package, and removes them
from the ``requires.txt`` of an ``egg-info``. An ``egg-info`` has no list of files either, and the parts of a
namespace package come from many packages. The database has both. Only names are read from it: the versions in it
are Debian's.
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
"""The name of the site directories that dpkg fills. Nothing else writes into them."""
_DATABASE = Path("var", "lib", "dpkg")
_FIELD = re.compile(r"^(Package|Depends|Pre-Depends): (.*(?:\n[ \t].*)*)", re.MULTILINE)
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


class Packages:
    """The Debian packages that have files in one site directory.

    Attributes:
        files: The paths of the files of each package, relative to the site directory, by its name.
        depends: The names of the packages that each package depends on. Of alternatives, all are included.

    """

    def __init__(self, files: Mapping[str, frozenset[str]], depends: Mapping[str, tuple[str, ...]]) -> None:
        self.files, self.depends = files, depends
        self._owners = {path: name for name, paths in files.items() for path in paths}
        self._metadata = {
            name: {path for path in paths if path.endswith((".egg-info", ".dist-info"))}
            for name, paths in files.items()
        }

    def files_of(self, distribution: Distribution) -> frozenset[str] | None:
        """Return the files of the package of a distribution, or ``None`` if it comes from no package."""
        return self.files.get(self._owners.get(os.path.basename(distribution.location), ""))

    def belongs_to_another(self, path: str, distribution: Distribution) -> bool:
        """Return whether a file comes from the package of another distribution.

        The files of a package without metadata count as those of the distribution beside them
        (``PIL/ImageTk.py``).

        Args:
            path: The path of the file, relative to the site directory.
            distribution: The distribution that may have the file.

        """
        owner = self._owners.get(path, "")
        entry = os.path.basename(distribution.location)
        return bool(owner and self._metadata[owner]) and entry not in self._metadata[owner]

    def required(self, distribution: Distribution, others: Iterable[Distribution]) -> tuple[str, ...] | None:
        """Return the names of the distributions that a distribution requires, as its package depends on theirs.

        Args:
            distribution: The distribution.
            others: The distributions in the site directory.

        Returns:
            The names, sorted, or ``None`` if the distribution comes from no package.

        """
        owner = self._owners.get(os.path.basename(distribution.location))
        if owner is None:
            return None
        names = {os.path.basename(other.location): other.name for other in others}
        entries = {entry for package in self._dependencies_of(owner) for entry in self._metadata[package]}
        return tuple(sorted({names[entry] for entry in entries if entry in names} - {distribution.name}))

    def _dependencies_of(self, owner: str) -> Iterator[str]:
        """Yield the packages that a package depends on, directly or by way of packages that have no metadata."""
        pending, seen = [owner], {owner}
        while pending:
            for package in self.depends.get(pending.pop(), ()):
                if package in self.files and package not in seen:
                    seen.add(package)
                    yield package
                    if not self._metadata[package]:
                        pending.append(package)


def packages_of(layer: str) -> Packages | None:
    """Return the packages with files in a site directory, or ``None`` if dpkg did not fill it."""
    folder = database_of(layer)
    try:
        return _read(str(folder), os.path.realpath(layer), file_state(folder / "status")) if folder else None
    except OSError:
        return None


def database_of(layer: str) -> Path | None:
    """Return the directory of dpkg's database for a site directory, or ``None`` if dpkg did not fill it.

    It lies below the same root: that of ``ROOT/usr/lib/python3/dist-packages`` is ``ROOT/var/lib/dpkg``.
    """
    parts = Path(os.path.realpath(layer)).parts
    if parts[-4:] != ("usr", "lib", "python3", LAYER):
        return None
    folder = Path(*parts[:-4]) / _DATABASE
    return folder if (folder / "status").is_file() else None


def has_lost_requirements(distribution: Distribution) -> bool:
    """Return whether Debian has removed the requirements of a distribution from its metadata.

    ``requires.txt`` is then there, but without a requirement. A build writes none if there is no requirement.
    """
    if os.path.basename(distribution.layer) != LAYER:
        return False
    try:
        text = Path(distribution.location, "requires.txt").read_text("utf-8", "replace")
    except OSError:
        return False
    return not text.partition("[")[0].strip()


@lru_cache(maxsize=4)
def _read(folder: str, layer: str, _state: str) -> Packages:
    files = dict(_files_by_package(Path(folder), layer))
    return Packages(files, _parse_dependencies(Path(folder, "status").read_text("utf-8", "replace"), files))


def _files_by_package(folder: Path, layer: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the packages that have files in a site directory, with these files.

    The list of a package has a path on each line, which starts at the root of the system.
    """
    root = os.fsencode(folder.parents[len(_DATABASE.parts) - 1])
    start = os.fsencode(layer)[len(root.rstrip(b"/")) :] + b"/"
    for path in folder.glob("info/*.list"):
        text = path.read_bytes()
        if start in text:
            lines = (line.removeprefix(start) for line in text.splitlines() if line.startswith(start))
            yield path.stem.partition(":")[0], frozenset(map(os.fsdecode, lines))


def _parse_dependencies(status: str, packages: Container[str]) -> dict[str, tuple[str, ...]]:
    """Return the names of the packages that some packages depend on, from the ``status`` file of dpkg."""
    dependencies = {}
    for stanza in status.split("\n\n"):
        fields: dict[str, str] = dict(_FIELD.findall(stanza))
        name = fields.get("Package", "")
        if name in packages:
            relations = re.split("[,|]", f"{fields.get('Depends', '')},{fields.get('Pre-Depends', '')}")
            matches = (_NAME.match(relation.strip()) for relation in relations)
            dependencies[name] = tuple(match[0] for match in matches if match)
    return dependencies
