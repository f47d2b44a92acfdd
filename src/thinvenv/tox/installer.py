"""The installer: what tox asks for, given to the engine.

Only how an install is carried out is replaced. When tox installs, with which arguments, and
when it makes an environment anew because of them, is decided by its own installer for pip.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tox.config.types import Command
from tox.tox_env.python.pip.pip_install import Pip

from thinvenv.tox.execution import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tox.config.main import Config
    from tox.execute.request import ExecuteRequest

    from thinvenv.host import Host
    from thinvenv.model import Request

LOGGER = logging.getLogger(__name__)


class ThinInstaller(Pip):
    """Installs the difference between a base and what tox asks for."""

    def default_install_command(self, conf: Config, env_name: str | None) -> Command:  # noqa: ARG002 - tox passes them
        """Return the command that the engine carries out."""
        return Command([*COMMAND, "{opts}", "{packages}"])

    def installed(self) -> list[str]:
        """Return what the environment imports, one line for each distribution."""
        from thinvenv.survey import survey  # noqa: PLC0415 - heavy, and most starts of tox install nothing

        inventory = survey(self._env.env_dir, self._host()).inventory
        return [f"{one.name}=={one.version}" for one in sorted(inventory.visible.values(), key=lambda one: one.name)]

    def run_engine(self, request: ExecuteRequest) -> Iterable[str]:
        """Carry out one install, and return the plan as lines.

        Raises:
            ThinvenvError: See :func:`thinvenv.engine.install` for each kind.

        """
        from thinvenv import engine, report  # noqa: PLC0415 - see above

        start = time.monotonic()
        host = self._host()
        made = engine.install(self._request(request.cmd[len(COMMAND) :], host), self._env.env_dir, host)
        LOGGER.warning("thin %s in %.2f s", report.summary(made), time.monotonic() - start)
        return report.step_lines(made)

    def _request(self, words: list[str], host: Host) -> Request:
        from thinvenv.requirements.arguments import request_from  # noqa: PLC0415 - see above

        reuse = bool(self._env.conf["system_site_packages"])
        # tox installs step by step, and an earlier step does not bind a later one.
        return replace(request_from(words, host.cwd, host.environ), keep=False, never_reuse=() if reuse else ("*",))

    def _host(self) -> Host:
        from thinvenv.cache import default_cache  # noqa: PLC0415 - see above
        from thinvenv.host import Host  # noqa: PLC0415

        return Host(
            environ=self._env.environment_variables,
            cwd=str(self._env.core.get("tox_root", Path)),
            cache=default_cache(os.environ),
            stream=sys.stderr.isatty() and not self._env._has_display_suspended,  # noqa: SLF001 - `tox -p` captures
            progress=LOGGER.info,
            note=LOGGER.warning,
        )
