"""uv as the backend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from thinvenv.backends import uv_options, uv_output
from thinvenv.backends.base import (
    NO_SOLUTION,
    check,
    check_readable,
    constraint_lines,
    failure_lines,
    install_lines,
    requirement_files,
    requirement_lines,
    run,
    scratch_folder,
    with_pip_as_fallback,
)
from thinvenv.backends.outdated import newest_versions
from thinvenv.config import uv as config
from thinvenv.errors import ResolutionError
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from subprocess import CompletedProcess
    from types import ModuleType

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Environment, Request, Resolution

_LOG = re.compile(r"^(DEBUG|TRACE|INFO) ")
_LOG_FILTER = "uv_resolver::resolver=debug"

_NOT_CARRIED = "uv has no option like `{}`, which is ignored; the backend pip has it"

# Variables that uv must not see: they select another environment, or override exact versions.
# The overrides of a resolution are part of the request.
REMOVED_VARIABLES = (
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV"),
    "UV_OVERRIDE",
)

_LIST_OPTIONS = frozenset({
    "--allow-insecure-host", "--default-index", "--exclude-newer", "--exclude-newer-package", "--extra-index-url",
    "--find-links", "--index", "--index-strategy", "--index-url", "--keyring-provider", "--no-index",
})  # fmt: skip
"""The options of indexes, which ``uv pip list`` has as well as ``uv pip install``."""


class Uv(NamedTuple):
    """The uv program at ``executable``."""

    executable: str
    name: str = "uv"

    @with_pip_as_fallback
    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Resolve with ``uv pip install --target VIEW --dry-run``; see :class:`.base.Backend`."""
        _note_not_carried(request, environment.prefix, context)
        overrides = [root.text for root in request.policy.overrides if not config.is_configured(root)]
        options = ("--target", str(view), "--dry-run", "--output-format", "json", "--no-progress")
        completed = self._run_resolver(request, overrides, options, environment, context, RUST_LOG=_LOG_FILTER)
        return uv_output.resolution(completed)

    def install_missing(
        self,
        request: Request,
        ignored: Collection[str],
        replaced: Collection[str],
        environment: Environment,
        context: Context,
    ) -> None:
        """Resolve and install in one process.

        Args:
            request: The missing requirements, and the options of the installer.
            ignored: The names of distributions on which no requirement is followed.
            replaced: The names of distributions that are installed again.
            environment: The virtual environment.
            context: The surroundings of the call.

        Raises:
            ResolutionError: There is no solution.
            BackendError: uv failed for another reason.

        """
        overrides = [f"{name} ; {config.NEVER}" for name in sorted(ignored)]
        options = [f"--reinstall-package={name}" for name in sorted(replaced)]
        self._run_resolver(request, overrides, options, environment, context, stream=context.reporter.streams)
        _note_not_carried(request, environment.prefix, context)

    @with_pip_as_fallback
    def install(
        self,
        candidates: Sequence[Candidate],
        request: Request,
        environment: Environment,
        context: Context,
        *,
        into: str = "",
    ) -> None:
        """Install with ``uv pip install --no-deps``; see :class:`.base.Backend`."""
        uv_indexes = _uv_indexes()
        request = request._replace(options=uv_options.without_byte_code(request.options)) if into else request
        with scratch_folder(context.cache) as folder:
            indexes = uv_indexes.indexes_by_name(request, environment.markers, context)
            pinned = [dist for dist in candidates if dist.name in indexes and not dist.reference]
            unpinned = [dist for dist in candidates if dist not in pinned]
            files = requirement_files(folder, install_lines(unpinned, request))
            options = uv_options.for_uv(request.options, context, environment.prefix)
            command = [
                *self._pip("install", environment),
                "--no-deps",
                *([] if into else _reinstall_options(candidates, request)),
                *files,
                *uv_indexes.candidate_options(pinned, indexes, folder),
                *(["--require-hashes"] if request.require_hashes else []),
                *(["--offline"] if request.offline else []),
                *_with_configuration(uv_options.into_root(into, options, context), request, folder, context),
            ]
            environ = variables_of(request.options, context, environment.prefix)
            completed = run(command, context, environ=environ, stream=context.reporter.streams)
        check(completed, "uv could not install the missing distributions")

    @with_pip_as_fallback
    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Uninstall with ``uv pip uninstall``; see :class:`.base.Backend`."""
        command = [*self._pip("uninstall", environment), "--no-config", *names]
        environ = variables_of((), context, environment.prefix)
        environ.pop("UV_CONFIG_FILE", None)  # it may name another place to uninstall from
        completed = run(command, context, environ=environ)
        check(completed, "uv could not uninstall the distributions that are replaced")

    def latest_versions(self, view: Path, environment: Environment, context: Context) -> dict[str, str]:
        """List with ``uv pip list --outdated --target VIEW``; see :class:`.base.Backend`."""
        options = uv_options.for_uv((), context, environment.prefix)
        command = [
            *self._pip("list", environment),
            *("--target", str(view), "--outdated", "--format", "json", "--no-progress"),
            *(option for option in options if option.partition("=")[0] in _LIST_OPTIONS),
        ]
        return newest_versions(run(command, context, environ=variables_of((), context, environment.prefix)))

    @with_pip_as_fallback
    def create(
        self, path: Path, base: Environment, *, system_site: bool, context: Context, relocatable: bool = False
    ) -> None:
        """Create with ``uv venv``; see :class:`.base.Backend`."""
        # The real interpreter and not a link to it: uv writes the folder of this path as `home`,
        # and beside a link there is no standard library.
        command = [self.executable, "venv", "--quiet", "--no-project", "--python", base.base_python, str(path)]
        if system_site:
            command.append("--system-site-packages")
        if relocatable:
            command.append("--relocatable")
        environ = variables_of((), context, None)
        environ.pop("UV_VENV_SEED", None)
        check(run(command, context, environ=environ), f"uv could not create {path}")

    def _run_resolver(
        self,
        request: Request,
        overrides: Sequence[str],
        options: Sequence[str],
        environment: Environment,
        context: Context,
        *,
        stream: bool = False,
        **variables: str,
    ) -> CompletedProcess[str]:
        """Run ``uv pip install`` for the requirements of a request, and return the process, which has succeeded."""
        with scratch_folder(context.cache) as folder:
            unpinned = request._replace(roots=tuple(root for root in request.roots if not root.only_index))
            command = [
                *self._pip("install", environment),
                *options,
                *requirement_files(folder, requirement_lines(unpinned), constraint_lines(request)),
                *(_uv_indexes().root_options(request.roots, folder) if unpinned.roots != request.roots else ()),
                *_override_options(overrides, folder),
                *resolver_options(request, environment.prefix, folder, context),
            ]
            environ = variables_of(request.options, context, environment.prefix, **variables)
            completed = run(command, context, environ=environ, stream=stream, meanwhile=context.while_resolving)
        return check_resolved(completed)

    def _pip(self, verb: str, environment: Environment) -> list[str]:
        return [self.executable, "--color", "never", "pip", verb, "--python", environment.python]


def _uv_indexes() -> ModuleType:
    from thinvenv.backends import uv_indexes  # noqa: PLC0415 - imports `packaging`, which creating does not need

    return uv_indexes


def _reinstall_options(candidates: Sequence[Candidate], request: Request) -> list[str]:
    return [
        f"--reinstall-package={candidate.name}"
        for candidate in candidates
        if candidate.reference or request.reinstall or candidate.name in request.reinstall_names
    ]


def _override_options(overrides: Sequence[str], folder: Path) -> list[str]:
    if not overrides:
        return []
    path = folder / "overrides.txt"
    path.write_text("".join(f"{text}\n" for text in overrides), encoding="utf-8")
    return ["--override", str(path)]


def _with_configuration(options: list[str], request: Request, folder: Path, context: Context) -> list[str]:
    """Return options, with the option for a configuration that uv must not read itself: it would install elsewhere."""
    text = config.load(context.environ, context.cwd, request.options).without_replaced()
    if text is None:
        return options
    path = folder / "uv.toml"
    path.write_text(text, encoding="utf-8")
    return [*(option for option in options if not option.startswith("--config-file=")), f"--config-file={path}"]


def resolver_options(request: Request, prefix: str, folder: Path, context: Context) -> list[str]:
    """Return the options of a request for a resolver, each flag once: uv refuses a repeated flag."""
    options = uv_options.for_uv(request.options, context, prefix)
    names = {option.partition("=")[0] for option in options}
    flags = (flag for flag in _flags(request) if flag.partition("=")[0] not in names)
    return [*flags, *_with_configuration(options, request, folder, context)]


def _note_not_carried(request: Request, prefix: str, context: Context) -> None:
    for option in uv_options.not_carried(request.options, context, prefix):
        context.reporter.note(_NOT_CARRIED.format(option))


def _flags(request: Request) -> list[str]:
    flags = {
        "--upgrade": request.upgrade,
        "--no-deps": request.no_deps,
        "--offline": request.offline,
        "--require-hashes": request.require_hashes,
        "--prerelease=allow": request.pre,
    }
    refreshed = (f"--refresh-package={name}" for name in request.upgrade_names)  # `--upgrade` refreshes all
    return [*(flag for flag, enabled in flags.items() if enabled), *refreshed]


def variables_of(options: Collection[str], context: Context, prefix: str | None, **extra: str) -> dict[str, str]:
    """Return the environment variables for uv with some options of pip."""
    removed = (*REMOVED_VARIABLES, *uv_options.overridden_variables(options))
    variables = {name: value for name, value in context.environ.items() if name not in removed}
    fixed = {"PYTHONDONTWRITEBYTECODE": "1"}  # a build without isolation imports from the base
    return {**variables, **uv_options.environ_for_uv(options, context, prefix), **fixed, **extra}


def check_resolved(completed: CompletedProcess[str]) -> CompletedProcess[str]:
    """Return a resolution that succeeded.

    Raises:
        ResolutionError: uv found no solution.
        BackendError: uv failed for another reason.

    """
    if not completed.returncode:
        return completed
    check_readable(completed)
    lines = completed.stderr.splitlines()
    message = "\n".join(line for line in lines if not _LOG.match(line) and not line.startswith("Using "))
    if "No solution found" in message or "not found in the registry" in message:
        raise ResolutionError(NO_SOLUTION, why=(redacted(message),))
    raise uv_output.resolution_failure(redacted(message), failure_lines(completed)[:2])
