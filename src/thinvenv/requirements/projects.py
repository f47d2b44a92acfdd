"""The requirements in a `pyproject.toml`: dependencies, extras, dependency groups.

uv takes the former as ``-r pyproject.toml``. Dependency groups are those of PEP 735.
"""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from thinvenv.config import uv
from thinvenv.config.uv_files import PYPROJECT
from thinvenv.config.uv_workspace import read_pyproject
from thinvenv.errors import RequirementError
from thinvenv.model import Root
from thinvenv.requirements.uv_sources import roots_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.utils import NormalizedName

    Table = dict[str, Any]


def dependency_roots(path: str, cwd: str, extras: Iterable[str] | None, *, sources: bool = True) -> tuple[Root, ...]:
    """Return the dependencies of the project in a ``pyproject.toml``.

    Args:
        path: The file.
        cwd: The directory that a relative path starts from.
        extras: The extras whose dependencies count too; all if ``None``.
        sources: Whether ``[tool.uv.sources]`` counts.

    Raises:
        RequirementError: The file cannot be read, lacks an extra, or leaves its dependencies to a build.

    """
    origin = f"-r {path}"
    full = os.path.abspath(os.path.join(cwd, path))
    project = _project(full, origin)
    optional = {canonicalize_name(name): texts for name, texts in project.get("optional-dependencies", {}).items()}
    selected = list(optional if extras is None else extras)
    missing = [extra for extra in selected if canonicalize_name(extra) not in optional]
    if missing:
        available = ", ".join(sorted(optional)) or "none"
        raise RequirementError(f"{path} has no extra {', '.join(missing)}", why=(f"its extras: {available}",))
    texts = [*project.get("dependencies", ()), *_extra_texts(selected, optional, str(project.get("name", "")))]
    return _roots(dict.fromkeys(texts), full, origin, sources=sources)


def configured_extras(
    extras: list[str] | None, environ: Mapping[str, str], cwd: str, options: Iterable[str]
) -> list[str] | None:
    """Return extras together with those that uv's configuration names; all if ``None``.

    Args:
        extras: The extras that are asked for; all if ``None``.
        environ: The environment variables.
        cwd: The directory that uv would run in.
        options: The options of the command.

    """
    configuration = uv.load(environ, cwd, options)
    if extras is None or configuration.value("all-extras"):
        return None
    return [*extras, *(configuration.value("extra") or ())]


def uses_sources(environ: Mapping[str, str], cwd: str, options: Iterable[str]) -> bool:
    """Return whether uv's configuration lets ``[tool.uv.sources]`` count; see :func:`configured_extras`."""
    return not uv.load(environ, cwd, options).value("no-sources")


def project_name(folder: str) -> str:
    """Return the normalised name of the project in a folder; an empty string if its ``pyproject.toml`` has none."""
    table = read_pyproject(folder).get("project")
    name = table.get("name") if isinstance(table, dict) else None
    return canonicalize_name(name) if isinstance(name, str) else ""


def group_roots(name: str, cwd: str, *, sources: bool = True) -> tuple[Root, ...]:
    """Return the requirements of a dependency group.

    Args:
        name: The group, or ``PATH:GROUP`` for another project's: its folder or its ``pyproject.toml``.
        cwd: The directory of ``pyproject.toml``.
        sources: Whether ``[tool.uv.sources]`` counts.

    Raises:
        RequirementError: There is no such file or group, or the group is not valid.

    """
    folder, _, group = name.rpartition(":")
    path = os.path.join(cwd, folder)
    if os.path.basename(path) != PYPROJECT:
        path = os.path.join(path, PYPROJECT)
    origin = f"--group {name}"
    groups = _load(path, origin).get("dependency-groups", {})
    if not isinstance(groups, dict):
        raise RequirementError(f"{path} is not valid", why=("its `dependency-groups` is not a table",))
    try:
        requirements = DependencyGroupResolver(groups).resolve(group)
    except (ExceptionGroup, LookupError, TypeError, ValueError) as error:
        available = ", ".join(sorted(groups)) or "none"
        why = (*_reasons(error), f"the groups of {path}: {available}")
        raise RequirementError(f"cannot use the dependency group `{group}`", why=why) from error
    return _roots(map(str, requirements), os.path.abspath(path), origin, sources=sources)


def _roots(texts: Iterable[str], path: str, origin: str, *, sources: bool) -> tuple[Root, ...]:
    if sources:
        return tuple(roots_from(texts, os.path.dirname(path), origin))
    return tuple(Root(text, origin) for text in texts)


def _load(path: str, origin: str) -> Table:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:  # not TOML, or not even text
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
        raise RequirementError(f"cannot read {path}", why=(f"requested by {origin}", reason)) from error


def _project(path: str, origin: str) -> Table:
    """Return the ``[project]`` table of a file.

    Raises:
        RequirementError: There is none, it is not valid, or it leaves the dependencies to a build.

    """
    project = _load(path, origin).get("project")
    reason = "it has no [project] table" if project is None else _type_error(project)
    if project is None or reason:
        raise RequirementError(f"cannot read {path}", why=(f"requested by {origin}", reason))
    dynamic = {"dependencies", "optional-dependencies"}.intersection(project.get("dynamic", ()))
    if dynamic:
        why = (f"requested by {origin}", f"{', '.join(sorted(dynamic))}: only a build can determine them")
        raise RequirementError(f"{path} does not list its dependencies", why=why, hint="install the project: `.`")
    table: Table = project
    return table


def _type_error(project: Any) -> str:
    """Return what is wrong with the types of the values that are read here; an empty string if nothing is."""
    if not isinstance(project, dict):
        return "its `project` is not a table"
    optional = project.get("optional-dependencies", {})
    lists = [project.get("dependencies", []), project.get("dynamic", [])]
    lists += optional.values() if isinstance(optional, dict) else [optional]
    if not all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists):
        return "its dependencies are not lists of strings"
    return ""


def _extra_texts(extras: list[str], optional: Mapping[NormalizedName, list[str]], name: str) -> Iterator[str]:
    """Yield the requirements of extras. A requirement on the project itself stands for more of its extras."""
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
        requirement = Requirement(text)
    except InvalidRequirement:
        return []  # reported with its origin when it is read
    return sorted(requirement.extras) if canonicalize_name(requirement.name) == canonicalize_name(name) else []


def _reasons(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, BaseExceptionGroup):
        return tuple(reason for part in error.exceptions for reason in _reasons(part))
    return (str(error.args[0] if error.args else error),)
