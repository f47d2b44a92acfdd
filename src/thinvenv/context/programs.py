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

# Compiled when a command has the word that they are about, which few do. tox and nox load this module on every start.
_PIP = r"(^|[/\\])pip3?(\.\d+)?(\.exe)?$"
_PYTHON = r"(^|[/\\])(python|pypy)[\d.]*(\.exe)?$"
_PIP_IN_SCRIPT = r"(?<!\buv)(^|[\s;&|(\"'/])pip3?(\.\d+)?\s"

SEED_VARIABLES = ("VIRTUALENV_PIP", "VIRTUALENV_SETUPTOOLS", "VIRTUALENV_WHEEL", "VIRTUALENV_SEEDER")
"""The variables that configure what virtualenv installs into a new environment."""


def needs_pip(arguments: Sequence[str]) -> bool:
    """Return whether a command needs pip, or the setuptools that virtualenv installs with it for older Pythons.

    Args:
        arguments: The command. If it starts a shell, one argument is the script: ``bash -c "pip install …"``.

    """
    if _runs_setup_py(arguments):
        return True
    if not any("pip" in argument for argument in arguments):
        return False
    is_pip = bool(re.search(_PIP, arguments[0])) or ("-m", "pip") in pairwise(arguments)
    return is_pip or any(re.search(_PIP_IN_SCRIPT, argument) for argument in arguments)


def names_program(arguments: Sequence[str], name: str) -> bool:
    """Return whether a command starts a program, as its first argument or in a script for a shell.

    Args:
        arguments: The command.
        name: The name of the program.

    """
    if arguments[:1] == [name]:
        return True
    in_script = rf"(^|[\s;&|(\"'/]){re.escape(name)}\s"
    return any(name in argument and re.search(in_script, argument) for argument in arguments[1:])


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
    return os.path.basename(program) == "setup.py" and bool(re.search(_PYTHON, arguments[0]))
