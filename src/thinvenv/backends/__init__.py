"""The installers behind thinvenv: each resolves against a view and installs exact versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.backends.uv import Uv, find_uv
from thinvenv.errors import BackendError

if TYPE_CHECKING:
    from thinvenv.backends.base import Backend
    from thinvenv.choices import BackendName
    from thinvenv.context.context import Context

__all__ = ["choose"]


def choose(name: BackendName | None, context: Context) -> Backend:
    """Return the backend that was asked for: uv where there is one, else pip.

    Raises:
        BackendError: uv was asked for by name and is not there.

    """
    uv = None if name == "pip" else find_uv(context.environ)
    if uv:
        return Uv(uv)
    if name == "uv":
        raise BackendError("there is no uv here", hint="pip install uv, or use the backend `pip`")
    from thinvenv.backends.pip import Pip  # noqa: PLC0415 - where there is a uv, it is not needed

    return Pip()
