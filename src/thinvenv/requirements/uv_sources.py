"""The sources of a project's requirements: `[tool.uv.sources]`.

uv reads them for the projects that it builds. The requirements that thinvenv reads from a project have the same
sources, and are editable where they would be with uv.

https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
"""

from __future__ import annotations

import os
import tomllib
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv.model import Root
from thinvenv.requirements.roots import editable_root, root

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

    """

    url: str
    path: str = ""
    editable: bool = False
    marker: str = ""


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
    editable: set[str] = set()
    seen: set[str] = set()
    queue = list(folders)
    while queue:
        folder = queue.pop()
        if folder in seen:
            continue
        seen.add(folder)
        local = [source for sources in _sources(folder).values() for source in sources if os.path.isdir(source.path)]
        editable.update(source.path for source in local if source.editable)
        queue.extend(source.path for source in local)
    return frozenset(editable)


def _roots(text: str, sources: dict[str, list[Source]], origin: str) -> list[Root]:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return [Root(text, origin)]  # reported with its origin when it is read
    own = [] if requirement.url else sources.get(canonicalize_name(requirement.name), [])
    return [_root(requirement, source, origin) for source in own] or [Root(text, origin)]


def _root(requirement: Requirement, source: Source, origin: str) -> Root:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    markers = [f"({marker})" for marker in (str(requirement.marker or ""), source.marker) if marker]
    if source.editable and not markers:
        return editable_root(f"{source.path}{extras}", os.curdir, origin=origin)
    condition = f" ; {' and '.join(markers)}" if markers else ""
    return root(f"{requirement.name}{extras} @ {source.url}{condition}", os.curdir, origin=origin)


def _sources(folder: str) -> dict[str, list[Source]]:
    """Return the sources of a project, those of its workspace too, by normalized name."""
    parents = (Path(folder), *Path(folder).parents)
    workspace = next((parent for parent in parents if "workspace" in _uv_table(str(parent))), None)
    folders = [folder] if workspace is None else [str(workspace), folder]  # the project's own win
    sources: dict[str, list[Source]] = {}
    for parent in folders:
        for key, entries in _uv_table(parent).get("sources", {}).items():
            name = canonicalize_name(key)
            tables = [
                entry for entry in (entries if isinstance(entries, list) else [entries]) if isinstance(entry, dict)
            ]
            sources[name] = list(filter(None, (_source(name, table, parent, workspace) for table in tables)))
    return sources


def _source(name: str, entry: Table, folder: str, workspace: Path | None) -> Source | None:
    """Return the source in one entry; ``None`` for an index, which is no location of the distribution."""
    marker, subdirectory = entry.get("marker", ""), entry.get("subdirectory", "")
    fragment = f"#subdirectory={subdirectory}" if subdirectory else ""
    if entry.get("workspace") and workspace is not None:
        member = _members(workspace).get(name)
        editable = entry.get("editable", True)
        return Source(Path(member).as_uri(), member, editable, marker) if member else None
    if "path" in entry:
        path = os.path.normpath(os.path.join(folder, entry["path"]))
        return Source(Path(path).as_uri() + fragment, path, bool(entry.get("editable")), marker)
    if "git" in entry:
        revision = next((f"@{entry[key]}" for key in ("rev", "tag", "branch") if key in entry), "")
        return Source(f"git+{entry['git']}{revision}{fragment}", marker=marker)
    return Source(f"{entry['url']}{fragment}", marker=marker) if "url" in entry else None


def _members(workspace: Path) -> dict[str, str]:
    """Return the folders of a workspace's projects, by normalized name."""
    patterns = _uv_table(str(workspace))["workspace"].get("members", ())
    folders = [str(workspace), *(path for pattern in patterns for path in sorted(glob(str(workspace / pattern))))]
    projects = ((_pyproject(folder).get("project", {}).get("name", ""), folder) for folder in folders)
    return {canonicalize_name(name): os.path.normpath(folder) for name, folder in projects if name}


def _uv_table(folder: str) -> Table:
    table: Table = _pyproject(folder).get("tool", {}).get("uv", {})
    return table


def _pyproject(folder: str) -> Table:
    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError):
        return {}
