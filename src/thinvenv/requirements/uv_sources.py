"""Where a project says that its requirements come from: ``[tool.uv.sources]``.

uv reads them for the projects that it builds. What we read of a project ourselves comes from
there too, and is in development mode where it would be with uv.

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
    """One place that a distribution comes from.

    Attributes:
        url: A URL, with its revision and subdirectory.
        path: The local path, where it is one.
        editable: Whether it is to be installed in development mode.
        marker: For which environments.

    """

    url: str
    path: str = ""
    editable: bool = False
    marker: str = ""


def roots_from(texts: Iterable[str], folder: str, origin: str) -> Iterator[Root]:
    """Yield the roots for requirements of a project, each from where the project says.

    Args:
        texts: The requirements.
        folder: The project.
        origin: Where the requirements stand, for errors.

    Raises:
        RequirementError: A path is not there.

    """
    known = _sources(folder)
    for text in texts:
        yield from _of(text, known, origin)


def editable_paths(folders: Iterable[str]) -> frozenset[str]:
    """Return the projects that some projects, and those that they come to, want in development mode."""
    found: set[str] = set()
    seen: set[str] = set()
    queue = list(folders)
    while queue:
        folder = queue.pop()
        if folder in seen:
            continue
        seen.add(folder)
        local = [one for each in _sources(folder).values() for one in each if os.path.isdir(one.path)]
        found.update(one.path for one in local if one.editable)
        queue.extend(one.path for one in local)
    return frozenset(found)


def _of(text: str, known: dict[str, list[Source]], origin: str) -> list[Root]:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return [Root(text, origin)]  # named with its origin when it is read
    sources = [] if wanted.url else known.get(canonicalize_name(wanted.name), [])
    return [_root(wanted, one, origin) for one in sources] or [Root(text, origin)]


def _root(wanted: Requirement, source: Source, origin: str) -> Root:
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    markers = [f"({one})" for one in (str(wanted.marker or ""), source.marker) if one]
    if source.editable and not markers:
        return editable_root(f"{source.path}{extras}", os.curdir, origin=origin)
    condition = f" ; {' and '.join(markers)}" if markers else ""
    return root(f"{wanted.name}{extras} @ {source.url}{condition}", os.curdir, origin=origin)


def _sources(folder: str) -> dict[str, list[Source]]:
    """Return the sources of a project, those of its workspace too, by normalised name."""
    own = _tool(folder)
    workspace = next((one for one in (Path(folder), *Path(folder).parents) if "workspace" in _tool(str(one))), None)
    tables = [(folder, own)] if workspace is None else [(str(workspace), _tool(str(workspace))), (folder, own)]
    found: dict[str, list[Source]] = {}
    for place, table in tables:
        for name, entries in table.get("sources", {}).items():
            listed = entries if isinstance(entries, list) else [entries]
            read = [_source(canonicalize_name(name), one, place, workspace) for one in listed if isinstance(one, dict)]
            found[canonicalize_name(name)] = [one for one in read if one is not None]
    return found


def _source(name: str, entry: Table, folder: str, workspace: Path | None) -> Source | None:
    """Return what one entry says; ``None`` for an index, which says only who is asked."""
    marker, part = entry.get("marker", ""), entry.get("subdirectory", "")
    fragment = f"#subdirectory={part}" if part else ""
    if entry.get("workspace") and workspace is not None:
        member = _members(workspace).get(name)
        editable = entry.get("editable", True)
        return Source(Path(member).as_uri(), member, editable, marker) if member else None
    if "path" in entry:
        path = os.path.normpath(os.path.join(folder, entry["path"]))
        return Source(Path(path).as_uri() + fragment, path, bool(entry.get("editable")), marker)
    if "git" in entry:
        revision = next((f"@{entry[one]}" for one in ("rev", "tag", "branch") if one in entry), "")
        return Source(f"git+{entry['git']}{revision}{fragment}", marker=marker)
    return Source(f"{entry['url']}{fragment}", marker=marker) if "url" in entry else None


def _members(workspace: Path) -> dict[str, str]:
    patterns = _tool(str(workspace))["workspace"].get("members", ())
    found = [str(workspace), *(one for pattern in patterns for one in sorted(glob(str(workspace / pattern))))]
    named = ((_read(one).get("project", {}).get("name", ""), one) for one in found)
    return {canonicalize_name(name): os.path.normpath(one) for name, one in named if name}


def _tool(folder: str) -> Table:
    table: Table = _read(folder).get("tool", {}).get("uv", {})
    return table


def _read(folder: str) -> Table:
    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError):
        return {}
