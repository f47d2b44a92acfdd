"""The runners of tox-uv: thinvenv in their place if a person chooses it, and a hint if tox-uv is not installed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tox.report import HandledError
from tox.tox_env.errors import RunnerUnavailable
from tox.tox_env.register import REGISTER
from tox.tox_env.runner import RunToxEnv

from thinvenv.tox import locked_projects
from thinvenv.tox.environments import RUNNER, ThinRunner, ThinScriptRunner

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from tox.session.state import State
    from tox.tox_env.api import ToxEnvCreateArgs
    from tox.tox_env.register import ToxEnvRegister

LOGGER = logging.getLogger(__name__)


class DefaultRunner(str):
    """The name of the runner that is the default. A name that a person has chosen is a plain string."""

    __slots__ = ()


class _ThinUvRunner(ThinRunner):
    """A thin environment whose configuration is that of tox-uv's runner."""

    @staticmethod
    def id() -> str:
        return "uv-venv-runner"

    @property
    def default_pkg_type(self) -> str:
        """The package type if none is configured: none without a project, as in tox-uv."""
        root: Path = self.core["tox_root"]
        has_project = any((root / name).exists() for name in ("pyproject.toml", "setup.py", "setup.cfg"))
        return super().default_pkg_type if has_project else "skip"


class ThinLockRunner(ThinRunner):
    """An environment that follows ``uv.lock``, with the configuration of tox-uv's runner for it.

    The lock says how the project itself is installed, so tox builds no package, unless ``--installpkg`` names one.
    """

    @staticmethod
    def id() -> str:
        """Return the name of tox-uv's runner."""
        return "uv-venv-lock-runner"

    @property
    def pkg_type(self) -> str:
        """The type of the package that tox installs: the lock has all but an external one."""
        return "external" if self._is_external else "skip"

    @property
    def _is_external(self) -> bool:
        return getattr(self.options, "install_pkg", None) is not None

    def _register_package_conf(self) -> bool:
        if self._is_external:
            return super()._register_package_conf()
        text = f"how the project is installed - {' | '.join(locked_projects.PACKAGES)}"
        self.conf.add_config(keys="skip_install", of_type=bool, default=False, desc="leave out the project itself")
        self.conf.add_config(keys="package", of_type=str, default="editable", desc=text)
        return False

    def _add_lock_keys(self) -> None:
        locked_projects.add_keys_of_tox_uv(self.conf, locked_projects.package_root(self.core))


class _ThinUvScriptRunner(ThinScriptRunner):
    @staticmethod
    def id() -> str:
        return "uv-venv-pep-723"


_REPLACEMENTS: tuple[type[RunToxEnv], ...] = (_ThinUvRunner, ThinLockRunner, _ThinUvScriptRunner)


def register_default(register: ToxEnvRegister) -> None:
    """Make thinvenv the default runner, and forget what an earlier run of this process has registered."""
    runners = register._run_envs  # noqa: SLF001 - nothing public removes a runner
    for name in [name for name, runner in runners.items() if runner.__module__ == __name__]:
        del runners[name]
    register.default_env_runner = DefaultRunner(RUNNER)


def adapt(state: State) -> None:
    """Register the runners of tox-uv that this run needs.

    If a person has chosen thinvenv (``--runner thinvenv``), it takes their place. If tox-uv is not installed, thinvenv
    runs the environments that follow ``uv.lock``, and others that require tox-uv say what to do.
    """
    chosen = state.conf.options.default_runner
    is_chosen = chosen == RUNNER and not isinstance(chosen, DefaultRunner)
    shown: set[str] = set()
    for runner in _REPLACEMENTS:
        if is_chosen:
            REGISTER.add_run_env(runner)
        elif runner.id() not in REGISTER.env_runners:
            REGISTER.add_run_env(runner if runner is ThinLockRunner else _missing(runner.id(), shown))


def _missing(name: str, shown: set[str]) -> type[RunToxEnv]:
    """Return a class in the place of a runner of tox-uv, whose environments cannot be made.

    Args:
        name: The name of the runner.
        shown: The hints that this run has shown.

    """

    class Missing(RunToxEnv):
        def __new__(cls, create_args: ToxEnvCreateArgs) -> Self:
            raise _unavailable(name, create_args, shown)

        @staticmethod
        def id() -> str:
            return name

    return Missing


def _unavailable(name: str, create_args: ToxEnvCreateArgs, shown: set[str]) -> Exception:
    """Return the error for one environment: it ends tox if a person has named the environment, as in tox."""
    hint = (
        f"`runner = {name}` needs tox-uv, which is not installed: install it beside tox, add it to `requires`, "
        "or run tox with `--runner thinvenv`"
    )
    name_of_env, requested = create_args.conf.name, getattr(create_args.options, "env", None)
    if requested is None or requested.is_default_list or requested.is_all:
        if hint not in shown:
            LOGGER.warning(hint)
        shown.add(hint)
    elif name_of_env in requested:
        return HandledError(f"{name_of_env}: {hint}")
    return RunnerUnavailable(name)
