"""The backend ``thinvenv`` for noxfiles that keep nox's own decorator."""

from __future__ import annotations

import nox.sessions
from nox.virtualenv import ALL_VENVS

from thinvenv.nox.backend import NAME, ThinEnv
from thinvenv.nox.thin_session import Session


def register() -> None:
    """Make ``thinvenv`` a backend of nox, for the sessions that choose it.

    It is chosen by ``venv_backend``, by ``nox.options.default_venv_backend`` or by
    ``NOX_DEFAULT_VENV_BACKEND``, alone or as in ``uv|thinvenv``. A second call does nothing.
    """
    ALL_VENVS.setdefault(NAME, ThinEnv)
    # nox has no hook for it: this is the name by which a runner makes what a function gets.
    nox.sessions.Session = Session  # type: ignore[misc]
