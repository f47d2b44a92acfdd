"""The map of the code in ``docs/design.md`` matches the tree."""

from __future__ import annotations

from support.code_map import CHECKOUT, COMMAND, PAGE, code_map, updated


def test_the_design_lists_every_module_with_the_first_line_of_its_docstring() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert updated(page) == page, f"the map is out of date; run: {COMMAND}"


def test_every_module_is_on_the_map() -> None:
    source = CHECKOUT / "src" / "thinvenv"
    modules = [path for path in source.rglob("*.py") if path.name != "__init__.py"]
    packages = list(source.rglob("*/__init__.py"))

    assert len(code_map().splitlines()) == 1 + len(modules) + len(packages)
