"""The map of the code in ``docs/design.md``: each module with the first line of its docstring.

``python tests/support/code_map.py --write`` brings the page up to date.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "design.md"
COMMAND = "python tests/support/code_map.py --write"

_PACKAGE = CHECKOUT / "src" / "thinvenv"
_BLOCK = re.compile(r"(?<=<!-- map of the code -->\n).*?(?=<!-- end of the map -->)", re.DOTALL)
_COLUMN = 28


def first_line(module: Path) -> str:
    """Return the first line of a module's docstring, without the markup of reStructuredText."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    without_roles = re.sub(r":\w+:`~?(?:[\w.]*\.)?(\w+)`", r"\1", docstring.partition("\n")[0])
    return without_roles.replace("`", "")


def code_map() -> str:
    """Return the map: packages in the order of import-linter's layers, modules by name."""
    lines = ["src/thinvenv/"]
    for layer in _layers():
        for name in layer.split(" | "):
            lines += _entry(_PACKAGE / name, depth=1)
    return "\n".join(lines)


def updated(page: str) -> str:
    """Return the text of the page with the map that matches the tree."""
    return _BLOCK.sub(lambda _: f"```text\n{code_map()}\n```\n", page)


def _layers() -> list[str]:
    configuration = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configuration["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return layers


def _entry(path: Path, depth: int) -> Iterator[str]:
    """Yield the line of a module, or those of a package and of everything in it."""
    is_package = path.is_dir()
    name = "  " * depth + path.name + ("/" if is_package else "")
    yield f"{name:<{_COLUMN}} {first_line(path / '__init__.py' if is_package else path.with_suffix('.py'))}"
    if is_package:
        modules = [child for child in path.glob("*.py") if child.name != "__init__.py"]
        packages = [child.parent for child in path.glob("*/__init__.py")]
        for child in sorted([*modules, *packages]):
            yield from _entry(child.with_suffix(""), depth + 1)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(updated(text), encoding="utf-8")
    elif updated(text) != text:
        sys.exit(f"the map in {PAGE.name} does not match the tree; run: {COMMAND}")
