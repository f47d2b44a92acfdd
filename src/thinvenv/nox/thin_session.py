"""The session object of session functions: a ``nox.Session`` that installs through the engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nox
from nox.virtualenv import PassthroughEnv, VirtualEnv

from thinvenv.context.programs import needs_pip
from thinvenv.nox.backend import SeedlessEnv, ThinEnv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO, TypedDict, Unpack

    from nox.command import ExternalType
    from nox.sessions import SessionRunner

    from thinvenv.nox.defaults import StrPath
    from thinvenv.nox.session_install import SessionInstaller

    # For type checkers only: creating such a class takes longer than all else in a run that installs nothing.
    class InstallOptions(TypedDict, total=False):
        """The keywords of ``Session.install``, as nox defines them.

        Attributes:
            env: Further variables; ``None`` removes one.
            include_outer_env: Whether the variables that nox was started with are included.
            silent: Whether to write nothing on success; by default yes, except with ``--verbose``.
            success_codes: The exit statuses that are no failure; by default only 0.
            log: Whether to log what is installed.
            external: Has no effect, since no external program is started.
            stdout: Where the steps of the plan are written.
            stderr: Has no effect, since errors are logged.
            interrupt_timeout: The seconds that an interrupted installer has to end by itself.
            terminate_timeout: The seconds that it then has to end, after it was terminated, before it is killed.

        """

        env: Mapping[str, str | None] | None
        include_outer_env: bool
        silent: bool | None
        success_codes: Iterable[int] | None
        log: bool
        external: ExternalType | None
        stdout: int | IO[str] | None
        stderr: int | IO[str] | None
        interrupt_timeout: float | None
        terminate_timeout: float | None


OLDEST_PYTHON = (3, 8)
"""The oldest version of Python that the engine installs for."""
_LABELS = {"install": "thinvenv install", "install_here": "thinvenv install (here)", "install_locked": "thinvenv sync"}
"""The commands as which the methods that install are logged."""


class Session(nox.Session):
    """A nox session whose installs reuse what the base of its environment provides.

    It behaves as nox's own session if it has a conda environment, an environment of a Python that is too
    old, or none.
    """

    __slots__ = ()

    def __init__(self, runner: SessionRunner) -> None:
        super().__init__(runner)
        venv = self._thin_environment()
        if venv is None or self._is_left_alone(venv):
            return
        installer = self._installer()
        if _version_of(venv) >= OLDEST_PYTHON:
            installer.sync_config(Path(venv.location), self._environ({}))
        elif installer.settings.reuse not in {None, "off"}:
            self.warn("this Python is older than 3.8, so nox itself installs and nothing is reused")

    def install(self, *args: StrPath, **options: Unpack[InstallOptions]) -> None:
        """Install what the environment and its base do not provide yet.

        Args:
            args: The arguments of ``pip install``.
            options: See :class:`InstallOptions`.

        Raises:
            ValueError: There is nothing to install.
            CommandFailed: The install failed, or there is no environment; nox ends the session.

        """
        venv = self._thin_environment()
        if self._has_no_environment and not self._runner.global_config.no_install:
            self._installer().refuse(self.name)
        if venv is None or not args or _version_of(venv) < OLDEST_PYTHON:
            super().install(*_strings(args), **options)
        elif not self._is_left_alone(venv):
            self._install("install", args, Path(venv.location), options)

    def install_locked(
        self,
        *args: StrPath,
        groups: Iterable[str] | None = None,
        extras: Iterable[str] | None = (),
        **options: Unpack[InstallOptions],
    ) -> None:
        """Install exactly what the ``uv.lock`` of the project in the working directory selects.

        Args:
            args: Further options of ``uv sync``, such as ``--no-install-project`` or ``--no-editable``.
            groups: The dependency groups; the default groups of the project if ``None``.
            extras: The extras; all if ``None``.
            options: See :class:`InstallOptions`.

        Raises:
            CommandFailed: The lock is out of date or lacks a group or an extra, the install failed, or there is no
                environment that thinvenv installs into; nox ends the session.

        """
        venv = self._thin_environment()
        if venv is None or _version_of(venv) < OLDEST_PYTHON:
            self._installer().refuse(self.name, follows_lock=True)
        if not self._is_left_alone(venv):
            words = self._installer().lock_words(args, groups, extras)
            self._install("install_locked", words, Path(venv.location), options)

    def install_here(self, *args: StrPath, **options: Unpack[InstallOptions]) -> None:
        """Install into the environment that nox itself runs in, to import it in the noxfile.

        Args:
            args: The arguments of ``pip install``.
            options: See :class:`InstallOptions`.

        Raises:
            ValueError: There is nothing to install.
            CommandFailed: The install failed, or nox runs in no virtual environment.

        """
        if not args:
            raise ValueError("At least one argument required to install_here().")
        if not self._runner.global_config.no_install:
            self._install("install_here", args, Path(sys.prefix), options)

    def _run(self, *args: Any, **options: Any) -> str | bool:
        """Run a command, after installing the pip that it may need. Every command of a session passes here."""
        venv = self._runner.venv
        if isinstance(venv, SeedlessEnv) and needs_pip(
            _strings(arg for arg in args if isinstance(arg, (str, os.PathLike)))
        ):
            venv.ensure_pip()
        return super()._run(*args, **options)

    def _install(self, method: str, args: tuple[StrPath, ...], prefix: Path, options: InstallOptions) -> None:
        unknown = options.keys() - (nox.Session.install.__kwdefaults__ or options).keys()
        if unknown:
            raise TypeError(f"Session.{method}() got an unexpected keyword argument {min(unknown)!r}")
        venv, installer = self._runner.venv, self._installer()
        if isinstance(venv, SeedlessEnv) and prefix == Path(venv.location):
            version = ".".join(map(str, _version_of(venv)))
            if installer.needs_pip_in_environment(version):
                venv.ensure_pip()
        installer.install(
            _strings(args),
            prefix,
            self._environ(options.get("env") or {}, outer=options.get("include_outer_env", True)),
            options,
            label=_LABELS[method],
            is_new=isinstance(venv, VirtualEnv) and not venv._reused,  # noqa: SLF001 - nox has no other name for it
            verbose=self._runner.global_config.verbose,
        )

    def _installer(self) -> SessionInstaller:
        """Return the installer of this session. The first use in a run loads the engine."""
        from thinvenv.nox.session_install import SessionInstaller  # noqa: PLC0415 - `nox -R` installs nothing

        return SessionInstaller(self._runner.func, thin=isinstance(self._runner.venv, ThinEnv))

    def _thin_environment(self) -> VirtualEnv | None:
        """Return the environment if the engine installs into it, else ``None``."""
        venv = self._runner.venv
        return venv if isinstance(venv, VirtualEnv) and (self._is_declared or isinstance(venv, ThinEnv)) else None

    @property
    def _is_declared(self) -> bool:
        """Whether the session was declared with thinvenv's decorator."""
        return hasattr(self._runner.func, "thin_keywords")

    @property
    def _has_no_environment(self) -> bool:
        """Whether the session was declared with thinvenv's decorator and has no environment."""
        return self._is_declared and isinstance(self._runner.venv, PassthroughEnv)

    def _is_left_alone(self, venv: VirtualEnv) -> bool:
        """Return whether an existing environment is used as it is, without installs (``nox -R``)."""
        return bool(self._runner.global_config.no_install and venv._reused)  # noqa: SLF001 - nox has no other name for it

    def _environ(self, env: Mapping[str, str | None], *, outer: bool = True) -> dict[str, str]:
        """Return the variables that nox would run an installer with."""
        variables = {**(os.environ if outer else {}), **self.env, **env}
        path = [*(self.bin_paths or ()), *([variables["PATH"]] if variables.get("PATH") else ())]
        variables["PATH"] = os.pathsep.join(path)
        return {name: value for name, value in variables.items() if value is not None}


def _version_of(venv: VirtualEnv) -> tuple[int, ...]:
    """Return the major and minor version of an environment's Python, from its ``pyvenv.cfg``."""
    config = venv._read_pyvenv_cfg() or {}  # noqa: SLF001 - nox has no other name for it
    parts = config.get("version_info", config.get("version", "")).split(".")[:2]
    is_version = len(parts) == 2 and all(map(str.isdigit, parts))  # noqa: PLR2004 - major and minor
    return tuple(map(int, parts)) if is_version else OLDEST_PYTHON


def _strings(args: Iterable[StrPath]) -> tuple[str, ...]:
    return tuple(os.fspath(arg) for arg in args)
