"""The lock file of an environment: what it uses as pylock.toml (PEP 751)."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from typing import TYPE_CHECKING

from packaging.pylock import Pylock, PylockValidationError, is_valid_pylock_path

from thinvenv.backends import uv_lock
from thinvenv.cache import write_atomically
from thinvenv.distributions import direct_url
from thinvenv.errors import BackendError, ResolutionError, UsageError
from thinvenv.installation.inspection import graph_of
from thinvenv.model import Request
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution


_SPECIAL = re.compile(r"[^\w/.,~+-]")
"""A character that makes a path in a requirements file ambiguous."""


def lock(
    state: EnvironmentState,
    output: Path | None,
    context: Context,
    *,
    options: Sequence[str] = (),
    offline: bool = False,
    base_provides: bool = False,
) -> tuple[str, Pylock]:
    """Lock the distributions that an environment uses, those of its bases included, in exactly their versions.

    The lock has the archives for the interpreter and the platform of the environment. A project in development mode,
    or one that was installed from a folder that still exists, has its path, relative to the folder of the lock.

    Args:
        state: The environment.
        output: The file to write, replaced as a whole; ``None`` to write none.
        context: The surroundings of the call.
        options: Options of the installer that select indexes, in the spelling of pip.
        offline: Whether uv uses its cache only.
        base_provides: Whether to leave out the distributions of bases that no index has.

    Returns:
        The text of the lock, and its content.

    Raises:
        UsageError: ``output`` has no name of a lock file.
        ResolutionError: No index has some of the distributions.
        BackendError: uv is not installed or failed, or the file cannot be written.

    """
    folder = _folder_of(output)
    request = Request(options=tuple(options), offline=offline, no_deps=True)

    def compiled(dists: Sequence[Distribution], folder: str | None = None) -> str:
        lines = (requirement_line(dist, context.cwd) for dist in dists)
        return uv_lock.lock(lines, request, state.environment, context, folder)

    used = _used(state, context)
    try:
        text = compiled(used, folder)
    except ResolutionError:
        reasons = unavailable(used, compiled)
        missing = {dist: why for dist, why in reasons.items() if not base_provides or state.inventory.in_venv(dist)}
        if missing or not reasons:
            raise _unavailable_error(missing) from None
        context.reporter.note(f"not in the lock, since no index has them: {', '.join(map(str, reasons))}")
        used = [dist for dist in used if dist not in reasons]
        text = compiled(used, folder)
    content = _verified(text, used)
    if output is not None:
        _write(output, text)
    return text, content


def _used(state: EnvironmentState, context: Context) -> list[Distribution]:
    """Return the distributions that an environment uses, by name.

    Raises:
        ResolutionError: It lacks some.

    """
    graph = graph_of(state, context)
    edges = (edge for group in (graph.requested, *graph.requirements.values()) for edge in group)
    missing = sorted({redacted(edge.requirement) for edge in edges if edge.name not in graph.distributions})
    if missing:
        why = (f"it lacks {', '.join(missing)}",)
        hint = f"thinvenv install --env {shlex.quote(str(state.prefix))}"
        raise ResolutionError(f"{state.prefix} is not complete", why=why, hint=hint)
    return sorted(graph.distributions.values(), key=lambda dist: dist.name)


def requirement_line(dist: Distribution, cwd: str) -> str:
    """Return the line of a requirements file that asks for exactly a distribution.

    A direct reference to a path that no longer exists does not count: builders of base environments install from
    folders that only they had, and an index may well have the version. Other paths are relative, and
    stay so in the lock.

    Args:
        dist: The distribution.
        cwd: The directory that uv runs in.

    """
    recorded, path = direct_url.parse(dist.direct_url), direct_url.local_path(dist)
    if recorded is None or (path and not os.path.exists(path)):
        return f"{dist.name}=={dist.version}"
    relative = os.path.relpath(path, cwd) if path else ""
    is_plain = relative and not _SPECIAL.search(relative) and not recorded.subdirectory
    url = os.path.join(".", relative) if is_plain else redacted(direct_url.reference(recorded))
    return f"-e {url}" if direct_url.is_editable(dist) else f"{dist.name} @ {url}"


def unavailable(
    dists: Sequence[Distribution], compiled: Callable[[Sequence[Distribution]], str]
) -> dict[Distribution, str]:
    """Return the distributions that no index has, each with the words of uv.

    uv names only the first, so it is asked for halves again and again: a few processes for each that is missing.

    Args:
        dists: The distributions.
        compiled: Locks some of them, or raises an error about one of them.

    Raises:
        BackendError: uv failed for another reason.

    """
    try:
        compiled(dists)
    except ResolutionError as error:
        if len(dists) == 1:
            return {dists[0]: error.why[-1] if error.why else error.what}
        middle = len(dists) // 2
        return unavailable(dists[:middle], compiled) | unavailable(dists[middle:], compiled)
    return {}


def _unavailable_error(reasons: dict[Distribution, str]) -> ResolutionError:
    why = tuple(f"{dist} in {dist.layer}: {' '.join(reason.split())}" for dist, reason in reasons.items())
    count = f"{len(reasons)} distributions that the environment uses are" if len(reasons) > 1 else "a distribution is"
    hint = "name a further index with `--extra-index-url`, or leave out those of the base with `--base-provides`"
    return ResolutionError(f"{count} on no index", why=why, hint=hint)


def _folder_of(output: Path | None) -> str | None:
    if output is None:
        return None
    if not is_valid_pylock_path(output):
        why = ("PEP 751 allows `pylock.toml` and `pylock.NAME.toml`, with no dot in NAME",)
        raise UsageError(f"a lock file cannot be called {output.name}", why=why)
    if not output.parent.is_dir():
        raise UsageError(f"{output} cannot be written", why=(f"there is no directory {output.parent}",))
    return str(output.parent)


def _verified(text: str, dists: Sequence[Distribution]) -> Pylock:
    """Return the content of a lock, which has to name exactly these distributions.

    Raises:
        BackendError: It is not valid, or a distribution is missing or has another version.

    """
    try:
        content = Pylock.from_dict(tomllib.loads(text))
    except (ValueError, PylockValidationError) as error:
        raise BackendError("the lock that uv made is not valid", why=(str(error),)) from error
    locked = {package.name: package.version for package in content.packages}
    lost = [dist for dist in dists if dist.name not in locked]
    if lost:
        raise BackendError("the lock that uv made is not complete", why=tuple(map(str, lost)))
    return content


def _write(output: Path, text: str) -> None:
    try:
        write_atomically(output, text, unique=True)
    except OSError as error:
        raise BackendError(f"{output} cannot be written", why=(str(error),)) from error
