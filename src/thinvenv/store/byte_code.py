"""The byte code of entries: compiled once, by the interpreter that asked, on all processors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from thinvenv.backends import uv_options
from thinvenv.backends.base import run
from thinvenv.config import pip

if TYPE_CHECKING:
    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request

_NO_BYTE_CODE = frozenset({"--no-compile", uv_options.NO_BYTE_CODE})
_INVALIDATION_VARIABLE = "PYC_INVALIDATION_MODE"
"""A variable of uv: whether byte code names the time of its module or a hash of its content."""
_TESTS = r"[\\/]tests?[\\/]"
"""Directories of tests, which are two fifths of the modules of scientific distributions, and which few people import.
The first who does compiles what he imports into the cache, as for an entry without byte code."""
_WITH_OTHER_FOLDER = (3, 9)
"""The first version whose ``compileall`` can write another folder into byte code than that of the modules."""


def is_wanted(request: Request, environment: Environment, context: Context) -> bool:
    """Return whether neither the options of an install nor pip's configuration say that nothing is compiled."""
    settings = pip.load(context.environ, context.cwd, environment.prefix, request.options)
    is_off = not pip.is_false(settings.get("no-compile", "no")) or pip.is_false(settings.get("compile", "yes"))
    return not is_off and _NO_BYTE_CODE.isdisjoint(request.options)


def compile_entries(folder: str, target: str, environment: Environment, context: Context) -> None:
    """Compile the modules of entries in a folder, those of tests apart. What cannot be compiled is left out.

    Args:
        folder: A folder that contains entries, which have the names that they will have.
        target: The folder that the entries will be moved to. The byte code contains its path, so that the same
            modules give the same byte code.
        environment: The environment whose interpreter compiles.
        context: The surroundings of the call.

    Raises:
        BackendError: The interpreter cannot be started.

    """
    # Isolated, so that neither start-up files nor variables change what the interpreter does.
    command = [environment.python, "-I", "-S", "-m", "compileall", "-qq"]
    options = ["-x", f"^{re.escape(folder)}.*{_TESTS}"]
    if tuple(map(int, environment.markers["python_version"].split("."))) >= _WITH_OTHER_FOLDER:
        options += ["-s", folder, "-p", target]
    if mode := context.environ.get(_INVALIDATION_VARIABLE):
        options += ["--invalidation-mode", mode.lower().replace("_", "-")]
    completed = run([*command, "-j", "0", *options, folder], context, has_children=True)
    if "Traceback" in completed.stderr:  # no semaphores, as where `/dev/shm` is read-only
        run([*command, *options, folder], context)
