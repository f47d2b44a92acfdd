"""The map of the code in ``docs/design.md`` matches the tree."""

from __future__ import annotations

from support.code_map import CHECKOUT, COMMAND, PAGE, code_map, first_line, updated

LENGTH = 90
LONGER_LINES = 8  # a ceiling that only goes down


def test_the_design_lists_every_module_with_the_first_line_of_its_docstring() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert updated(page) == page, f"the map is out of date; run: {COMMAND}"


def test_every_module_is_on_the_map() -> None:
    source = CHECKOUT / "src" / "thinvenv"
    modules = [path for path in source.rglob("*.py") if path.name != "__init__.py"]
    packages = list(source.rglob("*/__init__.py"))

    assert len(code_map().splitlines()) == 1 + len(modules) + len(packages)


def test_the_first_lines_of_docstrings_are_short() -> None:
    modules = list((CHECKOUT / "src" / "thinvenv").rglob("*.py"))
    long = {
        str(path): line for path in modules if not 0 < len(line := first_line(path)) <= LENGTH or not line.isascii()
    }

    assert modules
    assert len(long) <= LONGER_LINES, long
