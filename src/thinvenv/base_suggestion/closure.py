"""Lets the resolver confirm a suggested base: that indexes have it, and that it is closed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import backends
from thinvenv.base_suggestion.values import satisfies
from thinvenv.environments import discovery, probe_cache
from thinvenv.errors import InterpreterError, ResolutionError
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from thinvenv.base_suggestion.values import FleetMember, SuggestedBase
    from thinvenv.context.context import Context
    from thinvenv.model import Environment


def resolved(
    base: SuggestedBase, members: Iterable[FleetMember], context: Context, *, offline: bool = False
) -> tuple[str, ...]:
    """Return the distributions of a suggested base as the resolver completes them, as pinned requirements.

    What an index does not have in the version that the environments hold, such as one that a Linux distribution has
    patched, is replaced by a version that the environments accept, too.

    Args:
        base: The suggestion.
        members: The environments of the fleet.
        context: The surroundings of the call.
        offline: Whether to work without a network.

    Returns:
        The requirements; those of the suggestion if there is no such interpreter here, with a note.

    Raises:
        ResolutionError: There is no solution.
        BackendError: The resolver failed.

    """
    members = tuple(members)
    try:
        python = probe_cache.probe_cached(_interpreter(base, members, context), context)
    except InterpreterError as error:
        context.reporter.note(f"the base for Python {base.python} could not be resolved: {error.what}")
        return base.requirements
    try:
        return _solve(base.requirements, python, context, offline=offline)
    except ResolutionError:
        users = [member for member in members if member.path in base.environments]
        return _solve(accepted_ranges(base, users), python, context, offline=offline)


def _interpreter(base: SuggestedBase, members: Iterable[FleetMember], context: Context) -> Path:
    """Return an interpreter for a base: one on ``PATH``, or that of an installation that environments came from.

    Raises:
        InterpreterError: There is none.

    """
    try:
        return discovery.find(base.python, context)
    except InterpreterError:
        installations = {member.installation for member in members if member.python == base.python}
        names = ("bin", base.python if base.python.startswith("pypy") else f"python{base.python}")
        pythons = [Path(installation, *names) for installation in sorted(installations) if installation]
        python = next(filter(_is_trusted, pythons), None)
        if python is None:
            raise
        return python


def _is_trusted(path: Path) -> bool:
    """Return whether only this user and the administrator can write a program, so that it can be started.

    Whoever made an environment may have written any path into its ``pyvenv.cfg``.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False
    return status.st_uid in {0, getattr(os, "getuid", int)()} and not status.st_mode & 0o022


def _solve(requirements: Iterable[str], python: Environment, context: Context, *, offline: bool) -> tuple[str, ...]:
    """Return the distributions that the resolver chooses for requirements in an empty environment."""
    request = build_request(context.cwd, context.environ, requirements=requirements, offline=offline)
    with tempfile.TemporaryDirectory(prefix="thinvenv-") as view:
        backend = backends.choose(None, context.environ)
        candidates = backend.resolve(request, Path(view), python, context).candidates
    return tuple(sorted(f"{candidate.name}=={candidate.version}" for candidate in candidates))


def accepted_ranges(base: SuggestedBase, users: Sequence[FleetMember]) -> list[str]:
    """Return requirements on the names of a base, with the ranges of the environments that accept its versions."""
    requirements = []
    for name, _, version in (text.partition("==") for text in base.requirements):
        requested = (
            required.specifier for member in users for required in member.requirements if required.name == name
        )
        needed = (
            required.specifier
            for member in users
            for dist in member.distributions
            for required in dist.requires
            if required.name == name
        )
        specifiers = dict.fromkeys(text for text in (*requested, *needed) if text and satisfies(version, text))
        requirements.append(f"{name}{','.join(specifiers)}")
    return requirements
