"""The database of dpkg: the files and the dependencies of Debian packages.

Debian's packaging turns the requirements of a distribution into dependencies of its package, and may remove them from
its metadata: from the ``requires.txt`` of an ``egg-info`` always, from a ``dist-info`` by a patch. An ``egg-info`` has
no list of files, parts of a namespace package come from many packages, and some have no metadata. All is here.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.files import exists, is_regular_file, raise_if_transient, read_bytes
from thinvenv.files.fingerprint import file_state
from thinvenv.inventory import debian_relations
from thinvenv.inventory.debian_relations import Alternatives, Relation
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Distribution

LAYER = "dist-packages"
"""The name of the site directories that dpkg fills. Nothing else writes into them."""
_DATABASE = Path("var", "lib", "dpkg")
_FIELD = re.compile(r"^(Package|Status|Version|Depends|Pre-Depends|Provides): (.*(?:\n[ \t].*)*)", re.MULTILINE)
_WITHOUT_FILES = ("config-files", "not-installed", "half-installed")
"""The last word in the status of a package that is not, or no longer, there."""
_MODULES = "python3-"
"""How the names of packages start that have modules or depend on such (Debian's Python Policy)."""


class Package(NamedTuple):
    """An installed Debian package.

    Attributes:
        version: Its version, which is Debian's.
        depends: The packages that it depends on. Of alternatives, one has to be installed.
        provides: The virtual packages that it stands for.

    """

    version: str = ""
    depends: tuple[Alternatives, ...] = ()
    provides: tuple[Relation, ...] = ()


class _Dependency(NamedTuple):
    """A package that another one depends on, by which relation, and the marker under which it does."""

    package: str
    relation: Relation
    marker: str


class Packages:
    """The Debian packages that have files in one site directory.

    Attributes:
        files: The paths of the files of each package, relative to the site directory, by its name.
        installed: All installed packages, by name, whether they have files there or not.

    """

    def __init__(self, files: Mapping[str, frozenset[str]], installed: Mapping[str, Package]) -> None:
        self.files, self.installed = files, installed
        self._owners = {path: name for name, paths in files.items() for path in paths}
        metadata = {name: frozenset(filter(_is_metadata, paths)) for name, paths in files.items()}
        self._metadata = {name: entries for name, entries in metadata.items() if entries}
        self._providers: dict[str, list[tuple[str, str]]] = {}
        for name, package in installed.items():
            for relation in package.provides:
                self._providers.setdefault(relation.name, []).append((name, relation.version))

    def files_of(self, distribution: Distribution) -> frozenset[str] | None:
        """Return the files of the package of a distribution, or ``None`` if it comes from no package."""
        return self.files.get(self._owner_of(distribution))

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
        return owner in self._metadata and entry not in self._metadata[owner]

    def own_files(self, distribution: Distribution) -> list[str]:
        """Return the files of the package of a distribution, whatever its metadata list.

        If the package has other distributions too, which files are whose is not known, and the list is empty.
        """
        owner = self._owner_of(distribution)
        is_alone = len({_name_of(entry) for entry in self._metadata.get(owner, ())}) == 1
        return self._files_in([owner] if is_alone else [])

    def borrowed_files(self, distribution: Distribution) -> list[str]:
        """Return the files of the packages without metadata that the package of a distribution depends on.

        cryptography needs ``_cffi_backend``, which no distribution has.
        """
        packages = (dependency.package for dependency in self._dependencies_of(self._owner_of(distribution)))
        return self._files_in(name for name in packages if name not in self._metadata)

    def required(self, distribution: Distribution, others: Mapping[str, Distribution]) -> tuple[str, ...] | None:
        """Return the requirements of a distribution that follow from the dependencies of its package.

        Args:
            distribution: The distribution.
            others: The distributions in the site directory, by the names of their metadata entries.

        Returns:
            The requirements, sorted, or ``None`` if the distribution comes from no package. A bound counts if it
            speaks of a version of upstream. A distribution that dpkg has installed is required even if its metadata
            have been deleted since.

        """
        owner = self._owner_of(distribution)
        if not owner:
            return None
        specifiers: dict[tuple[str, str], set[str]] = {}
        for package, relation, marker in self._dependencies_of(owner):
            for entry in self._metadata.get(package, ()):
                other = others.get(entry)
                name = other.name if other else _name_of(entry)
                bound = self._specifier_of(package, relation, other) if other else ""
                specifiers.setdefault((name, marker), set()).add(bound)
        return tuple(
            f"{name}{','.join(sorted(filter(None, bounds)))}{f'; {marker}' if marker else ''}"
            for (name, marker), bounds in sorted(specifiers.items())
            if name != distribution.name
        )

    def missing_packages(self, distribution: Distribution) -> list[str]:
        """Return the packages with modules that the package of a distribution depends on and dpkg does not have.

        Packages without metadata count as missing also if files of them have been deleted.
        """
        owner = self._owner_of(distribution)
        dependencies = [dependency.package for dependency in self._dependencies_of(owner)]
        without_metadata = [name for name in dependencies if name not in self._metadata]
        missing = [
            name
            for name in without_metadata
            if not all(exists(os.path.join(distribution.layer, path)) for path in self._files_in([name]))
        ]
        for name in (owner, *without_metadata):
            for alternatives in self._depends_of(name):
                names = [relation.name for relation in alternatives]
                if not any(self._satisfying(Relation(alternative)) for alternative in names):
                    missing += [alternative for alternative in names if alternative.startswith(_MODULES)][:1]
        return sorted(set(missing))

    def _specifier_of(self, package: str, relation: Relation, distribution: Distribution) -> str:
        """Return what the bound of a relation to a package means to a distribution in it."""
        if relation.name != package:  # the version is that of a virtual package
            return ""
        version = self.installed[package].version or distribution.version
        return debian_relations.specifier_of(relation, version, distribution.version)

    def _owner_of(self, distribution: Distribution) -> str:
        return self._owners.get(os.path.basename(distribution.location), "")

    def _files_in(self, packages: Iterable[str]) -> list[str]:
        paths = {path for package in packages for path in self.files.get(package, ())}
        return sorted(paths - {os.path.dirname(path) for path in paths})  # dpkg lists the directories as well

    def _depends_of(self, package: str) -> tuple[Alternatives, ...]:
        return self.installed.get(package, Package()).depends

    def _dependencies_of(self, owner: str) -> Iterator[_Dependency]:
        """Yield what a package depends on, directly or by way of packages that have no metadata."""
        pending, seen = [(owner, "")], {owner}
        while pending:
            name, inherited = pending.pop()
            for alternatives in self._depends_of(name):
                marker = debian_relations.join_markers([inherited, debian_relations.marker_of(alternatives)])
                for package, relation in self._choose(alternatives):
                    is_lockstep = name != owner and relation.operator == "="  # of packages of one source
                    yield _Dependency(package, Relation(relation.name) if is_lockstep else relation, marker)
                    if package not in self._metadata and package not in seen:
                        seen.add(package)
                        pending.append((package, marker))

    def _choose(self, alternatives: Alternatives) -> list[tuple[str, Relation]]:
        """Return the packages of the first alternative that is installed and leads to modules.

        If none has a version that satisfies its bound, dpkg was forced, and the bounds do not count.
        """
        for relation in (*alternatives, *(Relation(relation.name) for relation in alternatives)):
            names = [] if debian_relations.is_interpreter(relation) else self._satisfying(relation)
            chosen = [(name, relation) for name in names if name in self.files or name.startswith(_MODULES)]
            if chosen:
                return chosen
        return []

    def _satisfying(self, relation: Relation) -> list[str]:
        """Return the installed packages that satisfy a relation: the one with its name, and those that provide it."""
        package = self.installed.get(relation.name)
        names = [relation.name] if package and (not package.version or relation.allows(package.version)) else []
        providers = self._providers.get(relation.name, ())
        return names + [name for name, version in providers if name not in names and relation.allows(version)]


def packages_of(layer: str) -> Packages | None:
    """Return the packages with files in a site directory, or ``None`` if dpkg did not fill it, or may not be read."""
    folder = database_of(layer)
    try:
        return _read(str(folder), os.path.realpath(layer), file_state(folder / "status")) if folder else None
    except OSError as error:
        raise_if_transient(error)
        return None


def database_of(layer: str) -> Path | None:
    """Return the directory of dpkg's database for a site directory, or ``None`` if dpkg did not fill it.

    It lies below the same root: that of ``ROOT/usr/lib/python3/dist-packages`` is ``ROOT/var/lib/dpkg``.
    """
    root = _root_of(layer)
    folder = root / _DATABASE if root else None
    return folder if folder and (folder / "status").is_file() else None


def may_lack_requirements(distribution: Distribution) -> bool:
    """Return whether Debian may have removed the requirements of a distribution, and dpkg does not have them either.

    ``requires.txt`` without a requirement shows that it has: a build writes none if there is no requirement. Where
    only dpkg writes, the metadata of distutils show it as well, which have no requirements at all.
    """
    if os.path.basename(distribution.layer) != LAYER or not distribution.location.endswith(".egg-info"):
        return False
    packages = packages_of(distribution.layer)
    if packages and packages.files_of(distribution) is not None:
        return False
    try:
        text = read_bytes(Path(distribution.location, "requires.txt")).decode(errors="replace")
    except OSError:
        return bool(_root_of(distribution.layer)) and is_regular_file(distribution.location)
    return not text.partition("[")[0].strip()


def _root_of(layer: str) -> Path | None:
    """Return the root of the system whose dpkg fills a site directory, or ``None`` if none does."""
    parts = Path(os.path.realpath(layer)).parts
    return Path(*parts[:-4]) if parts[-4:] == ("usr", "lib", "python3", LAYER) else None


def _name_of(entry: str) -> str:
    """Return the normalised name of the distribution that a metadata entry belongs to, by the name of the entry."""
    return canonicalize_name(os.path.splitext(entry)[0].partition("-")[0])


def _is_metadata(path: str) -> bool:
    return "/" not in path and path.endswith((".egg-info", ".dist-info"))


@lru_cache(maxsize=4)
def _read(folder: str, layer: str, _state: str) -> Packages:
    files: dict[str, frozenset[str]] = {}
    for name, paths in _files_by_package(Path(folder), layer):
        files[name] = files.get(name, frozenset()) | paths  # of several architectures
    return Packages(files, dict(_parse_status(read_bytes(Path(folder, "status")).decode(errors="replace"))))


def _files_by_package(folder: Path, layer: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the packages that have files in a site directory, with these files.

    The list of a package has a path on each line, which starts at the root of the system.
    """
    root = os.fsencode(folder.parents[len(_DATABASE.parts) - 1])
    start = os.fsencode(layer)[len(root.rstrip(b"/")) :] + b"/"
    for path in folder.glob("info/*.list"):
        text = read_bytes(path)
        if start in text:
            lines = (line.removeprefix(start) for line in text.splitlines() if line.startswith(start))
            yield path.stem.partition(":")[0], frozenset(map(os.fsdecode, lines))


def _parse_status(status: str) -> Iterator[tuple[str, Package]]:
    """Yield the installed packages in the ``status`` file of dpkg, each with its name."""
    for stanza in status.split("\n\n"):
        fields: dict[str, str] = dict(_FIELD.findall(stanza))
        if "Package" in fields and not fields.get("Status", "").endswith(_WITHOUT_FILES):
            depends = debian_relations.parse_relations(f"{fields.get('Depends', '')},{fields.get('Pre-Depends', '')}")
            provides = tuple(chain.from_iterable(debian_relations.parse_relations(fields.get("Provides", ""))))
            yield fields["Package"], Package(fields.get("Version", ""), depends, provides)
