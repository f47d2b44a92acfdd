"""Exports of uv.lock files, cached until a project, a lock or a setting changes."""

from __future__ import annotations

import os
import re
from glob import escape, glob
from typing import TYPE_CHECKING, Any

from thinvenv.config.uv_files import PYPROJECT, UV_TOML, fingerprint, parents, project_folder
from thinvenv.config.uv_workspace import parse, strings, uv_table_in
from thinvenv.files import content_digest, read_bytes
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.model.json import text as checked_text
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.context.context import Context

LOCK = "uv.lock"
_KIND = "exports"
_UPGRADING = frozenset({"--upgrade", "-U", "--upgrade-package", "-P", "--upgrade-group"})
"""The options whose answer depends on what the indexes have now."""
_DYNAMIC = frozenset({"dependencies", "optional-dependencies", "requires-python"})
"""The fields that uv has to build a project for, if they are dynamic. A build may read any file."""
_LOCAL_SOURCE = re.compile(r'\b(?:editable|virtual|directory|path) = "([^"]*)"')
"""The projects and archives on this machine that a lock names. Text that only looks like one is harmless."""

Inputs = dict[str, dict[str, Any]]
"""What decides an export: the digests of ``files``, and the ``members`` that the patterns of workspaces match."""


def key_of(uv: str, python: str, options: Iterable[str], context: Context) -> str:
    """Return the key of an export, an empty string if it is not to be kept.

    Args:
        uv: The program.
        python: The interpreter that the lock has to support.
        options: The options of ``uv export``.
        context: The surroundings of the call. The project is in its directory, or in one above.

    """
    words, environ = [*options], context.environ
    if not _UPGRADING.isdisjoint(words):
        return ""
    variables = sorted(f"{name}={value}" for name, value in environ.items() if name.startswith("UV_"))
    files = fingerprint(environ, context.cwd, words)
    programs = (uv, file_state(uv), python, file_state(python))
    return digest([*programs, context.cwd, files, *variables, "", *words])


def load(key: str, context: Context) -> str | None:
    """Return the export that is kept under a key, ``None`` if there is none or its inputs have changed."""
    document = context.cache.load(_KIND, key) if key else None
    try:
        return _text_if_current(document) if document else None
    except (AttributeError, KeyError, TypeError, ValueError):  # another version has stored it
        return None


def _text_if_current(document: dict[str, Any]) -> str | None:
    inputs = document["inputs"]
    if inputs.keys() != {"files", "members"}:
        return None
    are_files_equal = all(_state(path) == state for path, state in inputs["files"].items())
    are_members_equal = all(_matches(pattern) == folders for pattern, folders in inputs["members"].items())
    return checked_text(document["text"]) if are_files_equal and are_members_equal else None


def store(key: str, inputs: Inputs | None, text: str, context: Context) -> None:
    """Keep an export.

    Args:
        key: Its key; nothing is kept under an empty one.
        inputs: What :func:`inputs_of` returned before the export.
        text: The export. It is not kept if it has passwords.
        context: The surroundings of the call, whose cache keeps it.

    """
    if key and inputs is not None and inputs == inputs_of(context) and redacted(text) == text:
        context.cache.store(_KIND, key, {"inputs": inputs, "text": text})


def inputs_of(context: Context) -> Inputs | None:
    """Return what decides the export of a lock, beside its key; ``None`` if it may depend on other files, too.

    Args:
        context: The surroundings of the call. The project is in its directory, or in one above.

    """
    folders = list(parents(project_folder(context.environ, context.cwd)))
    members = {pattern: _matches(pattern) for folder in folders for pattern in _member_patterns(folder)}
    local = {path for folder in folders for path in _local_sources(folder)}
    local.update(os.path.join(member, PYPROJECT) for matches in members.values() for member in matches)
    if not all(_is_static(path) for path in local if os.path.basename(path) == PYPROJECT):
        return None
    paths = {*local, *(os.path.join(folder, name) for folder in folders for name in (PYPROJECT, LOCK, UV_TOML))}
    return {"files": {path: _state(path) for path in sorted(paths)}, "members": members}


def _state(path: str) -> str:
    """Return a digest of a text file, the time and the size of another file, an empty string if there is none."""
    if os.path.basename(path) not in {PYPROJECT, LOCK, UV_TOML}:
        return file_state(path)
    try:
        return content_digest(read_bytes(path))
    except OSError:
        return ""


def _local_sources(folder: str) -> Iterator[str]:
    """Yield the ``pyproject.toml`` of each project, and each archive, that the lock in a folder names."""
    try:
        text = read_bytes(os.path.join(folder, LOCK)).decode(errors="replace")
    except OSError:
        return
    for source in dict.fromkeys(_LOCAL_SOURCE.findall(text)):
        path = os.path.normpath(os.path.join(folder, source))
        yield os.path.join(path, PYPROJECT) if os.path.isdir(path) else path


def _member_patterns(folder: str) -> Iterator[str]:
    """Yield a pattern for the members of the workspace whose root is a folder."""
    workspace = uv_table_in(folder).get("workspace")
    for pattern in strings(workspace.get("members")) if isinstance(workspace, dict) else ():
        yield os.path.join(escape(folder), pattern)


def _matches(pattern: str) -> list[str]:
    """Return the folders with a project that a pattern matches."""
    return sorted(folder for folder in glob(pattern) if os.path.isfile(os.path.join(folder, PYPROJECT)))


def _is_static(path: str) -> bool:
    """Return whether a ``pyproject.toml`` has all requirements of its project, so that uv need not build it."""
    try:
        document = parse(read_bytes(path))
    except (OSError, ValueError):
        return False
    project = document.get("project")
    if project is None:  # the root of a workspace can have no project of its own
        return "build-system" not in document
    return isinstance(project, dict) and _DYNAMIC.isdisjoint(strings(project.get("dynamic")))
