"""Extension modules that were built for another interpreter.

A directory on ``PYTHONPATH``, or one given as a base, need not be this interpreter's: its
compiled distributions have metadata that satisfy, and cannot be imported. What tells them is
the tag in a module's file name (PEP 3149); the tags in ``WHEEL`` do not, since distributions
of Linux ship the modules of several Pythons under one of them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.model import Distribution

_TAGGED = re.compile(r"(?P<module>[^/\\]+?)(?P<suffix>\.(?:cpython-|cp|pypy|graalpy)\d[^./\\]*\.(?:so|pyd))$")


def foreign_module(distribution: Distribution, suffix: str) -> str:
    """Return an extension module of a distribution that only another interpreter can import.

    Args:
        distribution: The distribution.
        suffix: The interpreter's own suffix, such as ``.cpython-312-x86_64-linux-gnu.so``.

    Returns:
        The module's path below its site directory, or an empty string.

    """
    listed = _text(distribution, "RECORD")
    if listed is None:
        return foreign_file(_top_level(distribution), suffix, distribution.layer)
    names = (line.partition(",")[0].strip('"') for line in listed.splitlines())
    return _foreign(names, suffix, distribution.layer)


def foreign_file(tops: Iterable[str], suffix: str, root: str) -> str:
    """Return a file below some entries of ``root`` that only another interpreter can import."""
    return _foreign(_files(tops, root), suffix, root)


def _foreign(names: Iterable[str], suffix: str, root: str) -> str:
    for name in names:
        match = _TAGGED.search(name)
        if match and match["suffix"] != suffix and os.path.exists(os.path.join(root, name)):
            ours = f"{name[: match.start('suffix')]}{suffix}"
            if not os.path.exists(os.path.join(root, ours)):
                return name
    return ""


def _top_level(distribution: Distribution) -> list[str]:
    listed = _text(distribution, "top_level.txt")
    return (listed or distribution.name.replace("-", "_")).split()


def _files(tops: Iterable[str], root: str) -> Iterator[str]:
    for top in tops:
        yield top
        for folder, _, names in os.walk(os.path.join(root, top)):
            yield from (os.path.relpath(os.path.join(folder, name), root) for name in names)


def _text(distribution: Distribution, name: str) -> str | None:
    from thinvenv.distributions.metadata import source_of  # noqa: PLC0415 - brings importlib.metadata along: few look this deep

    return source_of(distribution).read_text(name)
