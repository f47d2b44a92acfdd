"""The sources of a project's requirements: `[tool.uv.sources]`.

uv reads them for the projects that it builds. The requirements that thinvenv reads from a project have the same
sources, and are editable where they would be with uv.

https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
"""

from __future__ import annotations

import os
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv.config.uv_files import parents
from thinvenv.config.uv_workspace import read_pyproject, strings, uv_table_in
from thinvenv.model import Root
from thinvenv.named_tuples import NamedTuple
from thinvenv.requirements.roots import editable_root, in_brackets, root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Table = dict[str, Any]


class Source(NamedTuple):
    """A source of one distribution.

    Attributes:
        url: The URL, with revision and subdirectory.
        path: The local path; empty for a source that is not local.
        editable: Whether it is installed in development mode.
        marker: The marker of the environments that it is for; empty for all.
        only_index: The index that it comes from, see :class:`thinvenv.model.Root`. It has no URL of its own then.

    """

    url: str
    path: str = ""
    editable: bool = False
    marker: str = ""
    only_index: str = ""


def roots_from(texts: Iterable[str], folder: str, origin: str) -> Iterator[Root]:
    """Yield the roots for requirements of a project, each with the source that the project declares.

    Args:
        texts: The requirements.
        folder: The project.
        origin: Where the requirements were read, for errors.

    Raises:
        RequirementError: A path does not exist.

    """
    sources = _sources(folder)
    for text in texts:
        yield from _roots(text, sources, origin)


def editable_paths(folders: Iterable[str]) -> frozenset[str]:
    """Return the local projects that some projects, or their local sources in turn, want in development mode."""
    sources = (source for _, source in _all_sources(folders))
    return frozenset(source.path for source in sources if source.editable and os.path.isdir(source.path))


def roots_with_index(folders: Iterable[str]) -> Iterator[Root]:
    """Yield a root for each distribution to which some projects, or their local sources in turn, give an index."""
    for name, source in _all_sources(folders):
        if source.only_index:
            yield _root(Requirement(name), source, "")


def _all_sources(folders: Iterable[str]) -> Iterator[tuple[str, Source]]:
    """Yield the names and sources in some projects, and in their local sources in turn."""
    seen: set[str] = set()
    queue = list(folders)
    while queue:
        folder = queue.pop()
        if folder in seen:
            continue
        seen.add(folder)
        pairs = [(name, source) for name, sources in _sources(folder).items() for source in sources]
        queue.extend(source.path for _, source in pairs if os.path.isdir(source.path))
        yield from pairs


def explicit_indexes(folder: str) -> dict[str, str]:
    """Return the indexes that uv uses only for distributions that name them, as in ``Root.only_index``, by URL.

    Args:
        folder: A folder of a project.

    """
    indexes: dict[str, str] = {}
    for parent in parents(folder):
        tables = _tables(uv_table_in(parent).get("index"))
        names = {table.get("name") for table in tables if table.get("explicit") is True}
        indexes |= {url: f"{name}={url}" for name, url in _indexes(parent) if name in names}
    return indexes


def _roots(text: str, sources: dict[str, list[Source]], origin: str) -> list[Root]:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return [Root(text, origin)]  # reported with its origin when it is read
    own = [] if requirement.url else sources.get(canonicalize_name(requirement.name), [])
    roots = [_root(requirement, source, origin) for source in own]
    # Where no marker of a source applies, any index counts.
    return [*roots, *([Root(text, origin)] if all(source.marker for source in own) else [])]


def _root(requirement: Requirement, source: Source, origin: str) -> Root:
    extras = in_brackets(requirement.extras)
    markers = [f"({marker})" for marker in (str(requirement.marker or ""), source.marker) if marker]
    if source.editable and not markers:
        return editable_root(f"{source.path}{extras}", os.curdir, origin=origin)
    condition = f" ; {' and '.join(markers)}" if markers else ""
    if source.only_index:
        return Root(
            f"{requirement.name}{extras}{requirement.specifier}{condition}", origin, only_index=source.only_index
        )
    return root(f"{requirement.name}{extras} @ {source.url}{condition}", os.curdir, origin=origin)


def _sources(folder: str) -> dict[str, list[Source]]:
    """Return the sources of a project, those of its workspace too, by normalized name."""
    workspace = next((path for path in parents(folder) if isinstance(uv_table_in(path).get("workspace"), dict)), "")
    folders = [workspace, folder] if workspace else [folder]  # the project's own win
    sources: dict[str, list[Source]] = {}
    indexes = {name: url for parent in folders for name, url in _indexes(parent)}
    for parent in folders:
        for key, entries in _table(uv_table_in(parent), "sources").items():
            name = canonicalize_name(key)
            tables = _tables(entries if isinstance(entries, list) else [entries])
            sources[name] = list(filter(None, (_source(name, table, parent, workspace) for table in tables)))
            sources[name] = [_with_url(source, indexes) for source in sources[name]]
    return sources


def _indexes(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the names and URLs of the indexes of a project. A path is relative to the project."""
    for table in _tables(uv_table_in(folder).get("index")):
        url = str(table.get("url", ""))
        is_path = "://" not in url
        yield str(table.get("name", "")), Path(os.path.normpath(os.path.join(folder, url))).as_uri() if is_path else url


def _with_url(source: Source, indexes: dict[str, str]) -> Source:
    url = indexes.get(source.only_index)
    return source._replace(only_index=f"{source.only_index}={url}") if url else source


def _source(name: str, entry: Table, folder: str, workspace: str) -> Source | None:
    """Return the source in one entry; ``None`` if it has none, or names no member of the workspace."""
    entry = {key: value for key, value in entry.items() if isinstance(value, str | bool)}  # uv refuses other types
    marker, subdirectory = str(entry.get("marker", "")), entry.get("subdirectory", "")
    fragment = f"#subdirectory={subdirectory}" if subdirectory else ""
    if entry.get("workspace") and workspace:
        member = _members(workspace).get(name)
        editable = bool(entry.get("editable", True))
        return Source(Path(member).as_uri(), member, editable, marker) if member else None
    if "path" in entry:
        path = os.path.normpath(os.path.join(folder, str(entry["path"])))
        return Source(Path(path).as_uri() + fragment, path, bool(entry.get("editable")), marker)
    if "git" in entry:
        revision = next((f"@{entry[key]}" for key in ("rev", "tag", "branch") if key in entry), "")
        return Source(f"git+{entry['git']}{revision}{fragment}", marker=marker)
    if "index" in entry:
        return Source("", marker=marker, only_index=str(entry["index"]))
    return Source(f"{entry['url']}{fragment}", marker=marker) if "url" in entry else None


def _members(workspace: str) -> dict[str, str]:
    """Return the folders of a workspace's projects, by normalized name."""
    patterns = strings(_table(uv_table_in(workspace), "workspace").get("members"))
    paths = (path for pattern in patterns for path in sorted(glob(os.path.join(workspace, pattern))))
    folders = [workspace, *paths]
    documents = ((read_pyproject(folder), folder) for folder in folders)
    projects = ((_table(document, "project").get("name"), folder) for document, folder in documents)
    return {canonicalize_name(name): os.path.normpath(folder) for name, folder in projects if isinstance(name, str)}


def _table(table: Table, key: str) -> Table:
    """Return a table in another one, an empty one if there is none."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _tables(values: Any) -> list[Table]:
    """Return the tables in an array, none if it is no array."""
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
