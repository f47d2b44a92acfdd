"""The interface of a backend, and the requirements files that installers read."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from thinvenv import backends
from thinvenv.context.processes import Supervisor
from thinvenv.errors import BackendError
from thinvenv.model import Environment, Root
from thinvenv.urls import path_of, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from subprocess import CompletedProcess

    from thinvenv.cache import Cache
    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Request, Resolution

_SPECIAL = re.compile(r"[^\w/.,:@~+=-]")
"""A character that has a meaning of its own in a requirements file, such as a space, a ``#`` or a quote."""

NO_SOLUTION = "no set of distributions satisfies the requirements"
"""The message of a :exc:`~thinvenv.errors.ResolutionError`."""

_UNREADABLE = ("Querying Python at `", "Failed to inspect Python interpreter", "Failed to query Python interpreter")
"""What uv prints if the answer of an interpreter is not JSON alone, because a ``sitecustomize`` prints as well."""

_unreadable_pythons: set[str] = set()
"""The interpreters that uv could not read in this process."""


class UnreadableInterpreterError(BackendError):
    """uv does not understand what an interpreter prints."""


class Backend(Protocol):
    """An installer that resolves requirements, installs and uninstalls distributions, and creates environments."""

    @property
    def name(self) -> str:
        """The name, ``uv`` or ``pip``."""

    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Choose versions for a request, and prefer the distributions of a view that satisfy it.

        Args:
            request: The requirements, and the options of the installer.
            view: A folder with the metadata of the distributions that may be reused.
            environment: The virtual environment.
            context: The surroundings of the call.

        Raises:
            ResolutionError: There is no solution.
            UsageError: The installer has no counterpart of an option.
            BackendError: The installer failed for another reason.

        """

    def install(
        self,
        candidates: Sequence[Candidate],
        request: Request,
        environment: Environment,
        context: Context,
        *,
        into: str = "",
    ) -> None:
        """Install exactly these candidates, and replace other versions of them in the venv.

        Args:
            candidates: The distributions.
            request: The options of the installer, and the hashes.
            environment: The virtual environment.
            context: The surroundings of the call.
            into: The root of a new installation for the same interpreter, which is installed into instead of the
                environment. Its files may be hard links to those of a cache, and have no byte code.

        Raises:
            BackendError: The installer failed.

        """

    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Remove distributions from the venv.

        Args:
            names: The normalised names of the distributions.
            environment: The virtual environment.
            context: The surroundings of the call.

        Raises:
            BackendError: The installer failed.

        """

    def latest_versions(self, view: Path, environment: Environment, context: Context) -> dict[str, str]:
        """Return the newest version, by name, of each distribution of which the indexes have a newer one.

        Args:
            view: A folder with the metadata of the distributions.
            environment: The virtual environment, whose interpreter the versions have to support.
            context: The surroundings of the call.

        Raises:
            BackendError: The installer failed.

        """

    def create(
        self, path: Path, base: Environment, *, system_site: bool, context: Context, relocatable: bool = False
    ) -> None:
        """Create a virtual environment that has neither pip nor setuptools.

        Args:
            path: The root of the new environment.
            base: The interpreter that it is for.
            system_site: Whether it imports from the site directories of its base.
            context: The surroundings of the call.
            relocatable: Whether its scripts find the interpreter beside them, so that it can be moved.

        Raises:
            UsageError: It is to be relocatable, and the installer cannot make such environments.
            BackendError: The installer failed.

        """


def run(
    command: Sequence[str],
    context: Context,
    *,
    environ: Mapping[str, str] | None = None,
    stream: bool = False,
    meanwhile: Callable[[], None] | None = None,
    has_children: bool = False,
) -> CompletedProcess[str]:
    """Run an installer to its end.

    Args:
        command: The program and its arguments.
        context: The surroundings of the call.
        environ: The environment variables; those of the context if not given.
        stream: Whether the installer writes its progress to this process' standard error.
        meanwhile: Called while the installer runs.
        has_children: Whether it starts processes that have to be ended with it, since they would wait forever.

    Raises:
        BackendError: The installer cannot be started.

    """
    supervisor = context.supervisor or Supervisor()
    variables = context.environ if environ is None else environ
    if not stream:  # uv would break its errors into lines of that width, as if it wrote them to the terminal
        variables = {name: value for name, value in variables.items() if name != "COLUMNS"}
    context.reporter.has_streamed |= stream
    try:
        return supervisor.run(
            command,
            environ=variables,
            cwd=context.cwd,
            timeouts=context.timeouts,
            stream=stream,
            meanwhile=meanwhile,
            has_children=has_children,
        )
    except OSError as error:
        raise BackendError(f"cannot start {command[0]}", why=(str(error),)) from error


def check(completed: CompletedProcess[str], message: str) -> None:
    """Raise an error that shows the command and its standard error, unless the process succeeded.

    Raises:
        BackendError: The exit status is not zero.

    """
    if completed.returncode:
        check_readable(completed)
        raise BackendError(message, why=failure_lines(completed))


def check_readable(completed: CompletedProcess[str]) -> None:
    """Raise an error if uv failed because it does not understand what an interpreter prints.

    Raises:
        UnreadableInterpreterError: This is why uv failed.

    """
    lines = [line for line in completed.stderr.splitlines() if any(mark in line for mark in _UNREADABLE)]
    if lines:
        why = lines[-1].strip().removeprefix("cause: ")
        raise UnreadableInterpreterError("uv does not understand what the interpreter prints", why=(why,))


def with_pip_as_fallback(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of uv that leaves an interpreter to pip if uv cannot read what it prints (astral-sh/uv#11508).

    One of the method's parameters is the environment, and the last one is the context.
    """

    @wraps(method)
    def either(self: Backend, *arguments: Any, **keywords: Any) -> Any:
        environment = next(argument for argument in arguments if isinstance(argument, Environment))
        if environment.python not in _unreadable_pythons:
            try:
                return method(self, *arguments, **keywords)
            except UnreadableInterpreterError as error:
                context: Context = keywords.get("context") or arguments[-1]
                if environment.base_python not in _unreadable_pythons:
                    context.reporter.note(f"{error.what}, so pip is used instead: {error.why[-1]}")
                _unreadable_pythons.update((environment.python, environment.base_python))
        pip = backends.choose("pip", {})
        return getattr(pip, method.__name__)(*arguments, **keywords)

    return either


def failure_lines(completed: CompletedProcess[str]) -> tuple[str, str, str]:
    """Return the command of a process, its exit status and its standard error, without passwords."""
    command = redacted(shlex.join(completed.args))
    return (f"$ {command}", f"exit status {completed.returncode}", redacted(completed.stderr.strip()))


@contextmanager
def scratch_folder(cache: Cache) -> Iterator[Path]:
    """Create a temporary folder for the block. If this process is killed, a later one removes it after a day."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 - loads OpenSSL; a replayed install needs no such folder

    try:
        folder = TemporaryDirectory(dir=cache.scratch())
    except OSError:  # the cache cannot be written
        folder = TemporaryDirectory(prefix="thinvenv-")
    with folder as path:
        yield Path(path)


def requirement_files(folder: Path, requirements: str, constraints: str = "") -> list[str]:
    """Write requirements and constraints into files, and return the installer's options for them."""
    requirements_file = folder / "requirements.txt"
    requirements_file.write_text(requirements, encoding="utf-8")
    options = ["-r", str(requirements_file)]
    if constraints.strip():
        constraints_file = folder / "constraints.txt"
        constraints_file.write_text(constraints, encoding="utf-8")
        options += ["-c", str(constraints_file)]
    return options


def requirement_lines(request: Request) -> str:
    """Return the roots of a request as the text of a requirements file."""
    lines = (("-e " if root.editable else "") + _root_line(root) + _hash_options(root.hashes) for root in request.roots)
    return "\n".join(lines) + "\n"


def constraint_lines(request: Request) -> str:
    """Return the constraints of a request as the text of a constraints file."""
    lines = (constraint.text + _hash_options(constraint.hashes) for constraint in request.policy.constraints)
    return "\n".join(lines) + "\n"


def install_lines(candidates: Sequence[Candidate], request: Request) -> str:
    """Return exact requirements for candidates as the text of a requirements file.

    A candidate has the hashes that the roots and constraints of its name have.
    """
    from thinvenv.distributions.requirement_cache import hashes_by_name  # noqa: PLC0415 - creating has no requirements

    hashes = hashes_by_name(request)
    lines = (_candidate_line(candidate) + _hash_options(hashes.get(candidate.name, ())) for candidate in candidates)
    return "\n".join(lines) + "\n"


def _candidate_line(candidate: Candidate) -> str:
    if candidate.editable:
        path = path_of(candidate.reference)
        return f"-e {_root_line(Root(path, path=path))}"
    if candidate.reference:
        return f"{candidate.name} @ {candidate.reference}"
    return f"{candidate.name}=={candidate.version}"


def _root_line(root: Root) -> str:
    """Return the line of a root. A path that would be split at a special character is written as a URL."""
    if root.path and root.text.startswith(root.path) and _SPECIAL.search(root.path.replace(os.sep, "/")):
        return Path(root.path).as_uri() + root.text.removeprefix(root.path)
    return root.text


def _hash_options(hashes: Iterable[str]) -> str:
    return "".join(f" --hash={value}" for value in sorted(hashes))
