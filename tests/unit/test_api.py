"""The public names of the package, and their documentation."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

import thinvenv
from reference_pages import filled
from support import ROOT
from thinvenv import errors
from thinvenv._api import Options
from thinvenv._api.arguments import OPTIONS, request_of
from thinvenv.context.context import current_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

API: Any = thinvenv
"""The package without its types, for calls that these rule out."""


def test_every_error_is_public() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}

    assert "UnwritableError" in classes
    assert classes <= set(thinvenv.__all__)
    assert all(getattr(thinvenv, name) is getattr(errors, name) for name in classes)


def test_the_reference_documents_every_public_name_and_option() -> None:
    page = filled((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))

    assert set(re.findall(r":: thinvenv\.(\w+)$", page, re.MULTILINE)) == set(thinvenv.__all__)
    assert re.findall(r"^    (\w+): ", inspect.cleandoc(str(Options.__doc__)), re.MULTILINE) == list(
        Options.__annotations__
    )
    assert set(Options.__annotations__) == set(OPTIONS)


@pytest.mark.parametrize(
    ("call", "message", "explanation"),
    [
        (lambda env: API.install("x", env=env, upgarde=True), "unknown option `upgarde`", "`upgrade`?"),
        (lambda env: API.install("x", env=env, upgrade="no"), "`upgrade` cannot be `'no'`", "true or false"),
        (lambda env: API.install("x", env=env, reuse="link"), "unknown option `reuse`", "argument of thinvenv.create"),
        (lambda env: API.create(env, python=3.12), "`python` cannot be `3.12`", "a version in quotes"),
        (lambda env: API.create(env, clear="no"), "`clear` cannot be `'no'`", "true or false"),
        (lambda env: API.install(["x"], env=env), "a requirement cannot be `['x']`", "thinvenv.install("),
        (lambda env: API.install(3, env=env), "a requirement cannot be `3`", "a string"),
        (lambda env: API.plan("x", env=env, backend="poetry"), "`backend` cannot be `poetry`", "one of uv, pip"),
        (lambda env: API.plan("x", env=env, only_reuse=[3]), "`only_reuse` cannot be", "a list of strings"),
        (lambda env: API.plan("x", env=env, groups=3), "`groups` cannot be `3`", "a list of strings"),
        (lambda _: API.plan("x", env=""), "`env` cannot be `''`", "it is a path"),
        (lambda env: API.create(env, reuse="lnik"), "`reuse` cannot be `lnik`", "did you mean `link`?"),
        (lambda env: API.create(env, bases=3), "`bases` cannot be `3`", "a list of strings"),
        (lambda _: API.check(3), "`env` cannot be `3`", "it is a path"),
    ],
)
def test_wrong_arguments_are_clear_errors(
    call: Callable[[Path], object], message: str, explanation: str, tmp_path: Path
) -> None:
    with pytest.raises(thinvenv.UsageError) as caught:
        call(tmp_path / "env")

    assert message in caught.value.what
    assert explanation in str(caught.value)
    assert not list(tmp_path.glob("env*"))


def test_a_single_string_or_path_stands_for_a_list_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.txt").write_text("alpha\n")
    monkeypatch.setenv("THINVENV_BACKEND", "pip")
    options = {"only_reuse": "numpy", "requirement_files": tmp_path / "some.txt", "options": "--pre"}

    request = request_of(["beta"], options, tmp_path, current_context())

    assert [root.text for root in request.roots] == ["alpha", "beta"]
    assert (request.policy.only_reuse, request.pre, request.backend) == (("numpy",), True, "pip")
