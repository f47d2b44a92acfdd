"""The layers of an environment: the directories that it imports from. Their fingerprints."""

from __future__ import annotations

import os

from thinvenv.files import is_exhaustion, is_regular_file, names_in, read_if_any
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.model import Layer

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from thinvenv.model import Environment

METADATA_SUFFIXES = (".dist-info", ".egg-info", ".egg-link")
"""The suffixes of metadata entries in a site directory, the newest format first."""

EGG_METADATA = "EGG-INFO"
"""The metadata entry of an ``.egg``. It counts only if the egg itself is on the path."""

LINK_INSTALLER = "thinvenv"
"""The content of the ``INSTALLER`` file of a linked distribution. Its RECORD lists only links."""

STORE_INSTALLER = "thinvenv-store"
"""The content of that file for a distribution that is linked from a store. It counts as installed in the venv."""

STARTUP_SUFFIXES = (".pth", ".start")
"""The suffixes of the files in a site directory that :mod:`site` reads when an interpreter starts (PEP 829)."""

STORE_FILE = "thinvenv-store.json"
"""The file at the root of a store that says that it is one."""
ENTRIES = "entries"
"""The folder of a store that has its entries."""
ENTRY_SITE = os.path.join("Lib", "site-packages") if os.name == "nt" else os.path.join("lib", "python", "site-packages")
"""The site directory in an entry of a store. RECORD leads from it to the root as from that of an environment."""

_RELEVANT_SUFFIXES = (*METADATA_SUFFIXES, *STARTUP_SUFFIXES)
CUSTOMIZATIONS = ("sitecustomize", "usercustomize")
"""The modules that :mod:`site` imports when an interpreter starts."""
_RELEVANT_PREFIXES = (EGG_METADATA, *CUSTOMIZATIONS)
"""The entries of a site directory that decide what is imported. Some add directories to the path."""


def layers_of(environment: Environment) -> tuple[Layer, ...]:
    """Return the layers of an environment in the order of ``sys.path``, and finally those that it only links from.

    A directory that is on the path under several names is one layer. Only ``purelib`` and ``platlib`` of a virtual
    environment are its venv. ``PYTHONPATH``, the user site and the directories that ``.pth`` files add are base.
    """
    sites = environment.sites if environment.is_virtual else ()
    venv_paths = {os.path.realpath(site) for site in sites}
    layers: dict[str, Layer] = {}
    for entry in environment.path:
        real_path = os.path.realpath(entry)
        if real_path not in layers:
            layers[real_path] = Layer(entry, "venv" if real_path in venv_paths else "base")
    for entry in environment.linkable:
        layers.setdefault(os.path.realpath(entry), Layer(entry, "linkable"))
    return tuple(layers.values())


def store_of(layer: str) -> str:
    """Return the root of the store that a layer lies in, or an empty string for another layer."""
    entry = layer.removesuffix(os.sep + ENTRY_SITE)
    store, folder = os.path.split(os.path.dirname(entry))
    is_entry = entry != layer and folder == ENTRIES and is_regular_file(os.path.join(store, STORE_FILE))
    return store if is_entry else ""


def is_in_store(path: str) -> bool:
    """Return whether a path is that of a file in a site directory of an entry of a store."""
    start, separator, _ = path.partition(f"{os.sep}{ENTRY_SITE}{os.sep}")
    return bool(separator and store_of(f"{start}{os.sep}{ENTRY_SITE}"))


def sees_installation(environment: Environment) -> bool:
    """Return whether an interpreter imports from the site directories of its installation."""
    outside = (entry for entry in environment.path if not _is_below(entry, environment.prefix))
    return not environment.is_virtual or any(_is_below(entry, environment.base_prefix) for entry in outside)


def has_distributions(path: str) -> bool:
    """Return whether a directory has any metadata entry."""
    return any(name.endswith(METADATA_SUFFIXES) for name in names_in(path))


def linked_dist_infos(site: str, *installers: str) -> list[Path]:
    """Return those ``dist-info`` directories in a site directory that belong to linked distributions.

    Args:
        site: The site directory.
        installers: The content of their ``INSTALLER``; by default, those that are linked from the base and from stores.

    """
    from pathlib import Path  # noqa: PLC0415 - a no-op handles paths as strings

    return [Path(path) for path in dist_infos(site) if is_linked_dist_info(path, *installers)]


def own_dist_infos(site: str) -> list[str]:
    """Return the ``dist-info`` directories in a site directory that an installer has written."""
    return [path for path in dist_infos(site) if not is_linked_dist_info(path)]


def dist_infos(site: str) -> list[str]:
    """Return all ``dist-info`` directories in a site directory, by name."""
    return [os.path.join(site, name) for name in sorted(names_in(site)) if name.endswith(".dist-info")]


def is_linked_dist_info(path: str, *installers: str) -> bool:
    """Return whether a ``dist-info`` directory belongs to a linked distribution, see :func:`linked_dist_infos`."""
    installer = read_if_any(f"{path}/INSTALLER").strip().decode(errors="replace")
    return installer in (installers or (LINK_INSTALLER, STORE_INSTALLER))


def fingerprint(layers: Iterable[Layer]) -> str:
    """Return a digest that changes whenever the distributions of the layers do.

    It covers the names and times of all metadata entries, start-up files and customizations. This takes one
    ``scandir`` for each layer, and opens no file.
    """
    return digest(layer_fingerprint(layer.path) for layer in layers)


def environment_fingerprint(layers: Iterable[Layer], fingerprint_of: Callable[[str], str] | None = None) -> str:
    """Return the fingerprint of all layers of an environment: that of its own layers, a blank, that of its bases.

    So where the base has changed, it shows that the environment itself has not; see :func:`own_part`.

    Args:
        layers: The layers.
        fingerprint_of: Returns the fingerprint of one layer by its path; :func:`layer_fingerprint` if not given.

    """
    layers, fingerprint_of = tuple(layers), fingerprint_of or layer_fingerprint
    own = digest(fingerprint_of(layer.path) for layer in layers if layer.kind == "venv")
    return f"{own} {digest(fingerprint_of(layer.path) for layer in layers if layer.kind != 'venv')}"


def own_part(fingerprint: str) -> str:
    """Return the part of the fingerprint of an environment that is about its own layers."""
    return fingerprint.partition(" ")[0]


def startup_fingerprint(layers: Iterable[Layer]) -> str:
    """Return a digest that changes whenever the files in layers do that an interpreter reads when it starts.

    Other distributions in a layer do not change what an interpreter is: these files alone add to its path.
    """
    return digest(state for layer in layers for state in (layer.path, *_startup_states(layer.path)))


def _startup_states(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            relevant = [(entry.name, entry.path) for entry in entries if is_read_at_start(entry.name)]
    except OSError as error:
        if is_exhaustion(error):
            raise
        return [f"absent:{error.errno}"]
    return sorted(f"{name}:{file_state(path)}" for name, path in relevant)


def is_read_at_start(name: str) -> bool:
    """Return whether an interpreter reads an entry of a site directory when it starts, by the name of the entry."""
    return name.endswith(STARTUP_SUFFIXES) or name.startswith(CUSTOMIZATIONS)


def layer_fingerprint(path: str) -> str:
    """Return the fingerprint of one layer, which need not exist.

    Raises:
        OSError: This process or the machine has no resources left.

    """
    try:
        with os.scandir(path) as entries:
            states = [
                dist_info_state(entry) if entry.name.endswith(".dist-info") else _state(entry)
                for entry in entries
                if entry.name.endswith(_RELEVANT_SUFFIXES) or entry.name.startswith(_RELEVANT_PREFIXES)
            ]
        states.sort()
    except NotADirectoryError:  # a zip archive on the path
        states = [file_state(path)]
    except (OSError, ValueError) as error:  # `ValueError`: it has a character that no path can have
        if isinstance(error, OSError) and is_exhaustion(error):
            raise
        states = [f"absent:{getattr(error, 'errno', None)}"]
    return digest([path, *states])


def dist_info_state(entry: os.DirEntry[str]) -> str:
    """Return the name and times of a ``dist-info`` directory.

    The time of a directory changes when files are added or removed, but not when one is rewritten, so the time of
    the metadata file in it counts as well. A base has hundreds of them, so this calls :func:`os.stat` itself.
    """
    path = entry.path
    try:
        folder, metadata = os.stat(path), os.stat(path + "/METADATA")
    except OSError:  # one of both is missing, or cannot be examined
        return f"{entry.name}:{file_state(path)}:{file_state(path + '/METADATA')}"
    return f"{entry.name}:{folder.st_mtime_ns}:{folder.st_size}:{metadata.st_mtime_ns}:{metadata.st_size}"


def _state(entry: os.DirEntry[str]) -> str:
    """Return the name and times of another entry than a ``dist-info`` directory, and of metadata files in it."""
    name, path = entry.name, entry.path
    state = f"{name}:{file_state(path)}"
    if name.endswith((".egg-info", EGG_METADATA)) and entry.is_dir():
        return f"{state}:{file_state(path + '/PKG-INFO')}:{file_state(path + '/requires.txt')}"
    return state


def _is_below(path: str, folder: str) -> bool:
    path, folder = (os.path.normcase(os.path.realpath(name)) for name in (path, folder))
    return path == folder or path.startswith(os.path.join(folder, ""))
