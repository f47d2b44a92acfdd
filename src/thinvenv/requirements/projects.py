"""The dependencies of a project without the project itself: ``-r pyproject.toml``, as uv takes it."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv.errors import RequirementError
from thinvenv.model import Root
from thinvenv.requirements.uv_sources import roots_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.utils import NormalizedName

    Table = dict[str, Any]


def project_roots(path: str, cwd: str, extras: Iterable[str] | None, *, sources: bool = True) -> tuple[Root, ...]:
    """Return what a ``pyproject.toml`` says that its project depends on.

    Args:
        path: The file.
        cwd: The directory that a relative path starts from.
        extras: The extras whose dependencies count too; all where ``None``.
        sources: Whether ``[tool.uv.sources]`` count.

    Raises:
        RequirementError: It cannot be read, lacks an extra, or leaves its dependencies to a build.

    """
    origin = f"-r {path}"
    project = _project(os.path.join(cwd, path), origin)
    optional = {canonicalize_name(name): found for name, found in project.get("optional-dependencies", {}).items()}
    wanted = list(optional if extras is None else extras)
    missing = [one for one in wanted if canonicalize_name(one) not in optional]
    if missing:
        known = ", ".join(sorted(optional)) or "none"
        raise RequirementError(f"{path} has no extra {', '.join(missing)}", why=(f"its extras: {known}",))
    texts = [*project.get("dependencies", ()), *_of_extras(wanted, optional, str(project.get("name", "")))]
    wanted_once = dict.fromkeys(texts)
    if sources:
        return tuple(roots_from(wanted_once, os.path.dirname(os.path.abspath(os.path.join(cwd, path))), origin))
    return tuple(Root(text, origin) for text in wanted_once)


def _project(path: str, origin: str) -> Table:
    try:
        with open(path, "rb") as file:
            project: Table = tomllib.load(file)["project"]
        _check(project)
    except (OSError, ValueError, KeyError) as error:
        reason = "it has no [project] table" if isinstance(error, KeyError) else str(error)
        raise RequirementError(f"cannot read {path}", why=(f"asked for by {origin}", reason)) from error
    dynamic = {"dependencies", "optional-dependencies"}.intersection(project.get("dynamic", ()))
    if dynamic:
        why = (f"asked for by {origin}", f"{', '.join(sorted(dynamic))}: only a build can tell")
        raise RequirementError(f"{path} does not tell its dependencies", why=why, hint="install the project: `.`")
    return project


def _check(project: Any) -> None:
    """Look whether what is read here is of the types that it has to be.

    Raises:
        ValueError: It is not.

    """
    if not isinstance(project, dict):
        raise ValueError("its `project` is no table")  # noqa: TRY004 - it is the file that is wrong
    optional = project.get("optional-dependencies", {})
    lists = [project.get("dependencies", []), project.get("dynamic", [])]
    lists += optional.values() if isinstance(optional, dict) else [optional]
    if not all(isinstance(one, list) and all(isinstance(each, str) for each in one) for one in lists):
        raise ValueError("its dependencies are not lists of texts")


def _of_extras(extras: list[str], optional: Mapping[NormalizedName, list[str]], name: str) -> Iterator[str]:
    """Yield the requirements of extras; one that names the project itself stands for more of its extras."""
    queue, seen = [*extras], set()
    while queue:
        extra = canonicalize_name(queue.pop(0))
        if extra in seen:
            continue
        seen.add(extra)
        for text in optional.get(extra, ()):
            more = _own_extras(text, name)
            queue.extend(more)
            if not more:
                yield text


def _own_extras(text: str, name: str) -> list[str]:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return []  # named with its origin when it is read
    return sorted(wanted.extras) if canonicalize_name(wanted.name) == canonicalize_name(name) else []
