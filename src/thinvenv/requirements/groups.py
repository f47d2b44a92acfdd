"""Dependency groups (PEP 735) of a ``pyproject.toml`` as roots."""

from __future__ import annotations

import os

from thinvenv.errors import RequirementError
from thinvenv.model import Root


def group_roots(name: str, cwd: str, *, sources: bool = True) -> tuple[Root, ...]:
    """Return the requirements of one dependency group.

    Args:
        name: The group, or ``PATH:group`` for another project's: its folder or its ``pyproject.toml``.
        cwd: The directory of ``pyproject.toml``.
        sources: Whether ``[tool.uv.sources]`` count.

    Raises:
        RequirementError: There is no such file or group, or the group is not valid.

    """
    import tomllib  # noqa: PLC0415 - only who uses groups pays

    from packaging.dependency_groups import DependencyGroupResolver  # noqa: PLC0415

    place, _, group = name.rpartition(":")
    path = os.path.join(cwd, place)
    if os.path.basename(path) != "pyproject.toml":
        path = os.path.join(path, "pyproject.toml")
    try:
        with open(path, "rb") as file:
            groups = tomllib.load(file).get("dependency-groups", {})
    except OSError as error:
        raise RequirementError(f"cannot read {path}", why=(f"asked for by --group {name}", str(error))) from error
    except ValueError as error:  # no TOML, or no text even
        raise RequirementError(f"{path} is not valid", why=(f"asked for by --group {name}", str(error))) from error
    if not isinstance(groups, dict):
        raise RequirementError(f"{path} is not valid", why=("its `dependency-groups` are no table",))
    try:
        found = DependencyGroupResolver(groups).resolve(group)
    except (ExceptionGroup, LookupError, TypeError, ValueError) as error:
        known = ", ".join(sorted(groups)) or "none"
        why = (*_reasons(error), f"the groups of {path}: {known}")
        raise RequirementError(f"cannot use the dependency group `{group}`", why=why) from error
    if sources:
        from thinvenv.requirements.uv_sources import roots_from  # noqa: PLC0415 - see above

        return tuple(roots_from(map(str, found), os.path.dirname(os.path.abspath(path)), f"--group {name}"))
    return tuple(Root(str(one), f"--group {name}") for one in found)


def _reasons(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, BaseExceptionGroup):
        return tuple(reason for one in error.exceptions for reason in _reasons(one))
    return (str(error.args[0] if error.args else error),)
