"""How distributions look for files: in their metadata, or by paths relative to shared objects.

Some ask their metadata for their files: cmake finds its data by ``importlib.metadata.distribution("cmake").files``.
RECORD of a linked distribution lists only links, so such a distribution is linked file by file.

A shared object looks for the libraries of other distributions relative to its own path
(``$ORIGIN/../../nvjitlink/lib``). The loader takes the path under which it found the object, and the system resolves
``..`` after each symbolic link to a directory. Behind such a link the libraries of the base would be found, not those
of the environment. The directory of such a shared object is therefore a real one.

A module may look beside its own path as well, after following links (``Path(__file__).resolve()``).
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING, Any

from thinvenv.distributions.installed_files import RECORD, files_of, recorded_files, root_of
from thinvenv.files import exists, is_directory, read_if_any
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.inventory.layers import own_dist_infos
from thinvenv.links.elf import needed_libraries, search_paths
from thinvenv.model.json import texts
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.cache import Cache
    from thinvenv.links.manifest import Manifest
    from thinvenv.model import Distribution, Environment, Inventory

_CACHE = "lookups"
"""The folder of the cache that has what was found in the files of distributions, one document for each layer."""
_SHARED_OBJECT = re.compile(r"\.so(\.[\d.]+)?$")
_LIBRARY = re.compile(r"lib[^/]*\.so(\.[\d.]+)?$")
_PRIVATE_LIBRARIES = ".libs"
"""The end of the name of a directory for the libraries of one distribution alone, as ``auditwheel`` makes it."""
_ORIGIN = re.compile(r"^\$(?:ORIGIN|\{ORIGIN\})(?:/|$)")
_TEST_FOLDERS = re.compile(r"(?:^|/)tests?/")
_METADATA_MODULES = re.compile(rb"importlib[._]metadata")
_FILES = re.compile(rb"\.files\b(?!\s*\()|\bfiles\(|[\"']RECORD[\"']")
_OWN_PATH = re.compile(rb"\b__file__\b")
_FOLLOWING = re.compile(rb"\b(?:resolve\(|realpath\b)")
_DISTRIBUTION = re.compile(rb"\b(?:distribution|files|from_name)\(\s*(?:[\"']([\w.-]+)[\"']|(\w+))")
"""A call for a distribution or its files: a literal name, or the name of a variable."""


class Lookups(NamedTuple):
    """How one distribution looks for files.

    Attributes:
        names: The names of the distributions whose files it asks the metadata for, its own for example.
        searched: The directories in which the shared objects of a directory look for libraries, by the path of that
            directory. All paths are relative to the site directory.

    """

    names: tuple[str, ...] = ()
    searched: Mapping[str, tuple[str, ...]] = {}


def adapt(
    manifests: Mapping[str, Manifest], distributions: Mapping[str, Distribution], environment: Environment, cache: Cache
) -> dict[str, Manifest]:
    """Return the files of distributions with what follows from how these look for files.

    Args:
        manifests: The files of each distribution, by its name.
        distributions: The distributions by their names.
        environment: The environment that they are linked into.
        cache: The cache.

    """
    if not manifests:
        return {}
    lookups = _cached_lookups(manifests, distributions, cache)
    names_asked_for = {name for lookup in lookups.values() for name in lookup.names}
    library_folders = {name: _library_folders(manifest.files) for name, manifest in manifests.items()}
    own_libraries = _own_library_folders(environment)
    adapted = {}
    for name, manifest in manifests.items():
        others = own_libraries.union(*(folders for other, folders in library_folders.items() if other != name))
        searched = lookups[name].searched
        looks_outside = any(not others.isdisjoint(folders) for folders in searched.values())
        real_folders = frozenset(searched) if looks_outside else frozenset()
        file_by_file = manifest.file_by_file or name in names_asked_for
        adapted[name] = manifest._replace(file_by_file=file_by_file, real_folders=real_folders)
    return adapted


def follows_links(path: str) -> bool:
    """Return whether a module may follow links from its own path.

    Raises:
        OSError: The module cannot be read now, but may be another time.

    """
    code = read_if_any(path)
    return bool(_OWN_PATH.search(code) and _FOLLOWING.search(code))


def separated_libraries(
    distributions: Iterable[Distribution], inventory: Inventory
) -> Iterator[tuple[Distribution, Distribution]]:
    """Yield pairs of a distribution and another one whose libraries it does not find, as they lie in two folders.

    It looks for them relative to its own path. In reuse mode ``link``, both are found in the environment.

    Args:
        distributions: The distributions in use.
        inventory: All distributions of the environment.

    """
    groups: dict[str, list[Distribution]] = {}
    for distribution in distributions:
        is_linked = distribution.layer in inventory.linkable_paths or distribution.name in inventory.linked
        is_in_venv = is_linked or inventory.in_venv(distribution)
        groups.setdefault("" if is_in_venv else distribution.layer, []).append(distribution)
    libraries = (
        {dist: _libraries(files_of(dist, ".so")) for group in groups.values() for dist in group}
        if len(groups) > 1
        else {}
    )
    for folder, group in groups.items():
        others = [dist for dist, paths in libraries.items() if paths and dist not in group]
        for distribution in group if others else ():
            wanted = _libraries_wanted_by(distribution)
            own = folder or distribution.layer
            for other in others:
                paths = wanted.intersection(libraries[other])
                if any(not exists(os.path.join(own, path)) for path in paths):
                    yield distribution, other


def _libraries(paths: Iterable[str]) -> list[str]:
    """Return those of some paths that are libraries which other distributions may use."""
    libraries = [path for path in paths if ".so" in path and _LIBRARY.search(path)]
    return [path for path in libraries if not posixpath.dirname(path).endswith(_PRIVATE_LIBRARIES)]


def _libraries_wanted_by(distribution: Distribution) -> set[str]:
    """Return the paths under which the shared objects of a distribution look for the libraries that they need."""
    wanted: set[str] = set()
    for path in files_of(distribution, ".so"):
        if ".so" in path and _SHARED_OBJECT.search(path):
            target = os.path.join(root_of(distribution), path)
            folders = list(_relative_folders(path, target))
            names = needed_libraries(target) if folders else ()
            wanted.update(f"{folder}/{name}" for folder in folders for name in names)
    return wanted


def _relative_folders(path: str, target: str) -> Iterator[str]:
    """Yield the folders in which a shared object looks for libraries relative to its path.

    Args:
        path: Its path, relative to the site directory.
        target: The absolute path of the file.

    """
    for entry in search_paths(target):
        if _ORIGIN.match(entry):
            yield posixpath.normpath(f"{posixpath.dirname(path)}/{_ORIGIN.sub('', entry)}")


def _library_folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the directories that have libraries in them which other distributions may use."""
    return frozenset(map(posixpath.dirname, _libraries(paths)))


def _own_library_folders(environment: Environment) -> frozenset[str]:
    """Return the directories with libraries of what is installed in an environment itself."""
    own = own_dist_infos(environment.purelib)
    return frozenset().union(*(_library_folders(path for path, _ in recorded_files(location)) for location in own))


def _cached_lookups(
    manifests: Mapping[str, Manifest], distributions: Mapping[str, Distribution], cache: Cache
) -> dict[str, Lookups]:
    """Return how distributions look for files. The files of a distribution that has not changed are not read again."""
    lookups: dict[str, Lookups] = {}
    for layer in sorted({distributions[name].layer for name in manifests}):
        key = digest([layer])
        saved = cache.load(_CACHE, key) or {}
        document = dict(saved)
        for name in (name for name in manifests if distributions[name].layer == layer):
            location = distributions[name].location
            state = f"{file_state(location)}:{file_state(os.path.join(location, RECORD))}"
            stored = _decode(saved.get(location), state)
            try:
                lookups[name] = stored or _lookups_of(name, manifests[name])
            except OSError:  # it may be gone the next time, so nothing is remembered
                lookups[name] = Lookups()
                continue
            document[location] = [state, *lookups[name]]
        if document != saved:
            cache.store(_CACHE, key, document)
    return lookups


def _decode(entry: Any, state: str) -> Lookups | None:
    try:
        saved_state, names, searched = entry
        by_folder = {folder: texts(paths) for folder, paths in searched.items()}
        return Lookups(texts(names), by_folder) if saved_state == state else None
    except (AttributeError, TypeError, ValueError):
        return None


def _lookups_of(name: str, manifest: Manifest) -> Lookups:
    """Return how a distribution looks for files, from its modules and shared objects.

    Raises:
        OSError: A file cannot be read now, but may be another time.

    """
    names: set[str] = set()
    searched: dict[str, set[str]] = {}
    folders_exist: dict[str, bool] = {}
    for path in manifest.files:
        if path.endswith(".py"):
            folder = posixpath.dirname(path)
            if folder not in folders_exist:
                folders_exist[folder] = bool(manifest.targets) or is_directory(manifest.target_of(folder))
            if folders_exist[folder] and not _TEST_FOLDERS.search(path):
                names.update(_names_asked_for(manifest.target_of(path), name))
        elif ".so" in path and _SHARED_OBJECT.search(path):
            folders = set(_relative_folders(path, manifest.target_of(path)))
            if folders:
                searched.setdefault(posixpath.dirname(path), set()).update(folders)
    return Lookups(tuple(sorted(names)), {folder: tuple(sorted(paths)) for folder, paths in searched.items()})


def _names_asked_for(path: str, own_name: str) -> Iterator[str]:
    """Yield the names of the distributions whose files a module asks the metadata for.

    A variable stands for the distribution of the module if the module contains the name of that distribution, or if
    it is one such as ``__package__``.
    """
    code = read_if_any(path)
    if b"metadata" not in code or not (_METADATA_MODULES.search(code) and _FILES.search(code)):
        return
    for literal, variable in _DISTRIBUTION.findall(code):
        if literal:
            yield _normalized(literal.decode("latin-1"))
        elif variable.startswith(b"__") or own_name in map(
            _normalized, re.findall(r"[\"']([\w.-]+)[\"']", code.decode("latin-1"))
        ):
            yield own_name


def _normalized(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()
