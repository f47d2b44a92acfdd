"""A plugin for Dask: installs into the environments of running workers."""

from __future__ import annotations

import logging
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, Unpack

from thinvenv import engine
from thinvenv._api.arguments import prefix_of, request_of
from thinvenv.context.context import current_context
from thinvenv.context.reporter import Reporter
from thinvenv.errors import NotAnEnvironmentError, UsageError

try:
    from distributed.diagnostics.plugin import InstallPlugin
except ImportError as import_error:
    raise ImportError(
        f"thinvenv.dask needs Dask's distributed ({import_error}); run: pip install 'thinvenv[dask]'"
    ) from import_error

if TYPE_CHECKING:
    from thinvenv._api import Options

_LOGGER = logging.getLogger(__name__)


class ThinInstall(InstallPlugin):  # type: ignore[misc,unused-ignore]  # distributed may not be installed
    """Installs requirements into the virtual environments in which scheduler and workers run, as far as they lack them.

    >>> from thinvenv.dask import ThinInstall
    >>> client.register_plugin(ThinInstall("numpy>=2", never_reuse="scipy"))  # doctest: +SKIP

    Running workers can import at once what was installed, and those that join later install it before they work. Of
    workers that share an environment, the first installs and the others find nothing to do. A worker that does not run
    in a virtual environment refuses, and ``register_plugin`` raises its error.

    Args:
        requirements: Specifiers (PEP 508), URLs, or paths on the workers.
        restart_workers: Whether workers are restarted after the install. That is needed only where they have imported
            another version of what is installed, which they log. It needs workers with a nanny.
        options: Further keyword arguments, see :func:`thinvenv.install`.

    Raises:
        UsageError: There is nothing to install.

    """

    def __init__(self, *requirements: str, restart_workers: bool = False, **options: Unpack[Options]) -> None:
        if not requirements and options.keys().isdisjoint({"requirement_files", "editables", "groups"}):
            raise UsageError("there is nothing to install", hint='ThinInstall("numpy>=2")')
        super().__init__(_Installer(requirements, dict(options)), restart_workers=restart_workers)


class _LogReporter(Reporter):
    """Writes notes to the log of the process."""

    def note(self, text: str) -> None:
        """Log a line."""
        _LOGGER.warning("%s", text)


class _Installer:
    """Installs into the environment of the process that calls it. Dask sends it to scheduler and workers."""

    def __init__(self, requirements: tuple[str, ...], options: dict[str, Any]) -> None:
        self._requirements = requirements
        self._options = options

    def __call__(self) -> None:
        """Install what is missing, and log what has to wait for a restart.

        Raises:
            NotAnEnvironmentError: The process does not run in a virtual environment.
            ThinvenvError: See :func:`thinvenv.install` for what else may fail.

        """
        _check_environment(sys.prefix, sys.base_prefix)
        context, prefix = current_context(_LogReporter()), prefix_of(None)
        plan = engine.install(request_of(self._requirements, self._options, prefix, context), prefix, context)
        for warning in plan.warnings:
            _LOGGER.warning("%s", warning)


def _check_environment(prefix: str, base_prefix: str) -> None:
    if prefix == base_prefix:
        raise NotAnEnvironmentError(
            f"process {os.getpid()} on {socket.gethostname()} runs in {prefix}, which is no virtual environment",
            why=("thinvenv installs into environments only, and never into a base",),
            hint="start scheduler and workers in an environment, such as one of `thinvenv create`",
        )
