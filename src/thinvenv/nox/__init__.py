"""nox's door: ``import thinvenv.nox as nox``, or ``from thinvenv.nox import session``.

Everything that ``nox`` exports is here too, its modules included, so that one line of a
noxfile changes. Two of the names are ours: :func:`session`, and :class:`Session`, which the
functions get. For noxfiles that keep nox's own decorator there is :func:`register`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nox
from nox import main, options, param, parametrize, project

from thinvenv.nox.decorator import session
from thinvenv.nox.defaults import defaults
from thinvenv.nox.registration import register
from thinvenv.nox.thin_session import Session
from thinvenv.nox.uv_version import ask_less

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


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Return what noxfiles use of nox beyond that, its modules above all: ``nox.command.CommandFailed``."""
        return getattr(nox, name)


ask_less()
