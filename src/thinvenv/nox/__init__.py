"""nox's door: ``import thinvenv.nox as nox``, or ``from thinvenv.nox import session``.

Everything that ``nox`` exports is here too, so that one line of a noxfile changes. Two of
the names are ours: :func:`session`, and :class:`Session`, which the functions get. For
noxfiles that keep nox's own decorator there is :func:`register`.
"""

from __future__ import annotations

from nox import main, options, param, parametrize, project

from thinvenv.nox.decorator import session
from thinvenv.nox.defaults import defaults
from thinvenv.nox.registration import register
from thinvenv.nox.sessions import Session
from thinvenv.nox.uv import ask_less

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

ask_less()
