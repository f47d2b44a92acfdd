"""Relocatable environments, whose scripts find the interpreter beside them.

``uv venv --relocatable`` makes environments that can be moved, and installs such scripts. ``pyvenv.cfg`` records it.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from thinvenv.files import raise_if_transient, read_bytes

if TYPE_CHECKING:
    from thinvenv.model import Environment

_KEY = "relocatable"
"""The key that uv writes into ``pyvenv.cfg``."""


def is_relocatable(environment: Environment) -> bool:
    """Return whether the scripts of an environment must not name its path."""
    try:
        content = read_bytes(os.path.join(environment.prefix, "pyvenv.cfg"))
    except OSError as error:
        raise_if_transient(error)
        return False
    pairs = (line.partition("=") for line in content.decode(errors="replace").splitlines())
    return any(name.strip() == _KEY and value.strip().lower() == "true" for name, _, value in pairs)


def script_start(python: str, options: str = "") -> bytes:
    """Return the first lines of a script that is run by the interpreter in its folder, as uv writes them.

    The shell runs the second line. To Python, it is a string of several lines.

    Args:
        python: The path of the interpreter.
        options: The options to run it with, as they are in a first line.

    """
    words = " ".join(filter(None, (shlex.quote(os.path.basename(python)), options)))
    text = f"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/{words} "$0" "$@"
' '''
"""
    return os.fsencode(text)
