"""uv as the backend."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from thinvenv.backends import uv_options
from thinvenv.backends.base import (
    constraint_lines,
    install_lines,
    requirement_files,
    requirement_lines,
    run,
    scratch_folder,
)
from thinvenv.distributions.direct_url import redacted
from thinvenv.errors import BackendError, ResolutionError
from thinvenv.model import Candidate, Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thinvenv.backends.base import Done
    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request

SCHEMA = "preview"
"""The only version of uv's JSON that is known here."""

# uv says which distribution asked for which only in its resolver's log.
_EDGE = re.compile(
    r"^DEBUG Adding transitive dependency for (?P<who>\S+?)(?:\[[^\]]*\])?==(?P<version>\S+): (?P<what>[\w.-]+)"
)
# `name @ url` where it would be built, `name==version (from url)` where it was built before.
_REFERENCE = re.compile(r"^ \+ (?P<name>[\w.-]+)(?: @ |==\S+ \(from )(?P<url>[^\s)]+)")
_LOG = re.compile(r"^(DEBUG|TRACE|INFO) ")
_LOG_FILTER = "uv_resolver::resolver=debug"

# These would send uv to another environment than the one that it is told; and what it is to
# override stands in the request: of exact versions nothing is to be overridden.
_MISLEADING = (
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV"),
    "UV_OVERRIDE",
)

_ONE_AT_A_TIME = Lock()
"""For who looks for uv: it asks sysconfig, which before Python 3.13 gives a second thread half of its answer."""


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Return the path of uv: that of the ``uv`` distribution beside us, else the one on PATH."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - there is none where uv has no wheels

        with _ONE_AT_A_TIME:
            return find_uv_bin()
    except (ImportError, FileNotFoundError):
        return shutil.which("uv", path=environ.get("PATH"))


@dataclass(frozen=True, slots=True)
class Uv:
    """The uv at ``executable``."""

    executable: str
    name: str = "uv"

    def resolve(self, request: Request, view: Path, environment: Environment, context: Context) -> Resolution:
        """Resolve with ``uv pip install --target VIEW --dry-run``; see :class:`.base.Backend`."""
        for option in uv_options.not_carried(request.options, context, environment.prefix):
            context.reporter.note(f"uv has nothing like `{option}`, so it does not count here; the backend pip has it")
        with scratch_folder(context) as folder:
            files = requirement_files(Path(folder), requirement_lines(request), constraint_lines(request))
            options = uv_options.for_uv(request.options, context, environment.prefix)
            said = {one.partition("=")[0] for one in options}  # uv refuses what is said twice
            command = [
                *self._pip("install", environment),
                *("--target", str(view), "--dry-run", "--output-format", "json", "--no-progress"),
                *files,
                *_overrides(request, Path(folder)),
                *(flag for flag in _flags(request) if flag.partition("=")[0] not in said),
                *options,
            ]
            done = run(
                command,
                context,
                environ=_environ(request, context, environment.prefix, RUST_LOG=_LOG_FILTER),
                while_resolving=context.while_resolving,
            )
        return _resolution(_solved(done))

    def install(
        self, candidates: Sequence[Candidate], request: Request, environment: Environment, context: Context
    ) -> None:
        """Install with ``uv pip install --no-deps``; see :class:`.base.Backend`."""
        with scratch_folder(context) as folder:
            files = requirement_files(Path(folder), install_lines(candidates, request))
            command = [
                *self._pip("install", environment),
                "--no-deps",
                *(f"--reinstall-package={one.name}" for one in candidates if one.reference or _again(one, request)),
                *files,
                *(["--require-hashes"] if request.require_hashes else []),
                *(["--offline"] if request.offline else []),
                *uv_options.for_uv(request.options, context, environment.prefix),
            ]
            done = run(
                command,
                context,
                environ=_environ(request, context, environment.prefix),
                stream=context.reporter.streams,
            )
        done.check("uv could not install what is missing")

    def uninstall(self, names: Sequence[str], environment: Environment, context: Context) -> None:
        """Uninstall with ``uv pip uninstall``; see :class:`.base.Backend`."""
        command = [*self._pip("uninstall", environment), *names]
        run(command, context, environ=_environ(None, context, environment.prefix)).check(
            "uv could not uninstall what has to go"
        )

    def create(self, path: Path, base: Environment, *, system_site: bool, context: Context) -> None:
        """Create with ``uv venv``; see :class:`.base.Backend`."""
        # The real interpreter, never a link to it: uv writes the folder of what it is given as
        # `home`, and the folder of a link has no standard library and no site-packages.
        command = [self.executable, "venv", "--quiet", "--no-project", "--python", base.base_python, str(path)]
        if system_site:
            command.append("--system-site-packages")
        environ = _environ(None, context, None)
        environ.pop("UV_VENV_SEED", None)
        run(command, context, environ=environ).check(f"uv could not create {path}")

    def _pip(self, verb: str, environment: Environment) -> list[str]:
        return [self.executable, "--color", "never", "pip", verb, "--python", environment.python]


def _again(one: Candidate, request: Request) -> bool:
    return request.reinstall or one.name in request.reinstall_names


def _overrides(request: Request, folder: Path) -> list[str]:
    if not request.policy.overrides:
        return []
    path = folder / "overrides.txt"
    path.write_text("".join(f"{one.text}\n" for one in request.policy.overrides), encoding="utf-8")
    return ["--override", str(path)]


def _flags(request: Request) -> list[str]:
    flags = {
        "--upgrade": request.upgrade,
        "--no-deps": request.no_deps,
        "--offline": request.offline,
        "--require-hashes": request.require_hashes,
        "--prerelease=allow": request.pre,
    }
    refreshed = (f"--refresh-package={name}" for name in request.upgrade_names)  # as `--upgrade` does for all
    return [*(flag for flag, wanted in flags.items() if wanted), *refreshed]


def _environ(request: Request | None, context: Context, prefix: str | None, **extra: str) -> dict[str, str]:
    kept = {name: value for name, value in context.environ.items() if name not in _MISLEADING}
    options = request.options if request else ()
    return {**kept, **uv_options.environ_for_uv(options, context, prefix), **extra}


def _solved(done: Done) -> Done:
    """Return a resolution that succeeded.

    Raises:
        ResolutionError: uv says that there is none.
        BackendError: uv failed in another way.

    """
    if not done.code:
        return done
    said = "\n".join(line for line in done.err.splitlines() if not _LOG.match(line) and not line.startswith("Using "))
    if "No solution found" in said or "not found in the registry" in said:
        raise ResolutionError("no set of distributions satisfies what is asked for", why=(redacted(said),))
    why = (*done.why()[:2], redacted(said))
    raise BackendError("uv could not resolve what is asked for", why=why)


def _resolution(done: Done) -> Resolution:
    """Read uv's answer: names and versions from its JSON, URLs and edges from its log.

    Raises:
        BackendError: The JSON is not in the form that is known here.

    """
    try:
        answer: dict[str, Any] = json.loads(done.out)
        version = answer["schema"]["version"]
        changes = [(one["name"], one.get("version", ""), one["action"]) for one in answer["changes"]]
    except (ValueError, KeyError, TypeError) as error:
        raise _unknown_schema(f"it could not be read: {error!r}") from error
    if version != SCHEMA:
        raise _unknown_schema(f"its schema is {version!r}, known is {SCHEMA!r}")
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - who only makes an environment does without

    lines = done.err.splitlines()
    references = {match["name"]: match["url"] for line in lines if (match := _REFERENCE.match(line))}
    edges: dict[tuple[str, str], dict[str, None]] = {}
    versions: dict[str, str] = {}
    for match in filter(None, map(_EDGE.match, lines)):
        versions[match["who"]] = match["version"]
        if match["who"] != match["what"]:
            # By version too: the resolver may have tried others first.
            edges.setdefault((match["who"], match["version"]), {})[match["what"]] = None
    candidates = []
    for name, listed, action in changes:
        if action == "installed":
            chosen = listed or versions.get(name)
            requires = tuple(edges.get((name, chosen), ())) if chosen else ()
            candidates.append(Candidate(canonicalize_name(name), chosen, references.get(name, ""), requires))
    return Resolution(tuple(candidates))


def _unknown_schema(why: str) -> BackendError:
    return BackendError(
        "this version of uv answers in a form that thinvenv does not know",
        why=(why,),
        hint="upgrade thinvenv, or use the backend `pip`",
    )
