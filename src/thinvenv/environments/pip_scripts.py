"""The scripts pip, pip3 and pip3.X of an environment, in place of those of its base.

An activated environment that has no ``bin/pip`` lets the shell find the next one on ``PATH``. That is often the
one of the base, which would write there. The scripts run the pip of the base with the interpreter of the
environment, or hand the command to thinvenv. No module ``pip`` becomes importable: tools ask for that.
"""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.environments import bootstrap, probe
from thinvenv.environments.config_file import is_relocatable
from thinvenv.files import open_executable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from installer.scripts import LauncherKind

    from thinvenv.model import Environment


def add_to(environment: Environment, layers: Iterable[str]) -> None:
    """Write the scripts, and the module that they run, into a new environment.

    Args:
        environment: A virtual environment that thinvenv has created.
        layers: The site directories of its bases, the first of which with a pip provides it.

    Raises:
        OSError: The environment cannot be written.

    """
    runners = (Path(layer, "pip", "__pip-runner__.py") for layer in layers)
    runner = next((str(path) for path in runners if path.is_file()), "")
    source = Path(bootstrap.__file__).parent / "injected" / f"{bootstrap.PIP_MODULE}.py"
    places = f"\nRUNNER = {runner!a}\nTHINVENV = {(sys.executable, '-m', 'thinvenv')!a}\n"
    write_atomically(_module_in(environment), source.read_text("utf-8") + places)
    restore(environment)


def restore(environment: Environment) -> None:
    """Write those scripts again that are missing or empty, if thinvenv has created the environment.

    Another installer removes them together with a pip that had replaced them, and a power failure may empty them.

    Raises:
        OSError: The environment cannot be written.

    """
    for name, content in contents(environment).items():
        path = Path(environment.scripts, name)
        if path.is_file() and not path.stat().st_size:
            path.unlink()
        with suppress(FileExistsError), open(path, "xb", opener=open_executable) as file:
            file.write(content)


def contents(environment: Environment) -> dict[str, bytes]:
    """Return the content of the scripts by file name; nothing if thinvenv has not created the environment."""
    if not _module_in(environment).is_file():
        return {}
    names = ("pip", "pip3", f"pip{environment.markers['python_version']}")
    kind, python = launcher_kind(environment), environment.python
    if kind == "posix" and probe.fits_first_line(python):
        start = script_start(python) if is_relocatable(environment) else os.fsencode(f"#!{python}\n")
        text = f"import sys\n\nfrom {bootstrap.PIP_MODULE} import main\n\nsys.exit(main())\n"
        return dict.fromkeys(names, start + text.encode())
    from installer.scripts import Script  # noqa: PLC0415 - takes a tenth of the time of a new environment

    scripts = (Script(name, bootstrap.PIP_MODULE, "main", "console") for name in names)
    return dict(script.generate(python, kind) for script in scripts)


def launcher_kind(environment: Environment) -> LauncherKind:
    """Return the kind of scripts that the system of an environment can start."""
    if environment.markers["sys_platform"] != "win32":
        return "posix"
    kinds: dict[str, LauncherKind] = {"win32": "win-ia32", "win-arm64": "win-arm64"}
    return kinds.get(environment.platform, "win-amd64")


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


def _module_in(environment: Environment) -> Path:
    return Path(environment.purelib, f"{bootstrap.PIP_MODULE}.py")
