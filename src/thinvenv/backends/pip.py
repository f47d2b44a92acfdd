"""pip as the backend: slower, and everywhere."""

from __future__ import annotations

import json
import re
import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from thinvenv.backends.base import (
    constraint_lines,
    install_lines,
    requirement_files,
    requirement_lines,
    run,
    scratch_folder,
)
from thinvenv.distributions.direct_url import redacted
from thinvenv.errors import BackendError, ResolutionError, UsageError
from thinvenv.model import Candidate, Resolution
from thinvenv.requirements.options import only_for_uv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from thinvenv.backends.base import Done
    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request

_QUIET = ("--disable-pip-version-check", "--no-input", "--no-color")
_CAUSE = re.compile(r"^The conflict is caused by:\n(?: .*\n)+", re.MULTILINE)  # which pip writes to its output
_IN_FILES = ("--index-url", "--extra-index-url", "--find-links")
_PROXY = "--proxy"
_NO_SOLUTION = (
    *("ResolutionImpossible", "No matching distribution found"),
    *("conflicting dependencies", "requires a different Python"),
)


@dataclass(frozen=True, slots=True)
class Pip:
    """pip, as the target interpreter or the one that runs thinvenv has it."""

    name: str = "pip"

    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Resolve with ``pip install --dry-run --report``; see :class:`.base.Backend`."""
        for option in only_for_uv(request.options):
            raise UsageError(f"pip has nothing like `{option}`", hint="use uv as the backend")
        if request.policy.overrides:
            raise UsageError("pip has nothing like `--override`", hint="use uv as the backend")
        with scratch_folder(context) as folder:
            report = Path(folder, "report.json")
            command = [
                # Without `site`, so that the view stands for everything that is installed.
                *(environment.python, "-B", "-S", str(_runner(environment))),
                *("install", *_QUIET, "--dry-run", "--break-system-packages", "--report", str(report)),
                *requirement_files(
                    Path(folder), _secret_lines(request) + requirement_lines(request), constraint_lines(request)
                ),
                *_flags(request),
                *_open_options(request),
            ]
            environ = {**_environ(context, request), "PYTHONPATH": str(view)}
            _solved(run(command, context, environ=environ, while_resolving=context.while_resolving))
            return _resolution(report.read_text(encoding="utf-8"))

    def install(
        self, candidates: Sequence[Candidate], request: Request, environment: Environment, context: Context
    ) -> None:
        """Install with ``pip install --no-deps``; see :class:`.base.Backend`."""
        with scratch_folder(context) as folder:
            command = [
                *(environment.python, "-B", str(_runner(environment)), "install", *_QUIET),
                *("--no-deps", "--force-reinstall", "--no-warn-script-location"),
                *requirement_files(Path(folder), _secret_lines(request) + install_lines(candidates, request)),
                *(["--require-hashes"] if request.require_hashes else []),
                *(["--no-index"] if request.offline else []),
                *_open_options(request),
            ]
            done = run(command, context, environ=_environ(context, request))
        done.check("pip could not install what is missing")

    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Uninstall with ``pip uninstall``; see :class:`.base.Backend`."""
        command = [environment.python, "-B", str(_runner(environment)), "uninstall", "--yes", *_QUIET, *names]
        run(command, context, environ=_environ(context)).check("pip could not uninstall what has to go")

    def create(self, path: Path, base: Environment, *, system_site: bool, context: Context) -> None:
        """Create with the ``venv`` module of the base; see :class:`.base.Backend`."""
        command = [base.base_python, "-m", "venv", "--without-pip", str(path)]
        if system_site:
            command.insert(-1, "--system-site-packages")
        run(command, context, environ=_environ(context)).check(f"venv could not create {path}")


def _runner(environment: Environment) -> Path:
    """Return the entry script of a pip that this environment's interpreter can run.

    Its own comes first: it is of an age that knows the interpreter. The one beside thinvenv
    serves where there is none, since an environment is not given a pip that nobody asked for.

    Raises:
        BackendError: There is no pip.

    """
    spec = find_spec("pip")
    beside = [str(Path(spec.origin).parent.parent)] if spec and spec.origin else []
    for folder in (*environment.path, *beside):
        runner = Path(folder, "pip", "__pip-runner__.py")
        if runner.is_file():
            return runner
    why = (f"neither {environment.prefix} and its base nor {sys.prefix} has one",)
    raise BackendError("there is no pip here", why=why, hint=f"{sys.executable} -m ensurepip")


def _environ(context: Context, request: Request | None = None) -> dict[str, str]:
    kept = {
        name: value for name, value in context.environ.items() if name not in {"PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    }
    for name, value in _secret_options(request) if request else ():
        if name == _PROXY:
            kept["PIP_PROXY"] = value
    return {**kept, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def _secret_options(request: Request) -> list[tuple[str, str]]:
    """Return the options with a password, and others of their names: anyone can read what a process is started with."""
    pairs = [(name, value) for name, _, value in (one.partition("=") for one in request.options)]
    hidden = {name for name, value in pairs if redacted(value) != value}.intersection({_PROXY, *_IN_FILES})
    return [(name, value) for name, value in pairs if name in hidden]


def _open_options(request: Request) -> list[str]:
    hidden = {name for name, _ in _secret_options(request)}
    return [one for one in request.options if one.partition("=")[0] not in hidden]


def _secret_lines(request: Request) -> str:
    """Return what a requirements file can say of the indexes; only its user can read ours."""
    pairs = (pair for pair in _secret_options(request) if pair[0] in _IN_FILES)
    return "".join(f"{name} {shlex.quote(value)}\n" for name, value in pairs)


def _flags(request: Request) -> list[str]:
    flags = {
        "--no-deps": request.no_deps,
        "--no-index": request.offline,
        "--require-hashes": request.require_hashes,
        "--pre": request.pre,
    }
    # uv's `--upgrade` is eager: the outcome is to be the same.
    eager = ["--upgrade", "--upgrade-strategy=eager"] if request.upgrade else []
    return [*(flag for flag, wanted in flags.items() if wanted), *eager]


def _solved(done: Done) -> None:
    if not done.code:
        return
    if any(mark in done.err for mark in _NO_SOLUTION):
        why = (*done.why()[2:], *_CAUSE.findall(redacted(done.out)))
        raise ResolutionError("no set of distributions satisfies what is asked for", why=why)
    raise BackendError("pip could not resolve what is asked for", why=done.why())


def _resolution(text: str) -> Resolution:
    """Read pip's installation report.

    https://pip.pypa.io/en/stable/reference/installation-report/

    Raises:
        BackendError: The report is not in the form that is known here.

    """
    try:
        answer: dict[str, Any] = json.loads(text)
        if answer["version"] != "1":
            raise _unknown_report(f"its version is {answer['version']!r}, known is '1'")
        return Resolution(tuple(_candidate(one) for one in answer["install"]))
    except (ValueError, KeyError, TypeError) as error:
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
    """Return the URL of a direct reference, a commit pinned."""
    vcs = info.get("vcs_info")
    subdirectory = f"#subdirectory={info['subdirectory']}" if info.get("subdirectory") else ""
    if vcs:
        return f"{vcs['vcs']}+{info['url']}@{vcs['commit_id']}{subdirectory}"
    return f"{info['url']}{subdirectory}"


def _unknown_report(why: str) -> BackendError:
    return BackendError("this version of pip reports in a form that thinvenv does not know", why=(why,))
