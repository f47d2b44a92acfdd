"""Backends: uv and pip, run as processes that resolve and install."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.backends.uv import Uv
from thinvenv.backends.uv_program import find_uv
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thinvenv.backends.base import Backend
    from thinvenv.choices import BackendName

__all__ = ["choose"]


def choose(name: BackendName | None, environ: Mapping[str, str]) -> Backend:
    """Return a backend.

    Args:
        name: ``uv`` or ``pip``; ``None`` takes uv if it is installed, else pip.
        environ: The environment variables, for ``PATH``, which is searched for uv.

    Raises:
        BackendError: ``name`` is ``uv``, which is not installed.

    """
    uv = None if name == "pip" else find_uv(environ)
    if uv:
        return Uv(uv)
    if name == "uv":
        raise BackendError("uv is not installed", hint="pip install uv, or use `--backend pip`")
    from thinvenv.backends.pip import Pip  # noqa: PLC0415 - imports `packaging`, which creating with uv does not need

    return Pip()
