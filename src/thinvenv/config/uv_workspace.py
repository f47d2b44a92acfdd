"""The workspace of uv that a folder lies in.

The settings of its root count for all of its projects. See ``Workspace::discover`` in uv's ``uv-workspace``.

https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from functools import lru_cache
from glob import escape, glob
from typing import Any

from thinvenv.config.uv_files import PYPROJECT, parents
from thinvenv.files import read_bytes

Table = dict[str, Any]


def workspace_root(folder: str) -> str:
    """Return the root of the workspace that a folder lies in; the project if it is one of its own; else nothing."""
    project = next((parent for parent in parents(folder) if os.path.isfile(os.path.join(parent, PYPROJECT))), "")
    document = read_pyproject(project) if project else {}
    table = uv_table(document) or {}
    if "workspace" in table and not isinstance(table["workspace"], dict):  # uv warns, and goes on
        return ""
    if table.get("managed") is False or not ("project" in document or "workspace" in table):
        return ""
    if "workspace" in table:
        return project if _has_valid_members(project, table["workspace"]) else ""
    above = (parent for parent in parents(project) if parent != project)
    root = next((parent for parent in above if os.path.isfile(os.path.join(parent, PYPROJECT))), "")
    workspace = uv_table_in(root).get("workspace")
    if not isinstance(workspace, dict):
        return project
    path = os.path.relpath(project, root)
    if not _matches(path, workspace, "members") or _matches(path, workspace, "exclude"):
        return project
    return root if _has_valid_members(root, workspace) else ""


def _matches(path: str, workspace: Table, key: str) -> bool:
    return any(fnmatchcase(path, os.path.normpath(pattern)) for pattern in strings(workspace.get(key)))


def _has_valid_members(root: str, workspace: Table) -> bool:
    """Return whether uv accepts the members of a workspace. To it, one that is not valid has no settings either."""
    folders = {
        folder for pattern in strings(workspace.get("members")) for folder in glob(os.path.join(escape(root), pattern))
    }
    return all(
        _is_valid_member(folder)
        for folder in folders
        if os.path.isdir(folder) and not _matches(os.path.relpath(folder, root), workspace, "exclude")
    )


def _is_valid_member(folder: str) -> bool:
    if not os.path.exists(os.path.join(folder, PYPROJECT)):
        return os.path.basename(folder).startswith(".") or not any(files for _, _, files in os.walk(folder))
    document = read_pyproject(folder)
    return "project" in document or (uv_table(document) or {}).get("managed") is False


def strings(values: Any) -> list[str]:
    """Return the strings in an array, none if it is no array."""
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def read_pyproject(folder: str) -> Table:
    """Return the content of a folder's ``pyproject.toml``; nothing if it cannot be read, as with uv, which warns."""
    try:
        return parse(read_bytes(os.path.join(folder, PYPROJECT)))
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=32)
def parse(content: bytes) -> Table:
    """Return the content of a TOML file.

    Raises:
        ValueError: It cannot be parsed.

    """
    import tomllib  # noqa: PLC0415 - most folders have no configuration of uv

    try:
        return tomllib.loads(content.decode())
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def uv_table_in(folder: str) -> Table:
    """Return the table ``tool.uv`` in the ``pyproject.toml`` of a folder, an empty one if there is none."""
    return uv_table(read_pyproject(folder)) or {}


def uv_table(document: Table) -> Table | None:
    """Return the table ``tool.uv`` of a ``pyproject.toml``, ``None`` if it has none."""
    tool = document.get("tool")
    table = tool.get("uv") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None
