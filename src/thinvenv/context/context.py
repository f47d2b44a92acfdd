"""The surroundings of one call: variables, directory, cache, reporter and timeouts.

Several threads of one process install into different environments at the same time
(``tox -p``). The engine therefore never reads ``os.environ`` or the current directory: both
are part of the context.
"""

from __future__ import annotations

import os
from types import MappingProxyType

from thinvenv.cache import Cache, default_cache
from thinvenv.context.reporter import Reporter
from thinvenv.errors import UsageError
from thinvenv.named_tuples import NamedTuple
from thinvenv.plugins import manager

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thinvenv.context.processes import Supervisor


class Timeouts(NamedTuple):
    """How many seconds a child process has to end before the next, stronger signal. ``None`` sets no limit.

    Attributes:
        wait: Before the process is interrupted. Ctrl-C in a terminal interrupts it as well.
        interrupt: After the interrupt, before the process is terminated.
        terminate: After the termination, before the process is killed.

    """

    wait: float | None = 0.3
    interrupt: float | None = 0.0
    terminate: float | None = 1.0


def _do_nothing() -> None:
    """Load nothing while a resolver runs."""


class Context(NamedTuple):
    """The surroundings of one call.

    Attributes:
        environ: The environment variables for every process that is started.
        cwd: The directory that relative paths start from.
        cache: The cache folder.
        reporter: Receives progress and notes, see :class:`~thinvenv.context.reporter.Reporter`.
        plugins_fingerprint: Identifies the installed plugins, see :func:`thinvenv.plugins.manager.path_fingerprint`.
        timeouts: How long an interrupted installer may take to end.
        supervisor: Runs the installer, so that another thread can end it. Without one, each
            process has its own.
        while_resolving: Called while a resolver runs. Modules that are needed afterwards can
            be loaded in that time at no cost.

    """

    environ: Mapping[str, str]
    cwd: str
    cache: Cache
    reporter: Reporter = Reporter()
    plugins_fingerprint: str = ""
    timeouts: Timeouts = Timeouts()
    supervisor: Supervisor | None = None
    while_resolving: Callable[[], None] = _do_nothing

    @property
    def plugins(self) -> manager.Plugins:
        """The installed plugins."""
        return manager.installed_plugins(self.plugins_fingerprint, self.cache)

    @property
    def is_reproducible(self) -> bool:
        """Whether the same call writes the same, whenever and wherever it is made.

        https://reproducible-builds.org/specs/source-date-epoch/
        """
        return "SOURCE_DATE_EPOCH" in self.environ


def current_context(
    reporter: Reporter | None = None, *, environ: Mapping[str, str] | None = None, cwd: str | None = None
) -> Context:
    """Return the context of a call that this process makes.

    Args:
        reporter: Receives progress and notes; without it they are dropped.
        environ: The environment variables; those of this process if not given.
        cwd: The directory that relative paths start from; the current one if not given.

    Returns:
        A context with the cache of the user, or the one that ``THINVENV_CACHE_DIR`` names.

    Raises:
        UsageError: The current directory no longer exists.

    """
    variables = MappingProxyType(dict(os.environ)) if environ is None else environ
    return Context(
        environ=_with_user_cache(variables),
        cwd=_current_directory() if cwd is None else cwd,
        cache=default_cache(variables),
        reporter=reporter or Reporter(),
        plugins_fingerprint=manager.path_fingerprint(),
    )


def _with_user_cache(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return variables with which uv and pip use the cache of the user even if ``HOME`` is another folder.

    Test suites are often run with a ``HOME`` in the environment. A cache there would be lost with the
    environment, and its files could not be hard links.
    """
    names, own = ("HOME", "XDG_CACHE_HOME"), os.environ
    if "HOME" not in own or all(variables.get(name) == own.get(name) for name in names):
        return variables
    return {**variables, "XDG_CACHE_HOME": own.get("XDG_CACHE_HOME") or os.path.join(own["HOME"], ".cache")}


def _current_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageError("the current directory no longer exists", why=(str(error),), hint="cd ~") from error
