"""When an export of ``uv.lock`` that is kept in the cache still counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.backends import exported_locks
from thinvenv.cache import Cache
from thinvenv.context.context import Context

if TYPE_CHECKING:
    from pathlib import Path

ROOT = '[project]\nname = "mine"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n'
LOCK = 'source = { editable = "." }\nsource = { editable = "packages/one" }\nsource = { path = "one.whl" }\n'


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = tmp_path / "project"
    for path, text in {
        "pyproject.toml": ROOT,
        "uv.lock": LOCK,
        "one.whl": "",
        "packages/one/pyproject.toml": '[project]\nname = "one"\n',
        "packages/notes/text": "",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Context(environ={}, cwd=str(folder), cache=Cache(tmp_path / "cache"))


def export(context: Context, *options: str, text: str = "answer") -> str | None:
    """Return the export that is kept, and keep one if there is none."""
    key = exported_locks.key_of("uv", "python", options, context)
    kept = exported_locks.load(key, context)
    if kept is None:
        exported_locks.store(key, exported_locks.inputs_of(context), text, context)
    return kept


@pytest.mark.parametrize("folder", [".", "packages/one"])
def test_an_export_counts_while_its_inputs_are_the_same(context: Context, folder: str) -> None:
    context = context._replace(cwd=os.path.normpath(os.path.join(context.cwd, folder)))
    assert export(context, "--locked") is None
    assert export(context, "--locked") == "answer"
    assert export(context, "--locked", "--group", "test") is None
    assert export(context._replace(environ={"UV_FROZEN": "1"}), "--locked") is None
    os.utime(os.path.join(context.cwd, "pyproject.toml"), (0, 0))
    assert export(context, "--locked") == "answer"


@pytest.mark.parametrize(
    "path",
    ["uv.lock", "pyproject.toml", "uv.toml", "one.whl", "packages/one/pyproject.toml", "packages/notes/pyproject.toml"],
)
def test_a_changed_input_makes_it_stale(context: Context, path: str) -> None:
    export(context)
    with open(os.path.join(context.cwd, path), "a") as file:
        file.write("\n")
    assert export(context) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", ROOT.replace('version = "1"', 'dynamic = ["dependencies"]')),
        ("packages/one/pyproject.toml", '[build-system]\nrequires = ["setuptools"]\n'),
        ("packages/one/pyproject.toml", "["),
    ],
)  # fmt: skip
def test_what_may_depend_on_a_build_is_not_kept(context: Context, path: str, text: str) -> None:
    with open(os.path.join(context.cwd, path), "w") as file:
        file.write(text)
    assert export(context) is export(context) is None


def test_the_newest_versions_and_passwords_are_not_kept(context: Context) -> None:
    assert export(context, "--upgrade") is export(context, "--upgrade") is None
    assert export(context, text="https://me:secret@host/x") is export(context) is None
