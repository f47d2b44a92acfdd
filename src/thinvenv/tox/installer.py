"""The installer: tox decides when and what to install, the engine installs it.

Only the installation itself is replaced. tox's own installer for pip still decides when to install,
with which arguments, and when these require to recreate the environment.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tox.config.types import Command
from tox.tox_env.errors import Fail
from tox.tox_env.python.pip.pip_install import Pip

from thinvenv.tox import configuration, locked_projects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tox.config.main import Config
    from tox.execute.request import ExecuteRequest

    from thinvenv.tox.environments import ThinEnv
    from thinvenv.tox.operations import Operation

LOGGER = logging.getLogger(__name__)

INSTALL = ("thinvenv", "install")
"""The start of an install command that the engine executes."""
LIST = ("thinvenv", "list")
"""The start of a command that lists what an environment uses."""
FREEZE = (*LIST, "--freeze")
"""The command that the engine executes wherever ``{list_dependencies_command}`` puts it."""
PIP_DEFAULTS = (("python", "-I", "-m", "pip", "install"), ("python", "-m", "pip", "install"))
"""tox's own default, now and earlier. Many projects write it into their configuration."""
ENGINE_COMMANDS = {"install_command": INSTALL, "list_dependencies_command": LIST}
"""The keys of commands, each with the value for which the engine executes it."""

RESOLUTION_VARIABLES = frozenset({
    "UV_BUILD_CONSTRAINT", "UV_CONFIG_FILE", "UV_CONSTRAINT", "UV_DEFAULT_INDEX", "UV_EXCLUDE", "UV_EXCLUDE_NEWER",
    "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX", "UV_INDEX_STRATEGY", "UV_INDEX_URL", "UV_NO_CONFIG",
    "UV_OFFLINE", "UV_OVERRIDE", "UV_PRERELEASE", "UV_REQUIRE_HASHES", "UV_RESOLUTION", "UV_TORCH_BACKEND",
})  # fmt: skip
"""The variables of uv that influence a resolution; tox has such a list for pip's."""


class ThinInstaller(Pip):
    """Installs the difference between a base and what tox asks for."""

    if TYPE_CHECKING:
        _env: ThinEnv

    def _register_config(self) -> None:
        self._env.conf.add_config(
            keys=["uv_resolution"], of_type=str, default="", desc="highest, lowest or lowest-direct, as with tox-uv"
        )
        super()._register_config()

    def default_install_command(self, conf: Config, env_name: str | None) -> Command:
        """Return the command that the engine executes."""
        if not self._env.is_thin:
            return super().default_install_command(conf, env_name)
        return Command([*INSTALL, "{opts}", "{packages}"])

    def post_process_install_command(self, cmd: Command) -> Command:
        """Return the command with pip's options in it; tox's default counts as not configured."""
        arguments = tuple(argument for argument in cmd.args if argument not in {"{opts}", "{packages}"})
        if self._env.is_thin and arguments in PIP_DEFAULTS:
            default = self.default_install_command(self._env.core._conf, self._env.name)  # noqa: SLF001 - as tox calls it
            cmd = Command([*(("-",) if cmd.ignore_exit_code else ()), *default.args])
        resolution = self._env.conf["uv_resolution"]
        if resolution and tuple(cmd.args[: len(INSTALL)]) == INSTALL:
            cmd.args[len(INSTALL) : len(INSTALL)] = ["--resolution", resolution]
        return super().post_process_install_command(cmd)

    def freeze_cmd(self) -> list[str]:
        """Return the command that stands for the engine's list."""
        return list(FREEZE) if self._env.is_thin else super().freeze_cmd()

    def is_engine_command(self, key: str) -> bool:
        """Return whether the engine executes a command of the configuration.

        Args:
            key: One of :data:`ENGINE_COMMANDS`.

        Raises:
            Fail: The value cannot be read; the message is that of older versions of tox.

        """
        try:
            command: Command = self._env.conf[key]
        except ValueError as error:
            raise Fail(f"unable to determine pip {key.replace('_', ' ')}: {error}") from error
        return tuple(command.args[: len(ENGINE_COMMANDS[key])]) == ENGINE_COMMANDS[key]

    def operation_for(self, request: ExecuteRequest) -> Operation | None:
        """Return the engine's operation for a request, or ``None`` if it is a command to run."""
        if request.run_id.startswith("install_") and tuple(request.cmd[: len(INSTALL)]) == INSTALL:
            return self._env.operations.installing(request.cmd[len(INSTALL) :])
        if request.run_id == locked_projects.RUN_ID:
            return self._env.operations.following_lock(request.cmd[len(locked_projects.SYNC) :])
        is_list = tuple(request.cmd) == FREEZE or (request.run_id == "freeze" and tuple(request.cmd) == LIST)
        return self._env.operations.listing() if is_list else None

    def _execute_installer(self, deps: Sequence[Any], of_type: str) -> None:
        if self._env.is_thin and not self.is_engine_command("install_command"):
            LOGGER.warning("this environment has an install_command of its own, so thinvenv reuses nothing of the base")
        super()._execute_installer(deps, of_type)

    def _install_env_vars(self) -> dict[str, str]:
        """Return what an install depends on besides its arguments: tox installs again when any of it changes."""
        from thinvenv.tox import context  # noqa: PLC0415 - it loads the engine, for environments with dependencies

        variables = self._env.environment_variables
        names = RESOLUTION_VARIABLES & {*variables}
        values = super()._install_env_vars() | {name: variables[name] for name in names}
        values = context.without_passwords(values)
        if not self.is_engine_command("install_command"):
            return values
        if resolution := self._env.conf["uv_resolution"]:
            values["uv_resolution"] = resolution
        if configured := context.configuration_fingerprint(self._env):
            values["thinvenv configuration"] = configured
        if configuration.settings_of(self._env).reuse != "off":
            values["thinvenv base"] = context.base_fingerprint(self._env)
        return values
