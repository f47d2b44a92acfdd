"""tox's virtualenv environments with another installer.

tox's own creator stays, so that an explicit ``base_python``, ``--discover`` and whatever else
decides which interpreter is taken mean what they mean without us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from tox.report import HandledError
from tox.tox_env.errors import Fail
from tox.tox_env.package import PackageToxEnv
from tox.tox_env.python.runner import PythonRun
from tox.tox_env.python.virtual_env.api import VirtualEnv
from tox.tox_env.python.virtual_env.package.cmd_builder import VirtualEnvCmdBuilder
from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvPackager
from tox.tox_env.python.virtual_env.pep723_runner import Pep723Runner
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner

from thinvenv.tox import configuration, pip_detection, tox_uv_compat
from thinvenv.tox.execution import ThinExecute
from thinvenv.tox.fast_describe import describe
from thinvenv.tox.installer import OURS, ThinInstaller

if TYPE_CHECKING:
    from tox.execute.api import Execute
    from tox.execute.request import ExecuteRequest
    from tox.tox_env.api import ToxEnvCreateArgs
    from tox.tox_env.python.virtual_env.subprocess_adapter import SubprocessCreator
    from tox.util.json_types import JsonValue
    from virtualenv.create.creator import Creator
    from virtualenv.create.describe import Describe

    from thinvenv.tox.execution import Work

RUNNER = "thinvenv"


class ThinEnv(VirtualEnv):
    """What our run and package environments have in common: who installs into them."""

    def __init__(self, create_args: ToxEnvCreateArgs) -> None:
        self._thin_installer: ThinInstaller | None = None
        self._thin_executor: ThinExecute | None = None
        self._described: Describe | Literal[False] | None = None
        self._seeds = False
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
            self._thin_executor = ThinExecute(self.options.is_colored, self._work_for)
        return self._thin_executor

    @property
    def is_thin(self) -> bool:
        """Whether the engine installs here: a package environment follows the default runner."""
        return not isinstance(self, PackageToxEnv) or self.options.default_runner == RUNNER

    @property
    def creator(self) -> Creator | SubprocessCreator:
        """What tells the interpreter and the directories: virtualenv's own, once it has to make the environment."""
        if self._virtualenv_session is None and self._described is None:
            self._described = describe(self) or False
        if self._virtualenv_session is None and self._described:
            return cast("Creator", self._described)
        return super().creator

    def register_config(self) -> None:
        """Add our keys to those of the environment."""
        super().register_config()
        configuration.add_keys(self, package=isinstance(self, PackageToxEnv), provision=self._is_provision())

    def python_cache(self) -> dict[str, JsonValue]:
        """Return what an environment is made anew for when it changes: the ways it reuses are part of it.

        What is off is left out, as tox leaves it out, so that tox names what a person has changed and nothing else.
        """
        ways: dict[str, JsonValue] = {"system_site_packages": self._shows_base(), "pip": self._has_pip()}
        if configuration.settings_of(self).reuse != "off":
            ways |= {key: self.conf[key] for key in configuration.WAYS}
        return {**super().python_cache(), **{key: value for key, value in ways.items() if value}}

    def create_python_env(self) -> None:
        """Make the environment, and let it see the bases that are not its interpreter's own."""
        if self._has_pip():
            self._seeds = True
            self._virtualenv_session = None  # the one that has found the interpreter seeds nothing
            self._make_session()
        super().create_python_env()
        settings = configuration.settings_of(self)
        if settings.reuse in {None, "off"}:
            return
        from thinvenv.creation.create import conform  # noqa: PLC0415 - not imported where no environment is made
        from thinvenv.errors import ThinvenvError  # noqa: PLC0415

        try:
            conform(self.env_dir, self.installer.context(), reuse=settings.reuse, bases=settings.bases or ())
        except ThinvenvError as error:
            raise Fail(configuration.with_place(error, self)) from error

    def _make_session(self) -> None:
        """Make the session that seeds.

        Raises:
            Fail: virtualenv has no pip for this Python: where one was to be seeded from the start, tox has it that
                there is no interpreter.

        """
        try:
            _ = self.session
        except HandledError:
            raise
        except RuntimeError as error:
            hint = "hint: set `virtualenv_spec` to a version of virtualenv that has"
            raise Fail(f"virtualenv has no pip for this environment\n  {error}\n{hint}") from error

    def virtualenv_env_vars(self) -> dict[str, str]:
        """Return the settings of virtualenv: no pip until one is asked for.

        tox looks for the interpreters of environments that it does not run, whose commands nobody is to read:
        they may not even be readable.
        """
        found = {**super().virtualenv_env_vars(), "VIRTUALENV_SYSTEM_SITE_PACKAGES": str(self._shows_base())}
        return found if self._seeds else {**found, "VIRTUALENV_NO_SEED": "True"}

    def _work_for(self, request: ExecuteRequest) -> Work | None:
        return self.installer.work_for(request)  # which comes after the executor

    def _is_provision(self) -> bool:
        return "provision_tox_env" in self.core and self.name == self.core["provision_tox_env"]

    def _shows_base(self) -> bool:
        reuse = configuration.settings_of(self).reuse
        return reuse == "inherit" or (reuse == "off" and bool(self.conf["system_site_packages"]))

    def _has_pip(self) -> bool:
        return not all(map(self.installer.is_ours, OURS)) or pip_detection.asks_for_pip(self)

    def _default_pass_env(self) -> list[str]:
        return [*super()._default_pass_env(), "UV_*", "THINVENV_*"]


class ThinRunner(ThinEnv, VirtualEnvRunner):
    """A run environment that reuses what its base provides."""

    @staticmethod
    def id() -> str:
        """Return what ``runner =`` and ``--runner`` call it."""
        return RUNNER

    @property
    def _package_tox_env_type(self) -> str:
        return tox_uv_compat.package_type(super()._package_tox_env_type, self)

    @property
    def _external_pkg_tox_env_type(self) -> str:
        return tox_uv_compat.package_type(super()._external_pkg_tox_env_type, self)

    def _install_deps(self) -> None:
        super()._install_deps()
        if self._is_provision():
            self._go_along()

    def _go_along(self) -> None:
        """Install ourselves beside the tox that is provisioned here."""
        from thinvenv.tox import provisioning  # noqa: PLC0415 - few projects have a tox of their own

        us = provisioning.missing(self.core["requires"])
        try:
            if us and not provisioning.is_too_old(self.env_site_package_dir()):
                self._install(us, PythonRun.__name__, "plugin")
        except SystemExit:
            provisioning.warn_of_absence()


class ThinScriptRunner(ThinEnv, Pep723Runner):
    """The environment of a script that names its own requirements (PEP 723), under tox's id."""


class ThinPackager(ThinEnv, Pep517VirtualEnvPackager):
    """The environment that builds packages, under tox's id: projects that mix runners share it."""


class ThinCmdBuilder(ThinEnv, VirtualEnvCmdBuilder):
    """The environment that builds packages by commands, under tox's id."""
