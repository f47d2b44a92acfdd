"""Starts interpreters as several versions of Python do, with what they make of ``.pth`` and ``.start`` files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.venv import Venv

_MODEL = Path(__file__).with_name("site_of_315.py")
MODELS = {"3.15": True, "3.18": False}
"""The versions of Python that the model stands for, and whether they run the import lines of ``.pth`` files."""


def model_start(version: str) -> str:
    """Return code that starts an interpreter as a version of Python does. The option ``-S`` has to be given."""
    return f"""
import sys, types
model = types.ModuleType("site_of_315")
with open({str(_MODEL)!r}, "rb") as file:
    exec(compile(file.read(), file.name, "exec"), vars(model))
model.runs_import_lines = {MODELS[version]}
model.start()
"""


def run_as(version: str, venv: Venv, script: str, *options: str) -> str:
    """Run Python code in an environment as a version of Python would; return what it prints.

    Args:
        version: One of :data:`MODELS`, or an empty string for the start of the interpreter itself.
        venv: The environment.
        script: The code.
        options: Options of the interpreter, such as ``-B``.

    """
    if version:
        return venv.call(venv.python, "-I", "-S", *options, "-c", f"{model_start(version)}\nexec({script!r})")
    return venv.call(venv.python, "-I", *options, "-c", script)
