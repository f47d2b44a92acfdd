"""pip as a backend: slower than uv, and available everywhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from thinvenv.backends import pip_settings
from thinvenv.backends.base import (
    NO_SOLUTION,
    check,
    constraint_lines,
    failure_lines,
    install_lines,
    requirement_files,
    requirement_lines,
    run,
    scratch_folder,
)
from thinvenv.backends.outdated import newest_versions
from thinvenv.config import pip as config
from thinvenv.config import uv
from thinvenv.context.programs import has_pip_for
from thinvenv.errors import BackendError, ResolutionError, UsageError
from thinvenv.model import Candidate, Resolution
from thinvenv.requirements.options import only_for_uv
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from subprocess import CompletedProcess

    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request

_QUIET = ("--disable-pip-version-check", "--no-input", "--no-color")
_CAUSE = re.compile(r"^The conflict is caused by:\n(?: .*\n)+", re.MULTILINE)  # on standard output
_INDEX_OPTIONS = ("--index-url", "--extra-index-url", "--find-links")
_PROXY = "--proxy"
_RUN_OVER_VIEW = """
import os, runpy, sys
view, runner = sys.argv[1:3]
stdlib = os.path.dirname(os.__file__)
hidden = {"", *os.environ.get("PYTHONPATH", "").split(os.pathsep)} - {stdlib, os.path.join(stdlib, "lib-dynload")}
sys.path[:] = [view] + [path for path in sys.path if path not in hidden]
sys.argv[:] = sys.argv[2:]
runpy.run_path(runner, run_name="__main__")
"""
"""Runs pip over the distributions of a view. The builds that pip starts do not see the view: its metadata are copies
without entry points, and would hide the originals from a build without isolation."""
_NO_SOLUTION_MARKS = (
    *("ResolutionImpossible", "No matching distribution found"),
    *("conflicting dependencies", "requires a different Python"),
)


class Pip:
    """The pip of the target environment, or the one installed beside thinvenv."""

    name = "pip"

    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Resolve with ``pip install --dry-run --report``; see :class:`.base.Backend`."""
        for option in only_for_uv(request.options):
            raise UsageError(f"pip has no option like `{option}`", hint="use `--backend uv`")
        if not all(map(uv.is_configured, request.policy.overrides)):
            raise UsageError("pip has no option like `--override`", hint="use `--backend uv`")
        if pinned := [root.text for root in request.roots if root.only_index]:
            raise UsageError(f"pip cannot take `{pinned[0]}` from one index only", hint="use `--backend uv`")
        configuration = uv.load(context.environ, context.cwd, request.options)
        for name in sorted(configuration.names() & uv.NAMED_WITH_PIP):
            context.reporter.note(f"`{name}` in uv's configuration is ignored: pip has nothing like it, but uv has")
        with scratch_folder(context.cache) as folder:
            report = folder / "report.json"
            command = [
                # `-S`: pip sees the distributions of the view and no others.
                *(environment.python, "-B", "-S", "-c", _RUN_OVER_VIEW, str(view), str(_runner(environment))),
                *("install", *_QUIET, "--dry-run", "--break-system-packages", "--report", str(report)),
                *requirement_files(
                    folder, _index_lines(request.options) + requirement_lines(request), constraint_lines(request)
                ),
                *_flags(request),
                *_command_line_options(request.options),
            ]
            environ = _environ(request.options, environment, context)
            _check_resolved(run(command, context, environ=environ, meanwhile=context.while_resolving))
            return _resolution(report.read_text(encoding="utf-8"))

    def install(
        self,
        candidates: Sequence[Candidate],
        request: Request,
        environment: Environment,
        context: Context,
        *,
        into: str = "",
    ) -> None:
        """Install with ``pip install --no-deps``; see :class:`.base.Backend`."""
        with scratch_folder(context.cache) as folder:
            command = [
                *(*_pip("install", environment), "--no-deps", "--no-warn-script-location"),
                *(["--ignore-installed", "--no-compile", "--prefix", into] if into else ["--force-reinstall"]),
                *requirement_files(folder, _index_lines(request.options) + install_lines(candidates, request)),
                *(["--require-hashes"] if request.require_hashes else []),
                *(["--no-index"] if request.offline else []),
                *_command_line_options(request.options),
            ]
            completed = run(command, context, environ=_environ(request.options, environment, context))
        check(completed, "pip could not install the missing distributions")

    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Uninstall with ``pip uninstall``; see :class:`.base.Backend`."""
        command = [*_pip("uninstall", environment), "--yes", *names]
        completed = run(command, context, environ=_environ((), environment, context))
        check(completed, "pip could not uninstall the distributions that are replaced")

    def latest_versions(self, view: Path, environment: Environment, context: Context) -> dict[str, str]:
        """List with ``pip list --outdated --path VIEW``; see :class:`.base.Backend`."""
        command = [*_pip("list", environment), "--path", str(view), "--outdated", "--format", "json"]
        return newest_versions(run(command, context, environ=_environ((), environment, context)))

    def create(
        self, path: Path, base: Environment, *, system_site: bool, context: Context, relocatable: bool = False
    ) -> None:
        """Create with the ``venv`` module of the base; see :class:`.base.Backend`."""
        if relocatable:
            why = ("the venv module of Python writes the path of an environment into its scripts",)
            raise UsageError("only uv makes relocatable environments", why=why, hint="use the backend `uv`")
        command = [base.base_python, "-m", "venv", "--without-pip", str(path)]
        if system_site:
            command.insert(-1, "--system-site-packages")
        check(run(command, context), f"venv could not create {path}")


def _pip(verb: str, environment: Environment) -> list[str]:
    return [environment.python, "-B", str(_runner(environment)), verb, *_QUIET]


def _runner(environment: Environment) -> Path:
    """Return the entry script of a pip that the interpreter of an environment can run.

    The environment's own pip comes first: its version supports the interpreter. Environments are created without pip,
    so the one installed beside thinvenv comes second. If it does not support the interpreter, the pip of the base
    does, which the environment may not see.

    Raises:
        BackendError: pip is not installed, or its version does not support the interpreter.

    """
    spec = find_spec("pip")
    beside = [str(Path(spec.origin).parent.parent)] if spec and spec.origin else []
    is_supported = has_pip_for(environment.version)
    in_base = (str(Path(environment.base_prefix, folder)) for folder in environment.site_folders)
    for folder in (*environment.path, *(beside if is_supported else ()), *environment.linkable, *in_base):
        runner = Path(folder, "pip", "__pip-runner__.py")
        if runner.is_file():
            return runner
    if beside and not is_supported:
        raise BackendError(
            f"no pip supports Python {environment.version}",
            why=(f"neither {environment.prefix} nor its base has a pip since 22.2", f"that in {beside[0]} is too new"),
            hint=f"{environment.base_python} -m pip install --upgrade pip, or use `--backend uv`",
        )
    why = (f"neither {environment.prefix} and its base nor {sys.prefix} has one",)
    raise BackendError("pip is not installed", why=why, hint=f"{sys.executable} -m ensurepip")


def _environ(options: Sequence[str], environment: Environment, context: Context) -> dict[str, str]:
    """Return the variables for a pip, with all of its configuration in them.

    Before Python 3.14 a pip that runs without ``site`` believes to run in the base, and reads the ``pip.conf`` of the
    base. The settings that thinvenv decides itself are left out: among them are those that install elsewhere.
    """
    settings = config.load(context.environ, context.cwd, environment.prefix, options)
    settings = pip_settings.with_uv(settings, options, context)
    kept = {name: value for name, value in settings.items() if name not in config.DECIDED_HERE}
    if proxies := [value for name, value in _secret_options(options) if name == _PROXY]:
        kept["proxy"] = proxies[-1]
    others = {name: value for name, value in context.environ.items() if not name.startswith("PIP_")}
    fixed = {"PIP_USER": "0", "PIP_CONFIG_FILE": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
    return pip_settings.proxies(options, context) | others | config.as_variables(kept) | fixed


def _secret_options(options: Iterable[str]) -> list[tuple[str, str]]:
    """Return the options whose values may have a password, which must not appear on a command line.

    If one value of an option has a password, all its values are returned, so that they keep their order.
    """
    pairs = [(name, value) for name, _, value in (option.partition("=") for option in options)]
    secret = {name for name, value in pairs if redacted(value) != value}.intersection({_PROXY, *_INDEX_OPTIONS})
    return [(name, value) for name, value in pairs if name in secret]


def _command_line_options(options: Sequence[str]) -> list[str]:
    # What `--isolated` ignores is not among the variables of this pip, which would ignore them all.
    hidden = {name for name, _ in _secret_options(options)} | {"--isolated"}
    return [option for option in options if option.partition("=")[0] not in hidden]


def _index_lines(options: Iterable[str]) -> str:
    """Return the secret options of indexes as lines of a requirements file, which only its user can read."""
    pairs = (pair for pair in _secret_options(options) if pair[0] in _INDEX_OPTIONS)
    return "".join(f"{name} {shlex.quote(value)}\n" for name, value in pairs)


def _flags(request: Request) -> list[str]:
    flags = {
        "--no-deps": request.no_deps,
        "--no-index": request.offline,
        "--require-hashes": request.require_hashes,
        "--pre": request.pre,
    }
    # uv's `--upgrade` is eager, and both backends give the same result.
    eager = ["--upgrade", "--upgrade-strategy=eager"] if request.upgrade else []
    return [*(flag for flag, enabled in flags.items() if enabled), *eager]


def _check_resolved(completed: CompletedProcess[str]) -> None:
    if not completed.returncode:
        return
    why = failure_lines(completed)
    if any(mark in completed.stderr for mark in _NO_SOLUTION_MARKS):
        raise ResolutionError(NO_SOLUTION, why=(*why[2:], *_CAUSE.findall(redacted(completed.stdout))))
    raise BackendError("pip could not resolve the requirements", why=why)


def _resolution(text: str) -> Resolution:
    """Return the candidates of pip's installation report.

    https://pip.pypa.io/en/stable/reference/installation-report/

    Raises:
        BackendError: The report has an unknown form.

    """
    try:
        report: dict[str, Any] = json.loads(text)
        if report["version"] != "1":
            raise _unknown_report(f"its version is {report['version']!r}, the known one is '1'")
        return Resolution(tuple(map(_candidate, report["install"])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unknown_report(f"it could not be read: {error!r}") from error


def _candidate(item: dict[str, Any]) -> Candidate:
    metadata = item["metadata"]
    return Candidate(
        name=canonicalize_name(metadata["name"]),
        version=metadata["version"],
        reference=_reference(item["download_info"]) if item.get("is_direct") else "",
        requires=tuple(metadata.get("requires_dist", ())),
    )


def _reference(info: dict[str, Any]) -> str:
    """Return the URL of a direct reference. That of a VCS names the exact commit."""
    vcs = info.get("vcs_info")
    subdirectory = f"#subdirectory={info['subdirectory']}" if info.get("subdirectory") else ""
    if vcs:
        return f"{vcs['vcs']}+{info['url']}@{vcs['commit_id']}{subdirectory}"
    return f"{info['url']}{subdirectory}"


def _unknown_report(why: str) -> BackendError:
    return BackendError("the report of this version of pip has a form that thinvenv does not know", why=(why,))
