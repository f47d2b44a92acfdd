"""The summary of a run: one line when nox ends, on what its environments take and save."""

from __future__ import annotations

import atexit
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from nox.logger import logger

if TYPE_CHECKING:
    from pathlib import Path

_PREFIXES: dict[str, None] = {}


def note(prefix: Path) -> None:
    """Remember an environment that something was installed into.

    nox has no hook for the end of a run, so the line is logged when the process ends.
    """
    if not _PREFIXES:
        atexit.register(show)
    if str(prefix) != sys.prefix:  # the environment of nox itself, see `Session.install_here`
        _PREFIXES[str(prefix)] = None


def show() -> None:
    """Log the line about the environments of this run. One environment has shown its own line already."""
    if len(_PREFIXES) < 2:  # noqa: PLR2004 - see above
        return
    comparison = import_module("thinvenv.fleet.comparison")  # which a run that installs nothing does without
    try:
        logger.info(comparison.line_about(comparison.measure_all(_PREFIXES)))
    except OSError as error:
        logger.debug(f"the environments cannot be measured: {error}")
