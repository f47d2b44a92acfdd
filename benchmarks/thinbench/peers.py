"""The tools that create environments, each with the commands that a user would type."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Command = tuple[str | Path, ...]

TOOLS = Path(sys.prefix, "bin")
"""The folder of programs of the environment that the benchmarks run in."""


@dataclass(frozen=True)
class Peer:
    """A tool that creates environments.

    Attributes:
        name: The name in the tables.
        commands: Returns the commands that create an environment. Its arguments are the path
            of the environment, the interpreter and the requirements.

    """

    name: str
    commands: Callable[[Path, Path, Sequence[str]], tuple[Command, ...]]


def _pip(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    return (python, "-m", "venv", env), (env / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements)


def _uv(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    uv = TOOLS / "uv"
    return (
        (uv, "venv", "--quiet", "--no-project", "--python", python, env),
        (uv, "pip", "install", "--quiet", "--python", env / "bin" / "python", *requirements),
    )


def _thinvenv(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    return ((TOOLS / "thinvenv", "create", env, "--python", python, *requirements),)


def _in_two_steps(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    program = TOOLS / "thinvenv"
    return (program, "create", env, "--python", python), (program, "install", "--env", env, *requirements)


def _linking(env: Path, python: Path, requirements: Sequence[str]) -> tuple[Command, ...]:
    (create,) = _thinvenv(env, python, requirements)
    return ((*create, "--reuse", "link"),)


PIP = Peer("venv + pip", _pip)
UV = Peer("uv", _uv)
THINVENV = Peer("thinvenv", _thinvenv)
TWO_STEPS = Peer("thinvenv, in two steps", _in_two_steps)
LINK = Peer("thinvenv --reuse link", _linking)
