"""The engine's context for an environment of tox: variables, folder and tox's log.

A second run of tox needs this module to find out that nothing has changed. What an install needs
besides is in :mod:`thinvenv.tox.operations`.
"""

from __future__ import annotations

import logging
import os
import sys
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tox.tox_env.errors import Fail

from thinvenv import engine
from thinvenv.cache import default_cache
from thinvenv.config import pip, uv_files
from thinvenv.config.spelling import in_words_of
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.errors import ThinvenvError, printable
from thinvenv.files.fingerprint import digest
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tox.config.sets import ConfigSet

    from thinvenv.tox.environments import ThinEnv

LOGGER = logging.getLogger(__name__)

_SHOWN_NOTES: WeakKeyDictionary[ConfigSet, set[str]] = WeakKeyDictionary()
"""The notes that each run has shown. A run has one core configuration."""
_LOCK = Lock()


class ToxReporter(Reporter):
    """Passes progress to tox's log, and each note that is new in this run to ``show_note``.

    A note about a base or a setting holds for every environment of a run, and several environments
    are installed at the same time (``tox -p``), so each note is shown once.

    Args:
        core: The core configuration of the run.
        streams: Whether the installer may write its own progress to standard error.
        show_note: Called with each new note.

    """

    def __init__(self, core: ConfigSet, *, streams: bool, show_note: Callable[[str], None] = LOGGER.warning) -> None:
        self._core = core
        self.streams = streams
        self._show_note = show_note

    def progress(self, text: str) -> None:
        """Log what is about to start."""
        LOGGER.info(printable(text))

    def note(self, text: str) -> None:
        """Show a note, unless another environment of the run has shown it."""
        with _LOCK:
            shown = _SHOWN_NOTES.setdefault(self._core, set())
            is_new = text not in shown
            shown.add(text)
        if is_new:
            self._show_note(printable(in_words_of("tox", text)))


def context_of(env: ThinEnv, show_note: Callable[[str], None] | None = None) -> Context:
    """Return the context of an install: tox's root folder, and the variables of the environment.

    Args:
        env: The environment that is installed into.
        show_note: Called with each note that is new in this run; without it, notes go to tox's log.

    """
    root: Path = env.core["tox_root"]
    reporter = ToxReporter(env.core, streams=_is_watched(env), show_note=show_note or LOGGER.warning)
    context = current_context(reporter, environ=_environ(env, root), cwd=str(root))
    return context._replace(cache=default_cache(os.environ))


def without_passwords(values: Mapping[str, str]) -> dict[str, str]:
    """Return variables, sorted by name, with the passwords of URLs removed."""
    return {name: redacted(value) for name, value in sorted(values.items())}


def base_fingerprint(env: ThinEnv) -> str:
    """Return a digest that changes when the base of an environment changes.

    Raises:
        Fail: There is no environment, or its interpreter does not start.

    """
    try:
        return engine.base_fingerprint(env.env_dir, context_of(env))
    except ThinvenvError as error:
        raise Fail(in_words_of("tox", error)) from error


def configuration_fingerprint(env: ThinEnv) -> str:
    """Return a digest that changes when pip's or uv's configuration does, an empty string if there is none.

    Raises:
        Fail: A file of the configuration cannot be read.

    """
    context = context_of(env)
    try:
        of_pip = pip.fingerprint(context.environ, context.cwd, str(env.env_dir))
    except ThinvenvError as error:
        raise Fail(in_words_of("tox", error)) from error
    of_uv = uv_files.fingerprint(context.environ, context.cwd)
    return digest([of_pip, of_uv]) if of_pip or of_uv else ""


def _environ(env: ThinEnv, root: Path) -> Mapping[str, str]:
    """Return the environment's variables, with the project's own folders removed from ``PYTHONPATH``.

    ``PYTHONPATH = {toxinidir}/src`` is meant for the tests. The project is no base, least of all for
    its own installation.
    """
    variables = dict(env.environment_variables)
    entries = variables.pop("PYTHONPATH", "").split(os.pathsep)
    paths = [path for path in entries if path and not (root / path).resolve().is_relative_to(root.resolve())]
    if paths and env.conf["thin_reuse"] != "off":
        variables["PYTHONPATH"] = os.pathsep.join(paths)
    return variables


def _is_watched(env: ThinEnv) -> bool:
    """Return whether an installer's own output reaches a person: ``tox -p`` collects it instead."""
    suspended = env._has_display_suspended  # noqa: SLF001 - tox has no public name for it
    return sys.stderr.isatty() and env.options.verbosity > 0 and not suspended
