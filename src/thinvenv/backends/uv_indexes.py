"""Requirements that come from one index only: a pyproject.toml with sources, as uv reads it.

No option of uv assigns a distribution to an index. What a project says in ``[tool.uv.sources]`` is therefore written
into another project for uv, whose dependencies have the same sources.

https://docs.astral.sh/uv/concepts/indexes/#pinning-a-package-to-an-index
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from thinvenv.distributions.requirement_cache import applies, name_of, requirement
from thinvenv.requirements.projects import uses_sources
from thinvenv.requirements.uv_sources import roots_with_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Request, Root


def indexes_by_name(request: Request, markers: Mapping[str, str], context: Context) -> dict[str, str]:
    """Return the only index of each distribution that has one, by name: that of a root or of a local project's source.

    Args:
        request: The request.
        markers: The environment markers of the target interpreter.
        context: The surroundings of the call.

    Returns:
        Each index as in ``Root.only_index``.

    """
    folders = [root.path for root in request.roots if os.path.isdir(root.path)]
    has_sources = folders and uses_sources(context.environ, context.cwd, request.options)
    roots = [*(roots_with_index(folders) if has_sources else ()), *(root for root in request.roots if root.only_index)]
    parsed = ((root, requirement(root.text)) for root in roots)
    return {name_of(root): root.only_index for root, parts in parsed if parts and applies(parts, markers)}


def root_options(roots: Sequence[Root], folder: Path) -> list[str]:
    """Write the roots that come from one index only into a file, and return uv's options for it.

    Args:
        roots: All roots.
        folder: A folder for the file.

    """
    return _write([(root.text, name_of(root), root.only_index) for root in roots if root.only_index], folder)


def candidate_options(candidates: Sequence[Candidate], indexes: Mapping[str, str], folder: Path) -> list[str]:
    """Write exact requirements for candidates that come from one index only, and return uv's options for the file.

    Args:
        candidates: The candidates.
        indexes: The index of each name, see :func:`indexes_by_name`.
        folder: A folder for the file.

    """
    rows = [(f"{dist.name}=={dist.version}", dist.name, indexes[dist.name]) for dist in candidates]
    return _write(rows, folder)


def _write(rows: Sequence[tuple[str, str, str]], folder: Path) -> list[str]:
    """Write requirements, each with its name and its index, into a ``pyproject.toml``."""
    if not rows:
        return []
    lines = ["[project]", 'name = "requirements"', 'version = "0"']
    lines += [f"dependencies = {json.dumps([text for text, _, _ in rows])}", "[tool.uv.sources]"]
    indexes = {name: index for _, name, index in rows}
    lines += [f"{json.dumps(name)} = {{ index = {json.dumps(_split(index)[0])} }}" for name, index in indexes.items()]
    for name, url in sorted({_split(index) for index in indexes.values()}):
        if url:  # otherwise uv's configuration has it
            lines += ["[[tool.uv.index]]", f"name = {json.dumps(name)}", f"url = {json.dumps(url)}", "explicit = true"]
    path = folder / "pyproject.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["-r", str(path)]


def _split(index: str) -> tuple[str, str]:
    name, _, url = index.partition("=")
    return name, url
