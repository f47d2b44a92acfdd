"""What a backend does, and how its process is run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Protocol

from thinvenv.distributions.direct_url import path_of, redacted
from thinvenv.errors import BackendError
from thinvenv.model import Root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from tempfile import TemporaryDirectory

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Environment, Request, Resolution


_ODD = re.compile(r"[^\w/.,:@~+=-]")
"""What in a path is no name to those who read requirements files: a blank, a ``#``, a bracket, a quote."""


class Backend(Protocol):
    """An installer: finds versions, brings them in, takes them out, makes environments."""

    @property
    def name(self) -> str:
        """``uv`` or ``pip``."""

    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Choose versions for a request, keeping what the view has and what satisfies it.

        Raises:
            ResolutionError: There is no solution.
            BackendError: The installer failed otherwise.

        """

    def install(
        self, candidates: Sequence[Candidate], request: Request, environment: Environment, context: Context
    ) -> None:
        """Install exactly these candidates, nothing else, over whatever the venv has of them.

        Raises:
            BackendError: The installer failed.

        """

    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Take distributions out of the venv.

        Raises:
            BackendError: The installer failed.

        """

    def create(self, path: Path, base: Environment, *, system_site: bool, context: Context) -> None:
        """Make a virtual environment without seeds from a base interpreter.

        Raises:
            BackendError: The installer failed.

        """


@dataclass(frozen=True, slots=True)
class Done:
    """A process that ended: what it wrote, and how it ended."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str

    def check(self, what: str) -> Done:
        """Return itself, if the process succeeded.

        Raises:
            BackendError: It did not; the error shows the command and its standard error.

        """
        if self.code:
            raise BackendError(what, why=self.why())
        return self

    def why(self) -> tuple[str, ...]:
        """Return the command, its exit status and what it wrote to standard error."""
        return (f"$ {redacted(shlex.join(self.command))}", f"exit status {self.code}", redacted(self.err.strip()))


def run(
    command: Sequence[str],
    context: Context,
    *,
    environ: Mapping[str, str] | None = None,
    stream: bool = False,
    while_resolving: Callable[[], None] | None = None,
) -> Done:
    """Run a process to its end; when the person interrupts it, to that which it makes of it.

    Args:
        command: The program and its arguments.
        context: Where it runs.
        environ: The variables, the host's where not given.
        stream: Whether its standard error goes straight to ours, for its progress.
        while_resolving: What to do while it runs.

    Raises:
        BackendError: It cannot be started.

    """
    start = partial(
        subprocess.Popen,
        list(command),
        cwd=context.cwd,
        env=dict(context.environ if environ is None else environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if stream else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    try:
        process = start() if context.processes is None else context.processes.start(start)
    except OSError as error:
        raise BackendError(f"cannot start {command[0]}", why=(str(error),)) from error
    with process, _taken_along(process):
        try:
            if while_resolving:
                while_resolving()
            out, err = process.communicate()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                _let_end(process, context)
            process.kill()
            raise
    return Done(tuple(command), process.returncode, out, err or "")


@contextmanager
def _taken_along(process: subprocess.Popen[str]) -> Iterator[None]:
    """Let a process end when this one is terminated: by itself it would go on writing.

    Where a program has said itself what is to happen then, or in another thread, nothing is changed.
    """
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def end(number: int, _frame: object) -> None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _let_end(process: subprocess.Popen[str], context: Context) -> None:
    """Give an interrupted process the time that the host has for it: the terminal has told it too."""
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=context.interrupt_timeout)
        return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=context.terminate_timeout)


def scratch_folder(context: Context) -> TemporaryDirectory[str]:
    """Return a folder that goes when its ``with`` block ends, or a day after this process was killed."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - who only makes an environment does without

    with suppress(OSError):
        return TemporaryDirectory(dir=context.cache.scratch())
    return TemporaryDirectory(prefix="thinvenv-")  # the cache cannot be written


def requirement_files(folder: Path, requirements: str, constraints: str = "") -> list[str]:
    """Write requirements where an installer can read them, and return the options for them."""
    path = folder / "requirements.txt"
    path.write_text(requirements, encoding="utf-8")
    options = ["-r", str(path)]
    if constraints.strip():
        limits = folder / "constraints.txt"
        limits.write_text(constraints, encoding="utf-8")
        options += ["-c", str(limits)]
    return options


def requirement_lines(request: Request) -> str:
    """Return the roots of a request as a requirements file."""
    lines = []
    for root in request.roots:
        hashes = "".join(f" --hash={one}" for one in root.hashes)
        lines.append(("-e " if root.editable else "") + _written(root) + hashes)
    return "\n".join(lines) + "\n"


def _written(root: Root) -> str:
    """Return a root as it stands in a requirements file; a path that a reader would take apart is a URL there."""
    if root.path and root.text.startswith(root.path) and _ODD.search(root.path.replace(os.sep, "/")):
        return Path(root.path).as_uri() + root.text.removeprefix(root.path)
    return root.text


def constraint_lines(request: Request) -> str:
    """Return the constraints of a request as a constraints file."""
    lines = [one.text + "".join(f" --hash={value}" for value in one.hashes) for one in request.policy.constraints]
    return "\n".join(lines) + "\n"


def install_lines(candidates: Sequence[Candidate], request: Request) -> str:
    """Return exact requirements for what is to be installed, as a requirements file.

    Hashes go along where roots or constraints gave them.
    """
    from thinvenv.distributions import requirement_cache  # noqa: PLC0415 - who only makes an environment does without

    given: dict[str, set[str]] = {}
    for root in (*request.roots, *request.policy.constraints):
        given.setdefault(requirement_cache.name_of(root), set()).update(root.hashes)
    lines = []
    for one in candidates:
        hashes = "".join(f" --hash={value}" for value in sorted(given.get(one.name, ())))
        lines.append(_install_line(one) + hashes)
    return "\n".join(lines) + "\n"


def _install_line(one: Candidate) -> str:
    if one.editable:
        path = path_of(one.reference)
        return f"-e {_written(Root(path, path=path))}"
    return f"{one.name} @ {one.reference}" if one.reference else f"{one.name}=={one.version}"
