"""The summary of a run: one line when nox ends, on what its environments take and save."""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING, Any

from nox.logger import logger
from nox.sessions import Result, SessionRunner

if TYPE_CHECKING:
    from pathlib import Path

_PREFIXES: dict[str, None] = {}


def patch_results() -> None:
    """Let nox end with the line, also after a parallel run.

    nox has no hook for the end of a run, so the line is logged when the process ends. With ``--parallel``, sessions run
    in processes of their own, whose results nox reads.
    """
    atexit.register(show)
    original = getattr(Result, "from_dict", None)  # a version of nox that lacks it has another form of parallel runs
    if original is None:
        return

    def from_dict(session: SessionRunner, entry: dict[str, Any]) -> Result:
        if not session.global_config.no_install:
            note(session.envdir)
        result: Result = original(session, entry)
        return result

    Result.from_dict = staticmethod(from_dict)  # type: ignore[method-assign]


def note(prefix: Path | str) -> None:
    """Remember an environment of this run."""
    if str(prefix) != sys.prefix:  # the environment of nox itself, see `Session.install_here`
        _PREFIXES[str(prefix)] = None


def show() -> None:
    """Log the line about the environments of this run. One environment has shown its own line already."""
    if len(_PREFIXES) < 2:  # noqa: PLR2004 - see above
        return
    from thinvenv.fleet import comparison  # noqa: PLC0415 - a run that installs nothing does without

    thin = [prefix for prefix in _PREFIXES if comparison.is_thin(prefix)]
    try:
        if len(thin) > 1:
            logger.info(comparison.line_about(comparison.measure_all(thin)))
    except OSError as error:
        logger.debug(f"the environments cannot be measured: {error}")
