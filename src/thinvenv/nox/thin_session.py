"""What a session function gets: a ``nox.Session`` that installs through the engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nox
from nox.popen import DEFAULT_INTERRUPT_TIMEOUT, DEFAULT_TERMINATE_TIMEOUT
from nox.virtualenv import PassthroughEnv, VirtualEnv

from thinvenv.nox.backend import ThinEnv
from thinvenv.nox.defaults import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO, TypedDict, Unpack

    from nox.command import ExternalType
    from nox.sessions import SessionRunner

    from thinvenv.config.settings import Settings
    from thinvenv.nox.defaults import StrPath

    # Only here: making such a class takes longer than a whole run that installs nothing may.
    class InstallOptions(TypedDict, total=False):
        """What ``Session.install`` takes by name, as nox defines it.

        Attributes:
            env: Further variables; ``None`` takes one away.
            include_outer_env: Whether the variables that nox was started with count.
            silent: Whether to keep quiet about success; yes, except under ``--verbose``.
            success_codes: The exit statuses that are no failure; 0 where not given.
            log: Whether to log what is installed.
            external: No other program is involved that could be external.
            stdout: Where the plan is written.
            stderr: Errors are logged, wherever this leads.
            interrupt_timeout: How many seconds an interrupted installer has to end by itself.
            terminate_timeout: How many it has then to end when told to, before it is killed.

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


OLDEST = (3, 8)
"""The oldest Python that the engine installs for."""


class Session(nox.Session):
    """nox's session, whose installs reuse what the environment's base provides.

    In a conda environment, in one of a Python that is too old, and without an environment, it is
    nox's own in all it does.
    """

    __slots__ = ()

    def __init__(self, runner: SessionRunner) -> None:
        super().__init__(runner)
        venv = self._thin_environment()
        if venv is not None and not self._kept(venv):
            from thinvenv.nox import session_install  # noqa: PLC0415 - a run that installs nothing does without the engine

            with session_install.ending_the_session():
                settings = self._settings()
                if _version_of(venv) >= OLDEST:
                    session_install.conform(Path(venv.location), settings, self._environ({}))
                elif settings.reuse not in {None, "off"}:
                    self.warn("this Python is older than 3.8: nothing is reused, and nox itself installs")

    def install(self, *args: StrPath, **options: Unpack[InstallOptions]) -> None:
        """Install what the environment and its base do not provide yet.

        Args:
            args: What would follow ``pip install``.
            options: See :class:`InstallOptions`.

        Raises:
            ValueError: There is nothing to install.
            CommandFailed: The install failed, or there is no environment; nox ends the session.

        """
        venv = self._thin_environment()
        if self._has_none and not self._runner.global_config.no_install:
            from thinvenv.nox import session_install  # noqa: PLC0415 - see above

            session_install.refuse(self.name)
        if venv is None or not args or _version_of(venv) < OLDEST:
            super().install(*_words(args), **options)
        elif not self._kept(venv):
            self._install(args, Path(venv.location), options)

    def install_here(self, *args: StrPath, **options: Unpack[InstallOptions]) -> None:
        """Install into the environment that nox itself runs in, to import it in the noxfile.

        Args:
            args: What would follow ``pip install``.
            options: See :class:`InstallOptions`.

        Raises:
            ValueError: There is nothing to install.
            CommandFailed: The install failed, or nox runs in no virtual environment.

        """
        if not args:
            raise ValueError("At least one argument required to install_here().")
        if not self._runner.global_config.no_install:
            self._install(args, Path(sys.prefix), options, label="thinvenv install (here)")

    def _install(self, args: tuple[StrPath, ...], prefix: Path, options: InstallOptions, label: str = "") -> None:
        from thinvenv.nox import session_install  # noqa: PLC0415 - see above

        unknown = options.keys() - (nox.Session.install.__kwdefaults__ or options).keys()
        if unknown:
            raise TypeError(f"Session.install() got an unexpected keyword argument {min(unknown)!r}")
        venv = self._runner.venv
        silent = options.get("silent")
        codes = options.get("success_codes")
        environ = self._environ(options.get("env") or {}, outer=options.get("include_outer_env", True))
        with session_install.ending_the_session():
            settings = self._settings()
        session_install.install(
            _words(args),
            prefix,
            settings,
            environ,
            session_install.Telling(
                label=label or "thinvenv install",
                log=options.get("log", True),
                fresh=isinstance(venv, VirtualEnv) and not venv._reused,  # noqa: SLF001 - nox has no other name for it
                silent=not self._runner.global_config.verbose if silent is None else silent,
                success_codes=frozenset({0} if codes is None else codes),
                stdout=options.get("stdout"),
                timeouts=(
                    options.get("interrupt_timeout", DEFAULT_INTERRUPT_TIMEOUT),
                    options.get("terminate_timeout", DEFAULT_TERMINATE_TIMEOUT),
                ),
            ),
        )

    def _settings(self) -> Settings:
        return settings_of(self._runner.func, thin=isinstance(self._runner.venv, ThinEnv))

    def _thin_environment(self) -> VirtualEnv | None:
        """Return the environment, if it is ours to install into."""
        venv = self._runner.venv
        return venv if isinstance(venv, VirtualEnv) and (self._is_declared or isinstance(venv, ThinEnv)) else None

    @property
    def _is_declared(self) -> bool:
        """Whether this is a session by our decorator."""
        return hasattr(self._runner.func, "thin_words")

    @property
    def _has_none(self) -> bool:
        """Whether this is a session of ours that nox gave no environment."""
        return self._is_declared and isinstance(self._runner.venv, PassthroughEnv)

    def _kept(self, venv: VirtualEnv) -> bool:
        """Tell whether the person asked to leave an environment that is there as it is."""
        return bool(self._runner.global_config.no_install and venv._reused)  # noqa: SLF001 - nox has no other name for it

    def _environ(self, env: Mapping[str, str | None], *, outer: bool = True) -> dict[str, str]:
        """Return the variables that nox would run an installer with."""
        given = {**(os.environ if outer else {}), **self.env, **env}
        path = [*(self.bin_paths or ()), *([given["PATH"]] if given.get("PATH") else ())]
        return {name: value for name, value in {**given, "PATH": os.pathsep.join(path)}.items() if value is not None}


def _version_of(venv: VirtualEnv) -> tuple[int, ...]:
    """Return the major and minor version of an environment's Python, as it was made."""
    config = venv._read_pyvenv_cfg() or {}  # noqa: SLF001 - nox has no other name for it
    told = config.get("version_info", config.get("version", "")).split(".")[:2]
    return tuple(map(int, told)) if len(told) == 2 and all(map(str.isdigit, told)) else OLDEST  # noqa: PLR2004


def _words(args: Iterable[StrPath]) -> tuple[str, ...]:
    return tuple(os.fspath(one) for one in args)
