"""One install of a session: the engine called in nox's manner, and what it says in nox's log."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

from nox.command import CommandFailed
from nox.logger import logger

from thinvenv import engine
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.distributions.direct_url import redacted
from thinvenv.errors import NotAnEnvironmentError, ThinvenvError
from thinvenv.requirements.arguments import request_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from thinvenv.config.settings import Settings
    from thinvenv.model import Plan


class Telling(NamedTuple):
    """What one install tells, and when it has failed.

    Attributes:
        label: The command as which it stands in the log.
        log: Whether it stands there.
        fresh: Whether the environment is new, so that also what is only reused is news.
        silent: Whether the plan is told in one line, not step by step.
        success_codes: The exit statuses that are no failure.
        stdout: Where the steps are written; to standard output where not given.
        timeouts: What an interrupted installer has to end by itself, and then when told to.

    """

    label: str
    log: bool
    fresh: bool
    silent: bool
    success_codes: frozenset[int]
    stdout: int | IO[str] | None
    timeouts: tuple[float | None, float | None]


def install(
    words: tuple[str, ...], prefix: Path, settings: Settings, environ: Mapping[str, str], telling: Telling
) -> None:
    """Install into an environment what words of ``pip install`` ask for.

    Raises:
        CommandFailed: The install failed, or succeeded where nox was told that this is a failure.

    """
    command = redacted(f"{telling.label} {shlex.join(words)}")
    if telling.log:
        logger.info(command)
    code = 0
    interrupt, terminate = telling.timeouts
    context = _context(environ, streams=not telling.silent and telling.stdout is None)._replace(
        interrupt_timeout=interrupt,
        terminate_timeout=terminate,
    )
    try:
        request = settings.apply_to(request_from(words, context.cwd, environ, str(prefix)))
        # The calls of a session are installs of their own, as pip's are: the project first, then
        # the oldest Django that it may meet. The engine tells what no longer holds.
        _tell(engine.install(request._replace(keep=False), prefix, context), telling)
    except ThinvenvError as error:
        code = error.exit_code
        if code not in telling.success_codes or telling.log:
            logger.error(f"{command} failed:\n{error}")
    except KeyboardInterrupt:
        logger.error("Interrupted...")  # as nox says of its own commands
        raise
    if code not in telling.success_codes:
        raise CommandFailed(f"Returned code {code}", return_code=code)


def conform(prefix: Path, settings: Settings, environ: Mapping[str, str]) -> None:
    """Bring an environment that nox made, or kept, to the reuse mode of its session.

    Raises:
        ThinvenvError: It cannot be had.

    """
    if settings.reuse is None:
        return
    from thinvenv.creation.create import conform as conform_environment  # noqa: PLC0415 - not imported where nobody asks

    conform_environment(prefix, _context(environ), reuse=settings.reuse, bases=settings.bases or ())


def refuse(session: str) -> NoReturn:
    """End a session that has no environment to install into.

    Raises:
        CommandFailed: Always.

    """
    with ending_the_session():
        raise NotAnEnvironmentError(
            f"session {session} has no environment to install into",
            hint="`session.install_here(...)` installs into the one that nox runs in",
        )
    raise AssertionError(session)


@contextmanager
def ending_the_session() -> Iterator[None]:
    """Turn an error into what ends a session in nox, with the error in nox's log.

    Raises:
        CommandFailed: There was one.

    """
    try:
        yield
    except ThinvenvError as error:
        logger.error(str(error))
        raise CommandFailed(error.what, return_code=error.exit_code) from error


# nox shows every logger's debug lines, and before 2026 those of locks too.
logging.getLogger("filelock").setLevel(logging.WARNING)


class _LogReporter(Reporter):
    """Shows progress and notes in nox's log."""

    def __init__(self, *, streams: bool) -> None:
        self.streams = streams

    def progress(self, text: str) -> None:
        if self.streams or sys.stderr.isatty():
            logger.debug(text)

    def note(self, text: str) -> None:
        logger.warning(text)


def _context(environ: Mapping[str, str], *, streams: bool = False) -> Context:
    return current_context(_LogReporter(streams=streams), environ=environ)


def _tell(plan: Plan, telling: Telling) -> None:
    for warning in plan.warnings:
        logger.warning(redacted(warning))
    if telling.log and (plan.changes or (telling.fresh and plan.steps)):
        from thinvenv.report import summary  # noqa: PLC0415 - the no-op does without

        logger.info(summary(plan))
    if not telling.silent or telling.stdout is not None:
        from thinvenv.report import step_lines  # noqa: PLC0415 - see above

        _write("".join(f"{line}\n" for line in step_lines(plan)), telling.stdout)


def _write(text: str, stdout: int | IO[str] | None) -> None:
    if stdout is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    elif not isinstance(stdout, int):
        try:
            stdout.write(text)
        except TypeError:  # subprocess, and so nox, takes binary files too
            binary: Any = stdout
            binary.write(text.encode())
    elif stdout not in {subprocess.DEVNULL, subprocess.PIPE}:
        os.write(stdout, text.encode())
