"""Which programs a command starts."""

from __future__ import annotations

import shlex

import pytest

from thinvenv.context.programs import names_program, needs_pip


@pytest.mark.parametrize(
    "command",
    [
        "pip install x",
        "pip3.11 list",
        ".nox/py/bin/pip freeze",
        "python -m pip check",
        "python3 -I -m pip check",
        "bash -c 'cd x && pip install y'",
        "sh -c 'python -m pip install y'",
        "python setup.py develop",
        "/usr/bin/python3.9 -B ./setup.py test",
    ],
)
def test_commands_that_need_pip(command: str) -> None:
    assert needs_pip(shlex.split(command))


@pytest.mark.parametrize(
    "command",
    [
        "uv pip install x",
        "sh -c 'uv pip install x'",
        "pytest tests/pip",
        "pip-compile",
        "python -m pipdeptree",
        "black src setup.py",
        "python -m flake8 setup.py",
        "python -c 'print(1)'",
    ],
)
def test_commands_that_need_no_pip(command: str) -> None:
    assert not needs_pip(shlex.split(command))


@pytest.mark.parametrize(
    ("command", "expected"),
    [("uv pip list", True), ("sh -c 'a; uv lock'", True), ("pytest uv", False), ("uvx ruff", False)],
)
def test_names_of_programs(command: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert names_program(shlex.split(command), "uv") == expected
