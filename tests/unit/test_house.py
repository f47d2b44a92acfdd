"""The house rules: how large modules and functions may be, what names are not used, where imports stand.

The numbers are ceilings that only go down: a change that gets below one lowers it.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from io import StringIO
from tokenize import COMMENT, generate_tokens
from typing import TYPE_CHECKING

import pytest

from support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "src" / "thinvenv"
TESTS = ROOT / "tests"

# Ceilings. They only go down.
MODULES_AT_THE_TOP = 12
LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 35  # without its docstring
IMPORTS_IN_FUNCTIONS = 105
MODULES_THAT_READ_RECORD = 1
VAGUE_NAMES_IN_SOURCE = 1  # `Problem.found`
VAGUE_NAMES_IN_TESTS = 0

# Names that say nothing about a value: use a noun such as `distribution`, `path`, `step`, `entry`.
VAGUE_NAMES = frozenset(
    [
        "again",
        "asked",
        "each",
        "found",
        "given",
        "having",
        "held",
        "known",
        "made",
        "now",
        "one",
        "our",
        "said",
        "standing",
        "then",
        "there",
        "told",
        "us",
    ]
)

EXPLAINED_NOQA = r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S"


@cache
def modules_below(folder: Path) -> dict[str, ast.Module]:
    """Return the syntax tree of every module below ``folder``, by its path."""
    trees = {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")}
    assert trees
    return trees


def functions_in(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def names_bound_in(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that a module binds with its line: variables, parameters, functions, classes, imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, node.lineno


def vague_names(folder: Path) -> list[str]:
    """Return the place of every binding of a vague name below ``folder``."""
    return [
        f"{path}:{line}: {name}"
        for path, tree in modules_below(folder).items()
        for name, line in names_bound_in(tree)
        if name in VAGUE_NAMES
    ]


def test_few_modules_at_the_top() -> None:
    names = sorted(path.name for path in SOURCE.glob("*.py"))
    assert names
    assert len(names) <= MODULES_AT_THE_TOP, names


def test_modules_are_short() -> None:
    lengths = {path: (ROOT / path).read_text("utf-8").count("\n") for path in modules_below(SOURCE)}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_OF_A_MODULE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{path}:{function.name}": lines_of(function)
        for path, tree in modules_below(SOURCE).items()
        for function in functions_in(tree)
    }
    longer = {place: lines for place, lines in lengths.items() if lines > LINES_OF_A_FUNCTION}
    assert longer == {}


def test_imports_stand_at_the_top_of_modules() -> None:
    places = {  # a set: an import in a function within a function is met twice
        f"{path}:{node.lineno}"
        for path, tree in modules_below(SOURCE).items()
        for function in functions_in(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert len(places) <= IMPORTS_IN_FUNCTIONS, sorted(places)


def test_imports_of_this_package_are_statements() -> None:
    """The contract about layers, the type checker and the count above see no module that is only a text."""
    places = {
        f"{path}:{node.lineno}"
        for path, tree in modules_below(SOURCE).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")
        for argument in node.args
        if isinstance(argument, ast.Constant) and str(argument.value).startswith("thinvenv.")
    }
    assert sorted(places) == []


def test_few_modules_read_record() -> None:
    readers = {
        path
        for path, tree in modules_below(SOURCE).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in {"RECORD", b"RECORD", "/RECORD", b"/RECORD"}
    }
    assert 1 <= len(readers) <= MODULES_THAT_READ_RECORD, sorted(readers)


@pytest.mark.parametrize(
    ("folder", "ceiling"), [(SOURCE, VAGUE_NAMES_IN_SOURCE), (TESTS, VAGUE_NAMES_IN_TESTS)], ids=["source", "tests"]
)
def test_names_are_nouns(folder: Path, ceiling: int) -> None:
    places = vague_names(folder)
    assert len(places) <= ceiling, places


@pytest.mark.parametrize("folder", [SOURCE, TESTS, ROOT / "benchmarks"], ids=["source", "tests", "benchmarks"])
def test_every_silenced_warning_has_a_reason(folder: Path) -> None:
    silenced = {
        f"{path}:{token.start[0]}": token.string
        for path in modules_below(folder)
        for token in generate_tokens(StringIO((ROOT / path).read_text("utf-8")).readline)
        if token.type == COMMENT and "noqa" in token.string
    }
    assert silenced
    assert [place for place, comment in silenced.items() if not re.match(EXPLAINED_NOQA, comment)] == []
