"""The engine's operations on environments of tox, and all that they import.

Most starts of tox install nothing, so :class:`thinvenv.tox.environments.ThinEnv` imports this module
when it needs the first operation. What an install with nothing to do does without is imported by its name.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from tox.report import HandledError
from tox.tox_env.errors import Fail, Skip

from thinvenv import engine
from thinvenv.config.spelling import in_words_of
from thinvenv.context.context import Timeouts
from thinvenv.context.processes import Supervisor
from thinvenv.errors import ThinvenvError, printable
from thinvenv.requirements.arguments import request_from
from thinvenv.tox import configuration
from thinvenv.tox.context import context_of
from thinvenv.tox.locked_projects import BUILT_BY_TOX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tox.execute.api import ExecuteOptions

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Plan, Request
    from thinvenv.tox.environments import ThinEnv

LOGGER = logging.getLogger(__name__)


class Operation:
    """One operation that stands for a command of tox, and that another thread may interrupt.

    Args:
        function: Does the work and returns the lines that a command would print. Its argument runs
            the processes.

    """

    def __init__(self, function: Callable[[Supervisor], Iterable[str]]) -> None:
        self._function = function
        self._supervisor = Supervisor()

    def run(self) -> Iterable[str]:
        """Do the work and return the lines that a command would print."""
        return self._function(self._supervisor)

    def interrupt(self, options: ExecuteOptions) -> None:
        """End the running process, with the timeouts that tox has for its own commands."""
        timeouts = Timeouts(options.suicide_timeout, options.interrupt_timeout, options.terminate_timeout)
        self._supervisor.stop(timeouts)


class Operations:
    """The operations on one environment.

    Args:
        env: The environment.

    """

    def __init__(self, env: ThinEnv) -> None:
        self._env = env

    def installing(self, arguments: Sequence[str]) -> Operation:
        """Return the operation that installs, and prints the steps of its plan.

        Args:
            arguments: The arguments of ``pip install``.

        """
        return Operation(partial(self._install, partial(self.request, arguments)))

    def following_lock(self, words: Sequence[str]) -> Operation:
        """Return the operation that installs exactly what the lock of the project selects.

        Args:
            words: The options, as for ``uv sync``.

        """
        return Operation(partial(self._install, partial(self.locked_request, words)))

    def listing(self) -> Operation:
        """Return the operation that lists what the environment uses, with the layer of each base distribution."""
        return Operation(self._list)

    def find_uv(self) -> str | None:
        """Return the path of the uv that the engine uses; ``None`` if there is none."""
        from thinvenv.backends.uv_program import find_uv  # noqa: PLC0415 - most environments never ask

        return find_uv(self._env.environment_variables)

    def request(self, arguments: Sequence[str], context: Context) -> Request:
        """Return the request that the arguments of ``pip install`` mean for this environment.

        Raises:
            ThinvenvError: The arguments cannot be read.

        """
        request = request_from(arguments, context.cwd, context.environ, str(self._env.env_dir))
        # tox installs in several steps, and an earlier step does not constrain a later one. It installs the package
        # in every run, since it cannot tell whether it has changed.
        return configuration.settings_of(self._env).apply_to(request)._replace(keep=False, skip_unchanged=True)

    def locked_request(self, words: Sequence[str], context: Context, prefix: Path | None = None) -> Request:
        """Return the request that the lock of the project makes.

        Args:
            words: The options, as for ``uv sync``.
            context: The context of the install.
            prefix: The environment; that of tox by default.

        Raises:
            ThinvenvError: The lock cannot be used, see :func:`thinvenv.installation.locked_project.locked_request`.

        """
        from thinvenv.installation.locked_project import locked_request  # noqa: PLC0415 - most environments follow no lock
        from thinvenv.requirements.projects import project_name  # noqa: PLC0415 - see above

        folder = self._env.lock_folder
        request = locked_request(words, prefix or self._env.env_dir, context._replace(cwd=str(folder)))
        # tox has installed its own build of the project, and builds it again
        names = [project_name(str(folder))] if BUILT_BY_TOX in words else []
        return configuration.settings_of(self._env).apply_to(request)._replace(kept_names=tuple(names))

    def sync_config(self) -> None:
        """Let the environment see the base, and further bases, as its settings require.

        Raises:
            Fail: A base does not exist, or was made for another interpreter.

        """
        settings = configuration.settings_of(self._env)
        if settings.reuse in {None, "off"}:
            return
        from thinvenv.creation.pyvenv_cfg import sync_config  # noqa: PLC0415 - most environments have no such settings

        try:
            context, bases = context_of(self._env), settings.bases or ()
            sync_config(self._env.env_dir, context, reuse=settings.reuse, bases=bases)
        except ThinvenvError as error:
            raise Fail(configuration.with_source(error, self._env)) from error
        if root := configuration.skipped_environment(self._env.conf["base_python"], bases):
            text = "nothing of %s is reused, since tox uses the installation below: `thin_base = %s` makes it a base"
            LOGGER.warning(text, root, root)

    def state(self) -> EnvironmentState | None:
        """Return the environment's state; ``None`` if it cannot be read, or nothing was installed by thinvenv."""
        try:
            state = _read_state(self._env, context_of(self._env, _ignore))
        except (ThinvenvError, Skip, Fail, HandledError):
            return None  # it was never made, or its own commands broke it: tox has reported that
        return state if state.receipt.environment else None

    def _install(self, request_in: Callable[[Context], Request], supervisor: Supervisor) -> Iterable[str]:
        start = time.monotonic()
        context = context_of(self._env)._replace(supervisor=supervisor)
        plan = engine.install(request_in(context), self._env.env_dir, context)
        summary, lines = _texts_about(plan)
        LOGGER.warning("thin %s in %.2f s", summary, time.monotonic() - start)
        for line in lines:
            LOGGER.info("  %s", printable(line))
        for warning in plan.warnings:
            LOGGER.warning("%s", printable(in_words_of("tox", warning)))
        return lines

    def _list(self, _supervisor: Supervisor) -> Iterable[str]:
        from thinvenv.installation.inspection import freeze_lines  # noqa: PLC0415 - only `pip freeze` needs it

        state = _read_state(self._env, context_of(self._env))
        return freeze_lines(state.inventory, state.receipt.reused)


def _texts_about(plan: Plan) -> tuple[str, list[str]]:
    """Return the summary of a plan and a line for each of its steps."""
    if not plan.steps:
        return "nothing to do", []
    from thinvenv.report import installed_size, step_lines, summary  # noqa: PLC0415 - a run with nothing to do does without

    return summary(plan, installed_size(plan)), step_lines(plan)


def _read_state(env: ThinEnv, context: Context) -> EnvironmentState:
    from thinvenv.environments.state import read_state  # noqa: PLC0415 - an install reads it in its own way

    return read_state(env.env_dir, context)


def _ignore(_note: str) -> None:
    """Drop a note: the install that led to this state has shown it."""
