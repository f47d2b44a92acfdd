"""tox's virtualenv environments, with the engine as their installer.

tox still creates the environments itself. ``base_python``, ``--discover`` and whatever else chooses
the interpreter therefore work as they do without the plugin.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Literal, cast

from tox.report import HandledError
from tox.tox_env.errors import Fail
from tox.tox_env.package import PackageToxEnv
from tox.tox_env.python.api import Python
from tox.tox_env.python.runner import PythonRun
from tox.tox_env.python.virtual_env.api import VirtualEnv
from tox.tox_env.python.virtual_env.package.cmd_builder import VirtualEnvCmdBuilder
from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvPackager
from tox.tox_env.python.virtual_env.pep723_runner import Pep723Runner
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner

from thinvenv.context.programs import has_pip_for
from thinvenv.tox import configuration, locked_projects, own_programs, passed_variables, pip_detection, tox_uv_compat
from thinvenv.tox.execution import ThinExecute
from thinvenv.tox.fast_describe import describe
from thinvenv.tox.fast_session import make_session
from thinvenv.tox.installer import ENGINE_COMMANDS, ThinInstaller
from thinvenv.tox.own_programs import OTHER_PYTHON

if TYPE_CHECKING:
    from pathlib import Path

    from tox.execute.api import Execute
    from tox.execute.request import ExecuteRequest
    from tox.tox_env.api import ToxEnvCreateArgs
    from tox.tox_env.python.virtual_env.subprocess_adapter import SubprocessCreator
    from tox.util.json_types import JsonValue
    from virtualenv.create.creator import Creator
    from virtualenv.create.describe import Describe
    from virtualenv.run.session import Session

    from thinvenv.tox.operations import Operation, Operations

LOGGER = logging.getLogger(__name__)
RUNNER = "thinvenv"


class ThinEnv(VirtualEnv):
    """The common part of run and package environments: the engine installs into them."""

    def __init__(self, create_args: ToxEnvCreateArgs) -> None:
        self._thin_installer: ThinInstaller | None = None
        self._thin_executor: ThinExecute | None = None
        self._operations: Operations | None = None
        self._description: Describe | Literal[False] | None = None
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
        """The executor of commands and installs, made on first use."""
        if self._thin_executor is None:
            self._thin_executor = ThinExecute(self.options.is_colored, self._operation_for)
        return self._thin_executor

    @property
    def operations(self) -> Operations:
        """The engine's operations on this environment. The first use in a run loads the engine."""
        if self._operations is None:
            from thinvenv.tox.operations import Operations  # noqa: PLC0415 - most starts of tox install nothing

            self._operations = Operations(self)
        return self._operations

    @property
    def is_thin(self) -> bool:
        """Whether the engine installs here: a package environment follows the default runner."""
        return not isinstance(self, PackageToxEnv) or self.options.default_runner == RUNNER

    @property
    def creator(self) -> Creator | SubprocessCreator:
        """The interpreter and the directories: described by virtualenv's session if it creates the environment."""
        if self._virtualenv_session is None and self._description is None:
            self._description = describe(self) or False
        if self._virtualenv_session is None and self._description:
            return cast("Creator", self._description)
        return super().creator

    @property
    def lock_folder(self) -> Path:
        """The folder of the project whose lock an environment may follow."""
        return locked_projects.root_of(self)

    def register_config(self) -> None:
        """Add the plugin's keys to those of the environment."""
        super().register_config()
        configuration.add_keys(self, package=isinstance(self, PackageToxEnv), provision=self._is_provision())

    def python_cache(self) -> dict[str, JsonValue]:
        """Return the values for which tox recreates the environment when one of them changes.

        Empty values are left out, as tox itself leaves them out: tox shows the difference to the person.
        """
        values: dict[str, JsonValue] = {"system_site_packages": self._shows_base(), "pip": self._has_pip()}
        if configuration.settings_of(self).reuse != "off":
            values |= {key: self.conf[key] for key in configuration.RECREATE_KEYS}
        return {**super().python_cache(), **{key: value for key, value in values.items() if value}}

    def create_python_env(self) -> None:
        """Create the environment, and let it see the bases besides its interpreter's own."""
        if self._has_pip():
            self._seeds = True
            self._virtualenv_session = None  # the session that has found the interpreter installs no pip
            self._make_session()
        super().create_python_env()
        if configuration.settings_of(self).reuse not in {None, "off"}:
            self.operations.sync_config()

    def _create_imported_session(self, env: dict[str, str]) -> Session:
        return make_session(self, env) or super()._create_imported_session(env)

    def _make_session(self) -> None:
        """Make the session of virtualenv that installs pip.

        Raises:
            Fail: virtualenv has no pip for this Python. Without this check tox would report a missing interpreter.

        """
        try:
            _ = self.session
        except HandledError:
            raise
        except RuntimeError as error:
            hint = "hint: set `virtualenv_spec` to a version of virtualenv that has one"
            raise Fail(f"virtualenv has no pip for this environment\n  {error}\n{hint}") from error

    def virtualenv_env_vars(self) -> dict[str, str]:
        """Return virtualenv's settings: no pip, until :meth:`create_python_env` finds that the environment needs it.

        tox also looks for the interpreters of environments that it does not run. Their commands, which decide
        whether pip is needed, must not be read: they may contain errors.
        """
        variables = {**super().virtualenv_env_vars(), "VIRTUALENV_SYSTEM_SITE_PACKAGES": str(self._shows_base())}
        return variables if self._seeds else {**variables, "VIRTUALENV_NO_SEED": "True"}

    def _done_with_setup(self) -> None:
        """List what is installed if a person or the journal of tox asks for it: one line for each distribution."""
        super(Python, self)._done_with_setup()
        if self.journal or self.options.list_dependencies:
            lines = self.installer.installed()
            if self.journal:
                self.journal["installed_packages"] = lines
            for line in lines if self.options.list_dependencies else ():
                LOGGER.warning("%s", line)

    def _operation_for(self, request: ExecuteRequest) -> Operation | None:
        operation = self.installer.operation_for(request)  # tox makes the executor before the installer
        if operation is None:
            own_programs.provide(request, self)
        return operation

    def _is_provision(self) -> bool:
        return "provision_tox_env" in self.core and self.name == self.core["provision_tox_env"]

    def _shows_base(self) -> bool:
        reuse = configuration.settings_of(self).reuse
        return reuse == "inherit" or (reuse == "off" and bool(self.conf["system_site_packages"]))

    def _has_pip(self) -> bool:
        if not all(map(self.installer.is_engine_command, ENGINE_COMMANDS)) or pip_detection.needs_pip(self):
            return True
        return self.conf["thin_backend"] == "pip" and not has_pip_for(self.base_python.version_dot)

    @staticmethod
    def _load_pass_env(pass_env: list[str]) -> dict[str, str]:
        """Return the variables that are passed; those that name another Python for uv only if they are listed."""
        variables = passed_variables.matching(pass_env, os.environ)
        if variables is None:
            variables = VirtualEnv._load_pass_env(pass_env)  # noqa: SLF001 - tox's own
        return {name: value for name, value in variables.items() if name in pass_env or name not in OTHER_PYTHON}

    def _default_pass_env(self) -> list[str]:
        return [*super()._default_pass_env(), "UV_*", "THINVENV_*"]


class ThinRunner(ThinEnv, VirtualEnvRunner):
    """A run environment that reuses what its base provides."""

    @staticmethod
    def id() -> str:
        """Return its name for ``runner =`` and ``--runner``."""
        return RUNNER

    @property
    def pkg_type(self) -> str:
        """The type of the package; see :func:`thinvenv.tox.tox_uv_compat.replace_package_key`."""
        tox_uv_compat.replace_package_key(self)
        return super().pkg_type

    @property
    def _package_tox_env_type(self) -> str:
        return tox_uv_compat.package_type(super()._package_tox_env_type, self)

    @property
    def _external_pkg_tox_env_type(self) -> str:
        return tox_uv_compat.package_type(super()._external_pkg_tox_env_type, self)

    def register_config(self) -> None:
        """Add the keys of the environment, those for following a lock included."""
        super().register_config()
        self._add_lock_keys()

    def _add_lock_keys(self) -> None:
        locked_projects.add_keys(self.conf)

    def _install_pylock(self) -> None:
        if self.conf["thin_locked"]:
            raise Fail("cannot use both `pylock` and `thin_locked`")
        super()._install_pylock()

    def _install_dependency_groups(self) -> None:
        if not self.conf["thin_locked"]:
            super()._install_dependency_groups()

    def _install_deps(self) -> None:
        if self.conf["thin_locked"] and not self._is_provision():
            locked_projects.sync(self)
            return
        super()._install_deps()
        if self._is_provision():
            self._install_self_when_provisioned()

    def _install_self_when_provisioned(self) -> None:
        """Install thinvenv beside the tox that is provisioned here."""
        from thinvenv.tox import provisioning  # noqa: PLC0415 - few projects provision a tox

        requirements = provisioning.own_requirement(self.core["requires"])
        try:
            if requirements and not provisioning.is_too_old(self.env_site_package_dir()):
                self._install(requirements, PythonRun.__name__, "plugin")
        except SystemExit:
            provisioning.warn_of_absence()


class ThinScriptRunner(ThinEnv, Pep723Runner):
    """The environment of a script that names its own requirements (PEP 723), under tox's id."""


class ThinPackager(ThinEnv, Pep517VirtualEnvPackager):
    """The environment that builds packages, under tox's id, so that environments of other runners can share it."""


class ThinCmdBuilder(ThinEnv, VirtualEnvCmdBuilder):
    """The environment that builds packages by commands, under tox's id."""
