"""The programs that the commands of tox and nox environments start, and a pip that can install into them."""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIP = re.compile(r"(^|[/\\])pip3?(\.\d+)?(\.exe)?$")
_PYTHON = re.compile(r"(^|[/\\])(python|pypy)[\d.]*(\.exe)?$")
_PIP_IN_SCRIPT = re.compile(r"(?<!\buv)(^|[\s;&|(\"'/])pip3?(\.\d+)?\s")

SEED_VARIABLES = ("VIRTUALENV_PIP", "VIRTUALENV_SETUPTOOLS", "VIRTUALENV_WHEEL", "VIRTUALENV_SEEDER")
"""The variables that configure what virtualenv installs into a new environment."""


def needs_pip(arguments: Sequence[str]) -> bool:
    """Return whether a command needs pip, or the setuptools that virtualenv installs with it for older Pythons.

    Args:
        arguments: The command. If it starts a shell, one argument is the script: ``bash -c "pip install …"``.

    """
    is_pip = any(_PIP.search(argument) for argument in arguments[:1]) or ("-m", "pip") in pairwise(arguments)
    return is_pip or _runs_setup_py(arguments) or any(_PIP_IN_SCRIPT.search(argument) for argument in arguments)


def names_program(arguments: Sequence[str], name: str) -> bool:
    """Return whether a command starts a program, as its first argument or in a script for a shell.

    Args:
        arguments: The command.
        name: The name of the program.

    """
    in_script = re.compile(rf"(^|[\s;&|(\"'/]){re.escape(name)}\s")
    return arguments[:1] == [name] or any(in_script.search(argument) for argument in arguments[1:])


def has_pip_for(version: str) -> bool:
    """Return whether the pip beside thinvenv supports a version of Python; ``False`` if there is no pip.

    Args:
        version: The version of the interpreter that would run it, such as ``3.12``.

    """
    try:
        requires_python = distribution("pip").metadata["Requires-Python"] or ""
    except PackageNotFoundError:
        return False
    return SpecifierSet(requires_python).contains(version)


def _runs_setup_py(arguments: Sequence[str]) -> bool:
    program = next((argument for argument in arguments[1:] if not argument.startswith("-")), "")
    return os.path.basename(program) == "setup.py" and bool(_PYTHON.search(arguments[0]))
