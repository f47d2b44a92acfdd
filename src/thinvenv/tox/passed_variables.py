"""The variables that an environment passes on, selected without regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def matching(patterns: Iterable[str], environ: Mapping[str, str]) -> dict[str, str] | None:
    """Return the variables whose names match a glob, whatever their case.

    tox compiles a regular expression for each pattern of ``pass_env``, some thirty for each environment. Nearly all
    patterns are a name, or the start of one and an asterisk.

    Args:
        patterns: The globs, as in ``pass_env``.
        environ: The variables.

    Returns:
        The variables, in the order of ``environ``; ``None`` if a pattern is of another kind, or a letter has cases
        that only a regular expression knows.

    """
    names: set[str] = set()
    starts: list[str] = []
    for pattern in patterns:
        start = pattern.removesuffix("*")
        if not start.isascii() or any(character in start for character in "*?["):
            return None
        if start == pattern:
            names.add(pattern.lower())
        else:
            starts.append(start.lower())
    variables = list(environ)
    if not all(map(str.isascii, variables)):
        return None
    beginnings = tuple(starts)
    selected = (name for name in variables if (lower := name.lower()) in names or lower.startswith(beginnings))
    return {name: environ[name] for name in selected}
