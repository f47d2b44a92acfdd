"""tox's virtualenv environments with another installer.

tox's own creator stays, so that an explicit ``base_python``, ``--discover`` and whatever else
decides which interpreter is taken mean what they mean without us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tox.tox_env.python.virtual_env.api import VirtualEnv
from tox.tox_env.python.virtual_env.package.cmd_builder import VirtualEnvCmdBuilder
from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvPackager
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner

from thinvenv.tox.execution import ThinExecute
from thinvenv.tox.installer import ThinInstaller

if TYPE_CHECKING:
    from tox.execute.api import Execute
    from tox.tox_env.api import ToxEnvCreateArgs

RUNNER = "thinvenv"


class ThinEnv(VirtualEnv):
    """What our run and package environments have in common: who installs into them."""

    def __init__(self, create_args: ToxEnvCreateArgs) -> None:
        self._thin_installer: ThinInstaller | None = None
        self._thin_executor: ThinExecute | None = None
        super().__init__(create_args)

    @property
    def installer(self) -> ThinInstaller:
        """The installer, made on first use."""
        if self._thin_installer is None:
            self._thin_installer = ThinInstaller(self)
        return self._thin_installer

    @property
    def executor(self) -> Execute:
        """Whatever runs commands, installs among them."""
        if self._thin_executor is None:
            self._thin_executor = ThinExecute(self.options.is_colored, lambda: self.installer)
        return self._thin_executor

    def virtualenv_env_vars(self) -> dict[str, str]:
        """Return the settings of virtualenv: no pip where none is asked for."""
        return {**super().virtualenv_env_vars(), "VIRTUALENV_NO_SEED": "True"}

    def _default_pass_env(self) -> list[str]:
        return [*super()._default_pass_env(), "UV_*", "THINVENV_*"]


class ThinRunner(ThinEnv, VirtualEnvRunner):
    """A run environment that reuses what its base provides."""

    @staticmethod
    def id() -> str:
        """Return what ``runner =`` and ``--runner`` call it."""
        return RUNNER


class ThinPackager(ThinEnv, Pep517VirtualEnvPackager):
    """The environment that builds packages, under tox's id: projects that mix runners share it."""


class ThinCmdBuilder(ThinEnv, VirtualEnvCmdBuilder):
    """The environment that builds packages by commands, under tox's id."""
