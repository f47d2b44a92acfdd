"""What the engine is told about the process that it runs in.

Threads of one process install into several environments at once (``tox -p``), so nothing
below reads ``os.environ`` or the current directory: both come in here.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from thinvenv.cache import Cache, default_cache
from thinvenv.errors import UsageError
from thinvenv.plugins import manager

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thinvenv.context.processes import Processes


def _ignore(_text: str) -> None:
    """Take a line of progress, or a note, and drop it."""


def _do_nothing() -> None:
    """Have nothing to do while others work."""


class Host(NamedTuple):
    """The surroundings of one call.

    Attributes:
        environ: The variables for every process that is started.
        cwd: The directory that relative paths start from.
        cache: The cache folder.
        stream: Whether the installer may write its progress to standard error.
        progress: Called with a line when something starts that takes time.
        note: Called with a line that the person should read, but that stops nothing.
        plugins_key: What tells the plugins that count, see :func:`thinvenv.plugins.manager.key`.
        interrupt_timeout: How many seconds an interrupted installer has to end by itself; ``None`` for all it needs.
        terminate_timeout: How many it has then to end when told to, before it is killed.
        processes: By which another thread can end what runs for this call.
        meanwhile: Called while a resolver runs: what has to be loaded for afterwards costs no time then.

    """

    environ: Mapping[str, str]
    cwd: str
    cache: Cache
    stream: bool = False
    progress: Callable[[str], None] = _ignore
    note: Callable[[str], None] = _ignore
    plugins_key: str = ""
    interrupt_timeout: float | None = 0.3
    terminate_timeout: float | None = 0.2
    processes: Processes | None = None
    meanwhile: Callable[[], None] = _do_nothing

    @property
    def plugins(self) -> manager.Plugins:
        """The plugins that count."""
        return manager.installed(self.plugins_key, self.cache)


def current_host(
    *, stream: bool = False, progress: Callable[[str], None] = _ignore, note: Callable[[str], None] = _ignore
) -> Host:
    """Return the host for the running process: its variables, its directory, its user's cache."""
    environ = MappingProxyType(dict(os.environ))
    cache = default_cache(environ)
    return Host(environ, _current_directory(), cache, stream, progress, note, manager.key())


def _current_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageError("the current directory is not there any more", why=(str(error),), hint="cd ~") from error
