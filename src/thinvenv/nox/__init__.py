"""The integration with nox: ``import thinvenv.nox as nox``, or ``from thinvenv.nox import session``.

Everything that ``nox`` exports is here too, including its modules, so only one line of a noxfile has to
change. Two names differ: :func:`session`, and :class:`Session`, which the session functions receive.
Noxfiles that keep nox's own decorator call :func:`register`.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import nox
import nox.sessions
from nox import main, options, param, parametrize, project
from nox.virtualenv import ALL_VENVS

from thinvenv.nox import backend
from thinvenv.nox.decorator import session
from thinvenv.nox.defaults import defaults
from thinvenv.nox.run_summary import patch_results
from thinvenv.nox.thin_session import Session
from thinvenv.nox.uv_version import patch_uv_version

if TYPE_CHECKING:
    from nox import command as command
    from nox import logger as logger
    from nox import manifest as manifest
    from nox import popen as popen
    from nox import registry as registry
    from nox import sessions as sessions
    from nox import virtualenv as virtualenv

needs_version: str | None = None
"""As ``nox.needs_version``, which nox reads from the noxfile's text."""

__all__ = [
    "Session",
    "defaults",
    "main",
    "needs_version",
    "options",
    "param",
    "parametrize",
    "project",
    "register",
    "session",
]


def register() -> None:
    """Make ``thinvenv`` a backend of nox, for the sessions that choose it.

    A session chooses it by ``venv_backend``, ``nox.options.default_venv_backend`` or
    ``NOX_DEFAULT_VENV_BACKEND``, alone or as in ``uv|thinvenv``. A second call has no effect.
    """
    ALL_VENVS.setdefault(backend.NAME, backend.ThinEnv)
    # nox has no hook for this. Its runner takes the class of the sessions from this name.
    nox.sessions.Session = Session  # type: ignore[misc]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Return any other name of nox, above all its modules: ``nox.command.CommandFailed``."""
        return getattr(nox, name)


if hasattr(gc, "freeze"):  # PyPy has none
    # What nox has loaded lives until it ends, so the garbage collector need not examine it again and again.
    gc.freeze()
patch_uv_version()
backend.patch_creators()
patch_results()
