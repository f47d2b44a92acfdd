"""The installer: what tox asks for, given to the engine.

Only how an install is carried out is replaced. When tox installs, with which arguments, and
when it makes an environment anew because of them, is decided by its own installer for pip.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from tox.config.types import Command
from tox.tox_env.errors import Fail
from tox.tox_env.python.pip.pip_install import Pip

from thinvenv.tox import configuration
from thinvenv.tox.context import context_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tox.config.main import Config
    from tox.execute.request import ExecuteRequest

    from thinvenv.context.context import Context
    from thinvenv.context.processes import Processes
    from thinvenv.model import Plan, Request
    from thinvenv.tox.environments import ThinEnv
    from thinvenv.tox.execution import Work

LOGGER = logging.getLogger(__name__)

INSTALL = ("thinvenv", "install")
"""How a command line starts that the engine carries out."""
LIST = ("thinvenv", "list")
"""The command that stands for our own list of what an environment uses."""
SPELLED_OUT = (("python", "-I", "-m", "pip", "install"), ("python", "-m", "pip", "install"))
"""tox's own default, now and before, as many projects write it down."""
OURS = {"install_command": INSTALL, "list_dependencies_command": LIST}

RESOLUTION_VARIABLES = frozenset({
    "UV_CONSTRAINT", "UV_DEFAULT_INDEX", "UV_EXCLUDE_NEWER", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX",
    "UV_INDEX_STRATEGY", "UV_INDEX_URL", "UV_NO_INDEX", "UV_OFFLINE", "UV_OVERRIDE", "UV_PRERELEASE",
    "UV_REQUIRE_HASHES", "UV_RESOLUTION", "UV_TORCH_BACKEND",
})  # fmt: skip
"""The variables of uv that change what is chosen, as tox has them for pip."""


class ThinInstaller(Pip):
    """Installs the difference between a base and what tox asks for."""

    if TYPE_CHECKING:
        _env: ThinEnv

    def default_install_command(self, conf: Config, env_name: str | None) -> Command:
        """Return the command that the engine carries out."""
        if not self._env.is_thin:
            return super().default_install_command(conf, env_name)
        return Command([*INSTALL, "{opts}", "{packages}"])

    def post_process_install_command(self, cmd: Command) -> Command:
        """Return the command with pip's options in it; tox's own default is none of the project's."""
        words = tuple(word for word in cmd.args if word not in {"{opts}", "{packages}"})
        if self._env.is_thin and words in SPELLED_OUT:
            ours = self.default_install_command(self._env.core._conf, self._env.name)  # noqa: SLF001 - as tox calls it
            cmd = Command([*(("-",) if cmd.ignore_exit_code else ()), *ours.args])
        return super().post_process_install_command(cmd)

    def freeze_cmd(self) -> list[str]:
        """Return the command that stands for our own list."""
        return list(LIST) if self._env.is_thin else super().freeze_cmd()

    def is_ours(self, key: str) -> bool:
        """Tell whether a command of the configuration is one that the engine carries out.

        Raises:
            Fail: It cannot be read, which an older tox tells in these words too.

        """
        try:
            command: Command = self._env.conf[key]
        except ValueError as error:
            raise Fail(f"unable to determine pip {key.replace('_', ' ')}: {error}") from error
        return tuple(command.args[: len(OURS[key])]) == OURS[key]

    def work_for(self, asked: ExecuteRequest) -> Work | None:
        """Return what the engine does for a command, ``None`` where the command is to be run."""
        if asked.run_id.startswith("install_") and tuple(asked.cmd[: len(INSTALL)]) == INSTALL:
            return partial(self._install, asked.cmd[len(INSTALL) :])
        return self._list if asked.run_id == "freeze" and tuple(asked.cmd) == LIST else None

    def _install(self, words: Sequence[str], processes: Processes) -> Iterable[str]:
        """Install, and return the plan as lines."""
        from thinvenv import engine, report  # noqa: PLC0415 - heavy, and most starts of tox install nothing

        start = time.monotonic()
        context = self.context()._replace(processes=processes)
        made = engine.install(self.request(words, context), self._env.env_dir, context)
        size = self._size_of_new(made, context) if made.installed else 0
        told = report.summary(made, size) if made.steps else "nothing to do"
        LOGGER.warning("thin %s in %.2f s", told, time.monotonic() - start)
        lines = report.step_lines(made)
        for line in lines:
            LOGGER.info("  %s", line)
        for line in made.warnings:
            LOGGER.warning("%s", line)
        return lines

    def _list(self, _processes: Processes) -> Iterable[str]:
        """Return what the environment uses, one line for each distribution, a base's layer as a comment."""
        from thinvenv.environments.state import read_state  # noqa: PLC0415
        from thinvenv.report import freeze_lines  # noqa: PLC0415 - see above

        state = read_state(self._env.env_dir, self.context())
        return freeze_lines(state.inventory, state.receipt.reused)

    def request(self, words: Sequence[str], context: Context) -> Request:
        """Return what words of ``pip install`` ask of this environment.

        Raises:
            ThinvenvError: The words cannot be read.

        """
        from thinvenv.requirements.arguments import request_from  # noqa: PLC0415 - see above

        request = request_from(words, context.cwd, context.environ)
        # tox installs step by step, and an earlier step does not bind a later one.
        return configuration.settings_of(self._env).apply_to(request)._replace(keep=False)

    def context(self, show_note: Callable[[str], None] | None = None) -> Context:
        """Return the context of an install into this environment, see :func:`thinvenv.tox.context.context_of`."""
        return context_of(self._env, show_note)

    def _size_of_new(self, made: Plan, context: Context) -> int:
        from thinvenv.distributions.sizes import size_of  # noqa: PLC0415 - see above
        from thinvenv.environments.state import read_state  # noqa: PLC0415

        visible = read_state(self._env.env_dir, context).inventory.visible
        return sum(size_of(one) for step in made.installed if (one := visible.get(step.name)))

    def _execute_installer(self, deps: Sequence[Any], of_type: str) -> None:
        if self._env.is_thin and not self.is_ours("install_command"):
            LOGGER.warning("install_command is the project's own, so nothing of the base is reused by thinvenv")
        super()._execute_installer(deps, of_type)

    def _install_env_vars(self) -> dict[str, str]:
        """Return what tox's cache knows an install by, beside its arguments: the base is a part of it."""
        from thinvenv.distributions.direct_url import redacted  # noqa: PLC0415 - see above

        variables = self._env.environment_variables
        counting = super()._install_env_vars() | {one: variables[one] for one in RESOLUTION_VARIABLES & {*variables}}
        found = {name: redacted(value) for name, value in sorted(counting.items())}
        if configuration.settings_of(self._env).reuse == "off" or not self.is_ours("install_command"):
            return found
        from thinvenv.engine import base_fingerprint  # noqa: PLC0415 - see above
        from thinvenv.errors import ThinvenvError  # noqa: PLC0415

        try:
            return {**found, "thinvenv base": base_fingerprint(self._env.env_dir, self.context())}
        except ThinvenvError as error:
            raise Fail(str(error)) from error
