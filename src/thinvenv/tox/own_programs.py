"""Lets the commands of an environment start the uv and the thinvenv that lie beside tox, as tox-uv does with uv."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from typing import TYPE_CHECKING

from thinvenv.context.programs import names_program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tox.execute.request import ExecuteRequest

    from thinvenv.tox.environments import ThinEnv

OTHER_PYTHON = frozenset({"UV_PYTHON", "UV_SYSTEM_PYTHON"})
"""The variables with which ``uv pip install`` would install into another environment than the active one."""


def provide(request: ExecuteRequest, env: ThinEnv) -> None:
    """Let a command that names uv or thinvenv find it and start it.

    A program in the environment itself comes first, then the one beside tox, then that of ``PATH``.

    Args:
        request: The command, which is changed.
        env: The environment that it runs in.

    """
    folders = env._paths  # noqa: SLF001 - nothing public has them
    for name in ("uv", "thinvenv"):
        if not names_program(request.cmd, name) or any(shutil.which(name, path=str(folder)) for folder in folders):
            continue
        path = env.operations.find_uv() if name == "uv" else _find_thinvenv(request.env)
        if path is None:
            continue
        own = list(map(str, folders))
        rest = [entry for entry in request.env["PATH"].split(os.pathsep) if entry not in own]
        request.env = {**request.env, "PATH": os.pathsep.join([*own, os.path.dirname(path), *rest])}
        if request.allow is not None:
            request.allow = [*request.allow, glob.escape(path)]


def _find_thinvenv(environ: Mapping[str, str]) -> str | None:
    beside = shutil.which("thinvenv", path=os.path.dirname(sys.executable))
    return beside or shutil.which("thinvenv", path=environ.get("PATH"))
