"""Lock files (PEP 751), as uv writes them: the archives of exact versions, hashed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.backends.base import requirement_files, run, scratch_folder
from thinvenv.backends.uv import check_resolved, resolver_options, variables_of
from thinvenv.backends.uv_program import find_uv
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request

_OF_INSTALLS = ("--compile-bytecode", "--no-compile-bytecode")
"""Options of ``uv pip install`` that ``uv pip compile`` does not have."""


def lock(
    lines: Iterable[str], request: Request, environment: Environment, context: Context, folder: str | None = None
) -> str:
    """Return the text of a lock file, made by ``uv pip compile --format pylock.toml``.

    Args:
        lines: Exact requirements, as lines of a requirements file.
        request: The options of the installer. It has no requirements.
        environment: The environment whose interpreter and platform the archives are for.
        context: The surroundings of the call.
        folder: The folder that paths in the lock start from, which can be written; ``None`` stands for the current one.

    Raises:
        ResolutionError: An index lacks a distribution.
        BackendError: uv is not installed, or failed for another reason.

    """
    executable = find_uv(context.environ)
    if executable is None:
        raise BackendError("uv is not installed, and only uv writes locks", hint="pip install uv")
    with scratch_folder(context.cache) as scratch:
        command = [
            *(executable, "--color", "never", "pip", "compile", "--python", environment.python),
            *("--format", "pylock.toml", "--no-header", "--no-progress"),
            *requirement_files(scratch, "".join(f"{line}\n" for line in lines))[1:],
            *(
                option
                for option in resolver_options(request, environment.prefix, scratch, context)
                if option not in _OF_INSTALLS
            ),
        ]
        environ = variables_of(request.options, context, environment.prefix)
        if folder is None:
            return check_resolved(run(command, context, environ=environ)).stdout
        # uv writes paths relative to the folder of its output, so a temporary file is in the same folder.
        output = Path(folder, f"pylock.new-{os.getpid()}-{os.urandom(4).hex()}.toml")
        try:
            check_resolved(run([*command, "--quiet", "-o", str(output)], context, environ=environ))
            return output.read_text(encoding="utf-8")
        finally:
            output.unlink(missing_ok=True)
