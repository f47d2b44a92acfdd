#!/usr/bin/env python3
"""List modules that follow links from their own path to what lies outside of their distribution.

Where a distribution lies in an entry of a store, `Path(__file__).resolve()` leads into the entry, which contains the
files of that distribution and nothing else. This program reads the modules of installed distributions, without
importing them, and prints what they reach in this way: files that their distribution does not have, and directories
that it shares with others.

    uv pip install --target FOLDER DISTRIBUTION...
    python benchmarks/neighbours.py FOLDER...
"""

from __future__ import annotations

import ast
import csv
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAME = frozenset({"Path", "PurePath", "str", "fspath", "abspath", "normpath", "absolute", "as_posix", "expanduser"})
_FOLLOWING = frozenset({"resolve", "realpath", "readlink"})


class Place(NamedTuple):
    """A path that a module computes from its own.

    Attributes:
        parts: The path relative to the site directory; it starts with `..` above that.
        is_resolved: Whether links are followed.

    """

    parts: tuple[str, ...]
    is_resolved: bool

    def joined(self, text: str) -> Place:
        """Return the path of what lies at a relative path below this one."""
        parts = list(self.parts)
        for name in text.replace("\\", "/").split("/"):
            if name == ".." and parts and parts[-1] != "..":
                parts.pop()
            elif name not in {"", "."}:
                parts.append(name)
        return self._replace(parts=tuple(parts))


class Reader(ast.NodeVisitor):
    """Collects the places that a module computes."""

    def __init__(self, module: tuple[str, ...]) -> None:
        """Read the module at a path relative to its site directory."""
        self._variables = {"__file__": Place(module, is_resolved=False)}
        self.places: dict[Place, int] = {}

    def visit_Assign(self, node: ast.Assign) -> None:
        """Remember the place in a variable."""
        self.generic_visit(node)
        place = self._place(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and place:
                self._variables[target.id] = place

    def generic_visit(self, node: ast.AST) -> None:
        """Collect the place that an expression is, and no part of it."""
        place = self._place(node) if isinstance(node, ast.expr) else None
        if place is None:
            super().generic_visit(node)
        elif place.is_resolved:
            self.places.setdefault(place, getattr(node, "lineno", 0))

    def _place(self, node: ast.AST) -> Place | None:
        match node:
            case ast.Name(id=name):
                return self._variables.get(name)
            case ast.Attribute(value=value, attr="parent"):
                return self._joined(value, "..")
            case ast.Subscript(value=ast.Attribute(value=value, attr="parents"), slice=ast.Constant(value=int(count))):
                return self._joined(value, "/".join([".."] * (count + 1)))
            case ast.BinOp(left=left, op=ast.Div() | ast.Add(), right=ast.Constant(value=str(text))):
                return self._joined(left, text)
            case ast.Call():
                return self._result(node)
        return None

    def _joined(self, node: ast.AST, *texts: str) -> Place | None:
        place = self._place(node)
        for text in texts:
            place = place and place.joined(text)
        return place

    def _result(self, call: ast.Call) -> Place | None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        constants = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        subjects = [function.value] if isinstance(function, ast.Attribute) else []
        place = next(filter(None, map(self._place, [*subjects, *call.args[:1]])), None)
        if place is None:
            return None
        if name in _FOLLOWING:
            return place._replace(is_resolved=True)
        if name == "dirname":
            return place.joined("..")
        if name in {"join", "joinpath"}:
            return place.joined("/".join(constants))
        return place if name in _SAME else None


def main(folders: list[str]) -> None:
    """Print a line for each module and place, and a count."""
    lines, count = set(), 0
    for site in map(Path, folders):
        contents = {path.name.removesuffix(".dist-info"): Contents(path) for path in site.glob("*.dist-info")}
        count += len(contents)
        for name, content in contents.items():
            others = [other for other in contents.values() if other is not content]
            lines |= {f"{name}: {line}" for line in _reached(site, content, others)}
    sys.stdout.writelines(f"{line}\n" for line in sorted(lines))
    sys.stderr.write(f"{count} distributions, {len({line.split(':')[0] for line in lines})} reach out\n")


class Contents:
    """The files and folders of a distribution, relative to the site directory."""

    def __init__(self, dist_info: Path) -> None:
        """Read a RECORD."""
        with (dist_info / "RECORD").open(encoding="utf-8", newline="") as file:
            self.files = {row[0] for row in csv.reader(file) if row}
        parts = [path.split("/") for path in self.files]
        self.folders = {"/".join(path[:length]) for path in parts for length in range(1, len(path))}


def _reached(site: Path, content: Contents, others: list[Contents]) -> Iterator[str]:
    for path in sorted(content.files):
        if path.endswith(".py") and not {"tests", "test"} & {*path.split("/")}:
            for place, line in _places(site / path, tuple(path.split("/"))).items():
                target = "/".join(place.parts)
                if target not in content.files | content.folders:
                    yield f"{path}:{line}: {target or 'the site directory'}"
                elif any(target in other.folders for other in others):
                    yield f"{path}:{line}: {target}, to which other distributions add files"


def _places(path: Path, parts: tuple[str, ...]) -> dict[Place, int]:
    try:
        text = path.read_text(encoding="utf-8")
        if "__file__" not in text or not any(word in text for word in _FOLLOWING):
            return {}
        reader = Reader(parts)
        with warnings.catch_warnings(action="ignore"):
            reader.visit(ast.parse(text))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    return reader.places


if __name__ == "__main__":
    main(sys.argv[1:])
