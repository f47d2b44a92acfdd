"""The engine's side of a nox session: installs through the engine, reported in nox's log.

Runs that install nothing do without the engine, so :class:`thinvenv.nox.thin_session.Session` imports
this module when it needs it.
"""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, NoReturn

from nox import virtualenv
from nox.command import CommandFailed
from nox.logger import logger
from nox.popen import DEFAULT_INTERRUPT_TIMEOUT, DEFAULT_TERMINATE_TIMEOUT

from thinvenv import engine
from thinvenv.config.spelling import in_words_of
from thinvenv.context.context import Context, Timeouts, current_context
from thinvenv.context.programs import has_pip_for
from thinvenv.context.reporter import Reporter
from thinvenv.errors import NotAnEnvironmentError, ThinvenvError, printable
from thinvenv.named_tuples import NamedTuple
from thinvenv.nox import run_summary
from thinvenv.nox.defaults import settings_of
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.options import lock_selection
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from thinvenv.config.settings import Settings
    from thinvenv.model import Plan
    from thinvenv.nox.defaults import StrPath
    from thinvenv.nox.thin_session import InstallOptions

# nox shows the debug lines of every logger. Versions before 2026 also show those of locks.
logging.getLogger("filelock").setLevel(logging.WARNING)


class OutputOptions(NamedTuple):
    """What one install writes, and where.

    Attributes:
        log: Whether it is logged.
        is_new: Whether the environment is new. Then the summary is logged even if all is reused.
        steps: Whether the steps of the plan are written.
        stdout: Where they are written; ``None`` for standard output.

    """

    log: bool
    is_new: bool
    steps: bool
    stdout: int | IO[str] | None

    @property
    def streams(self) -> bool:
        """Whether the installer may write its own progress to standard error."""
        return self.steps and self.stdout is None


class SessionInstaller:
    """Installs for one session, and ends the session if that fails.

    Args:
        func: The session's function, as nox holds it.
        thin: Whether its backend is ``thinvenv``.

    Raises:
        CommandFailed: A setting has a wrong value.

    """

    def __init__(self, func: object, *, thin: bool) -> None:
        try:
            self.settings: Settings = settings_of(func, thin=thin)
        except ThinvenvError as error:
            raise _failure(error) from error

    def needs_pip_in_environment(self, version: str) -> bool:
        """Return whether pip installs, and the one beside nox does not support the environment's version of Python."""
        uses_pip = self.settings.backend == "pip" or not virtualenv.HAS_UV
        return uses_pip and not has_pip_for(version)

    def sync_config(self, prefix: Path, environ: Mapping[str, str]) -> None:
        """Let an environment that nox created, or kept, see the base as the session's settings require.

        Raises:
            CommandFailed: A base does not exist, or was made for another interpreter.

        """
        if self.settings.reuse is None:
            return
        from thinvenv.creation.pyvenv_cfg import sync_config  # noqa: PLC0415 - sessions without a reuse mode do without

        try:
            sync_config(prefix, _context(environ), reuse=self.settings.reuse, bases=self.settings.bases or ())
        except ThinvenvError as error:
            raise _failure(error) from error

    def install(
        self,
        arguments: tuple[str, ...],
        prefix: Path,
        environ: Mapping[str, str],
        options: InstallOptions,
        *,
        label: str,
        is_new: bool,
        verbose: bool,
    ) -> None:
        """Install into an environment.

        Args:
            arguments: The arguments of ``pip install``.
            prefix: The root of the environment.
            environ: The environment variables.
            options: The keywords of ``Session.install``.
            label: The command as which the install is logged.
            is_new: Whether nox has just created the environment.
            verbose: Whether nox was started with ``--verbose``.

        Raises:
            CommandFailed: The exit status is none of the ``success_codes``.

        """
        output = _output_options(options, is_new=is_new, verbose=verbose)
        command = redacted(f"{label} {shlex.join(arguments)}")
        if output.log:
            logger.info(command)
        timeouts = Timeouts(
            wait=options.get("interrupt_timeout", DEFAULT_INTERRUPT_TIMEOUT),
            terminate=options.get("terminate_timeout", DEFAULT_TERMINATE_TIMEOUT),
        )
        context = _context(environ, streams=output.streams)._replace(timeouts=timeouts)
        codes = options.get("success_codes")
        success_codes = {0} if codes is None else {*codes}
        code = 0
        try:
            _show(self._execute(arguments, prefix, context, follows_lock=label.endswith("sync")), output)
            run_summary.note(prefix)
        except ThinvenvError as error:
            code = error.exit_code
            if code not in success_codes or output.log:
                logger.error(f"{command} failed:\n{in_words_of('nox', error)}")
        except KeyboardInterrupt:
            logger.error("Interrupted...")  # as nox logs it for its own commands
            raise
        if code not in success_codes:
            raise CommandFailed(f"Returned code {code}", return_code=code)

    def lock_words(
        self, args: Iterable[StrPath], groups: Iterable[str] | None, extras: Iterable[str] | None
    ) -> tuple[str, ...]:
        """Return the options of ``uv sync`` that the arguments of ``Session.install_locked`` mean."""
        names = ([value] if isinstance(value, str) else value for value in (groups, extras))
        return (*lock_selection(*names), *(os.fspath(word) for word in args))

    def refuse(self, session: str, *, follows_lock: bool = False) -> NoReturn:
        """End a session that has no environment to install into, or none in which thinvenv follows a lock.

        Raises:
            CommandFailed: Always.

        """
        what, hint = "to install into", "`session.install_here(...)` installs into the environment that nox runs in"
        if follows_lock:
            what = "that thinvenv installs into"
            hint = "declare the session with `thinvenv.nox.session`, or choose the backend `thinvenv`"
        raise _failure(NotAnEnvironmentError(f"session {session} has no environment {what}", hint=hint))

    def _execute(self, arguments: tuple[str, ...], prefix: Path, context: Context, *, follows_lock: bool) -> Plan:
        if follows_lock:
            from thinvenv.installation.locked_project import locked_request  # noqa: PLC0415 - other installs do without

            return engine.install(self.settings.apply_to(locked_request(arguments, prefix, context)), prefix, context)
        request = self.settings.apply_to(request_from(arguments, context.cwd, context.environ, str(prefix)))
        # Each call in a session is an install of its own, as with pip: a session may install the project first
        # and then the oldest Django that it supports. The engine warns of what no longer fits.
        return engine.install(request._replace(keep=False), prefix, context)


def _output_options(options: InstallOptions, *, is_new: bool, verbose: bool) -> OutputOptions:
    silent, stdout = options.get("silent"), options.get("stdout")
    is_silent = not verbose if silent is None else silent
    return OutputOptions(options.get("log", True), is_new, steps=not is_silent or stdout is not None, stdout=stdout)


def _failure(error: ThinvenvError) -> CommandFailed:
    """Log an error, and return the exception with which nox ends the session."""
    logger.error(in_words_of("nox", error))
    return CommandFailed(error.what, return_code=error.exit_code)


class _LogReporter(Reporter):
    """Shows progress and notes in nox's log."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams

    def progress(self, text: str) -> None:
        if self.streams or sys.stderr.isatty():
            logger.debug(printable(text))

    def note(self, text: str) -> None:
        logger.warning(printable(in_words_of("nox", text)))


def _context(environ: Mapping[str, str], *, streams: bool = False) -> Context:
    return current_context(_LogReporter(streams=streams), environ=environ)


def _show(plan: Plan, output: OutputOptions) -> None:
    """Log the warnings and the summary of a plan, and write its steps."""
    for warning in plan.warnings:
        logger.warning(printable(redacted(in_words_of("nox", warning))))
    shows_summary = output.log and bool(plan.changes or (output.is_new and plan.steps))
    if not (shows_summary or output.steps):
        return
    from thinvenv.report import step_lines, summary  # noqa: PLC0415 - an install that changes nothing does without

    if shows_summary:
        logger.info(summary(plan))
    if output.steps:
        _write("".join(f"{printable(line)}\n" for line in step_lines(plan)), output.stdout)


def _write(text: str, stdout: int | IO[str] | None) -> None:
    if stdout is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    elif not isinstance(stdout, int):
        try:
            stdout.write(text)
        except TypeError:  # subprocess, and so nox, accepts binary files too
            binary: Any = stdout
            binary.write(text.encode())
    elif stdout not in {subprocess.DEVNULL, subprocess.PIPE}:
        os.write(stdout, text.encode())
