"""The ways to make an environment, each as a person would type it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Command = tuple[str | Path, ...]

TOOLS = Path(sys.prefix, "bin")
"""The programs of the environment that the benchmarks run in."""


@dataclass(frozen=True)
class Peer:
    """A tool that makes environments.

    Attributes:
        name: As tables show it.
        commands: The commands that make an environment at a path from an interpreter, with
            some requirements in it.

    """

    name: str
    commands: Callable[[Path, Path, Sequence[str]], tuple[Command, ...]]


def _pip(env: Path, python: Path, wanted: Sequence[str]) -> tuple[Command, ...]:
    return (python, "-m", "venv", env), (env / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted)


def _uv(env: Path, python: Path, wanted: Sequence[str]) -> tuple[Command, ...]:
    uv = TOOLS / "uv"
    return (
        (uv, "venv", "--quiet", "--no-project", "--python", python, env),
        (uv, "pip", "install", "--quiet", "--python", env / "bin" / "python", *wanted),
    )


def _thinvenv(env: Path, python: Path, wanted: Sequence[str]) -> tuple[Command, ...]:
    return ((TOOLS / "thinvenv", "create", env, "--python", python, *wanted),)


def _in_two_steps(env: Path, python: Path, wanted: Sequence[str]) -> tuple[Command, ...]:
    program = TOOLS / "thinvenv"
    return (program, "create", env, "--python", python), (program, "install", "--env", env, *wanted)


def _linking(env: Path, python: Path, wanted: Sequence[str]) -> tuple[Command, ...]:
    (create,) = _thinvenv(env, python, wanted)
    return ((*create, "--reuse", "link"),)


PIP = Peer("venv + pip", _pip)
UV = Peer("uv", _uv)
THINVENV = Peer("thinvenv", _thinvenv)
TWO_STEPS = Peer("thinvenv, in two steps", _in_two_steps)
LINK = Peer("thinvenv --reuse link", _linking)
