"""The ``dist-info`` of a linked distribution: a real directory whose RECORD lists only the links.

Uninstallers remove what RECORD lists, so that none can remove files of the base.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.distributions.installed_files import RECORD, format_record, recorded_files, size_of
from thinvenv.distributions.metadata_files import dist_info_name, read_text
from thinvenv.environments.bootstrap import LINK_FILES
from thinvenv.files import exists, is_directory, is_link, is_regular_file, names_in, read_if_any, walk
from thinvenv.inventory.layers import LINK_INSTALLER, STORE_INSTALLER, linked_dist_infos, store_of
from thinvenv.links.layout import Link
from thinvenv.model.json import file_name, relative_path, text_map, texts
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from thinvenv.links.manifest import Manifest
    from thinvenv.model import Distribution, Environment

PATH_FILE = "_thinvenv_path_"
"""The start of the names of ``.pth`` files that add an archive or a source tree to ``sys.path``."""
_OF_INSTALLERS = frozenset({RECORD, "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "__pycache__"})
"""Files that every installer writes for itself."""
_OF_EGGS = ("entry_points.txt", "top_level.txt")
"""Files that mean the same in an ``egg-info``."""
_WHEEL = "Wheel-Version: 1.0\nGenerator: thinvenv\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
"""For a distribution without WHEEL, such as an ``egg-info``: uv takes one without it for broken."""
_COPIED = ".py"
"""The end of the names of texts that are copies of modules: no metadata file has such a name."""
_NEEDS_TOP_LEVEL = "3.11."
"""The version whose ``packages_distributions()`` takes names only from paths that end with ``.py``."""


class LinkedDistribution(NamedTuple):
    """A distribution as it is linked into an environment.

    Attributes:
        dist_info: The name of its ``dist-info`` directory.
        title: Name and version, as messages show them.
        links: Its links, including those in its ``dist-info``.
        texts: The content of the files that are written for it, by path. RECORD is not among them.
        scripts: The paths of its scripts, which are written elsewhere.

    Paths are relative to the site directory.

    """

    dist_info: str
    title: str
    links: tuple[Link, ...]
    texts: Mapping[str, str]
    scripts: tuple[str, ...]

    @property
    def copies(self) -> dict[str, str]:
        """The content of those texts that are copies of modules, by path."""
        return {path: text for path, text in self.texts.items() if path.endswith(_COPIED)}

    @property
    def record(self) -> str:
        """Its RECORD: paths without hashes, since the target of a link may change. Only copies have a size."""
        paths = [*(link.path for link in self.links), *self.texts, *self.scripts, f"{self.dist_info}/{RECORD}"]
        sizes = {path: len(text.encode()) for path, text in self.copies.items()}
        return format_record(sorted(paths), sizes)


def linked_distribution(
    distribution: Distribution,
    manifest: Manifest,
    links: Iterable[Link],
    scripts: Iterable[str],
    environment: Environment,
) -> LinkedDistribution:
    """Return how a distribution is linked into an environment.

    Args:
        distribution: The distribution in the base.
        manifest: Its files.
        links: The links to its files.
        scripts: The paths of its scripts, relative to the site directory.
        environment: The virtual environment.

    """
    name = os.path.basename(distribution.location)
    if not name.endswith(".dist-info") or "-" not in name:
        name = dist_info_name(distribution)
    links = list(links)
    modules = {link.path: text for link in links if link.is_copy and (text := _text_of(link.target))}
    paths = {link.path for link in links}
    links = [link for link in links if link.path not in modules]
    links += _metadata_links(name, distribution)
    paths.update(link.path for link in links)
    texts = modules | _metadata_texts(name, distribution, paths, environment)
    if manifest.path_entries:
        path_file = f"{PATH_FILE}{distribution.name.replace('-', '_')}.pth"
        texts[path_file] = "".join(f"{entry}\n" for entry in manifest.path_entries)
    return LinkedDistribution(name, str(distribution), tuple(links), texts, tuple(sorted(scripts)))


def recorded_links(dist_info: Path) -> dict[str, int | None]:
    """Return the absolute paths in the RECORD of a linked distribution, each with its size. Only copies have one."""
    site = str(dist_info.parent)
    return {os.path.normpath(os.path.join(site, path)): size for path, size in recorded_files(str(dist_info))}


def intact_copies(recorded: Mapping[str, int | None]) -> set[str]:
    """Return the paths of those modules of linked distributions that are copies, and are still as written.

    Another installer may have put a file of its own in the place of one.

    Args:
        recorded: What :func:`recorded_links` returned.

    """
    return {path for path, size in recorded.items() if size and not is_link(path) and size_of(path) == size}


def dump(environment: Environment) -> list[Any]:
    """Return the linked distributions of an environment as JSON, which contains no path of the environment."""
    return [_dump(dist_info) for dist_info in linked_dist_infos(environment.purelib)]


def load(data: Iterable[Any]) -> tuple[LinkedDistribution, ...]:
    """Return the linked distributions that :func:`dump` returned as JSON.

    Raises:
        TypeError: The data have another form.
        ValueError: The data have another form.

    """
    return tuple(_load(*entry) for entry in data)


def top_level_entries(linked: Iterable[LinkedDistribution]) -> set[str]:
    """Return the names of the entries that linking adds to a site directory."""
    names = set(LINK_FILES)
    for distribution in linked:
        paths = (*(link.path for link in distribution.links), *distribution.texts)
        names |= {distribution.dist_info, *(path.partition("/")[0] for path in paths)}
    return names


def has_all_targets(linked: Iterable[LinkedDistribution]) -> bool:
    """Return whether the targets of all links exist."""
    return all(exists(link.target) for distribution in linked for link in distribution.links)


def _load(name: Any, links: Any, files: Any, scripts: Any) -> LinkedDistribution:
    if not file_name(name).endswith(".dist-info"):
        raise ValueError(f"{name!r:.100} is not the name of a metadata directory")
    contents = {relative_path(path): content for path, content in text_map(files).items()}
    return LinkedDistribution(
        name, name, tuple(Link(path, target) for path, target in map(texts, links)), contents, texts(scripts)
    )


def _metadata_links(name: str, distribution: Distribution) -> Iterator[Link]:
    """Yield the links to those metadata files that need no conversion: RECORD lists the file of each licence."""
    source = Path(distribution.location)
    entries = [entry for entry in sorted(names_in(source)) if entry not in _OF_INSTALLERS]
    if source.suffix != ".dist-info":
        entries = [entry for entry in entries if entry in _OF_EGGS]
    for entry in entries:
        for path in _files_at(source / entry):
            yield Link(f"{name}/{path.relative_to(source).as_posix()}", str(path))


def _files_at(path: Path) -> list[Path]:
    if not is_directory(path):
        return [path]
    files = (Path(folder, name) for folder, _, names in walk(str(path)) for name in names)
    return sorted(file for file in files if is_regular_file(file))


def _metadata_texts(
    name: str, distribution: Distribution, linked: Collection[str], environment: Environment
) -> dict[str, str]:
    """Return the metadata files that are written because there is nothing to link to.

    Args:
        name: The name of the ``dist-info``.
        distribution: The distribution in the base.
        linked: The paths of its files that are linked or copied.
        environment: The virtual environment.

    """
    installer = STORE_INSTALLER if store_of(distribution.layer) else LINK_INSTALLER
    texts = {f"{name}/INSTALLER": f"{installer}\n"}
    if f"{name}/METADATA" not in linked:
        from thinvenv.distributions.metadata import convert_metadata  # noqa: PLC0415 - loads importlib.metadata for few

        texts[f"{name}/METADATA"] = convert_metadata(distribution)
    if f"{name}/WHEEL" not in linked:
        texts[f"{name}/WHEEL"] = _WHEEL
    if is_regular_file(distribution.layer):  # an archive, which no link leads into
        entry_points = read_text(distribution.location, "entry_points.txt")
        texts |= {f"{name}/entry_points.txt": entry_points} if entry_points else {}
    if f"{name}/top_level.txt" not in linked and environment.version.startswith(_NEEDS_TOP_LEVEL):
        texts[f"{name}/top_level.txt"] = _top_level_text(name, linked)
    return {path: text for path, text in texts.items() if text}  # an empty file counts as one that a crash has emptied


def _top_level_text(dist_info: str, paths: Iterable[str]) -> str:
    """Return the content of ``top_level.txt``: the importable names of a distribution."""
    entries = {path.partition("/")[0] for path in paths if not path.startswith("../")} - {dist_info}
    names = {entry.partition(".")[0] for entry in entries if not entry.endswith(".libs")}
    return "".join(f"{name}\n" for name in sorted(names) if name.isidentifier())


def _dump(dist_info: Path) -> list[Any]:
    site, links, texts, scripts = str(dist_info.parent), [], {}, []
    for path in recorded_links(dist_info):
        relative = os.path.relpath(path, site).replace(os.sep, "/")
        if is_link(path):
            links.append([relative, os.readlink(path)])
        elif relative.startswith(".."):
            scripts.append(relative)
        elif relative != f"{dist_info.name}/{RECORD}":
            texts[relative] = Path(path).read_bytes().decode()
    return [dist_info.name, links, texts, scripts]


def _text_of(path: str) -> str:
    """Return the text of a module; nothing if it is not in UTF-8, or cannot be read.

    Raises:
        OSError: It cannot be read now, but may be another time.

    """
    try:
        return read_if_any(path).decode()
    except UnicodeError:
        return ""
