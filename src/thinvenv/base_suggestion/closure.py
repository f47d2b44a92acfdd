"""Lets the resolver confirm a suggested base: that indexes have it, and that it is closed."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import backends
from thinvenv.backends.base import scratch_folder
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
    patched, is replaced by a version that the environments accept, too. What no index has, such as a project of a
    company whose index is not configured here, is left out with all that requires it, with a note.

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
    resolver = _Resolver(python, context, offline=offline)
    try:
        return resolver.solve(base.requirements)
    except ResolutionError:
        users = [member for member in members if member.path in base.environments]
        return _replaced(base, users, resolver)


def _replaced(base: SuggestedBase, users: Sequence[FleetMember], resolver: _Resolver) -> tuple[str, ...]:
    """Return the distributions of a base of which indexes do not have all, or not in these versions.

    Raises:
        ResolutionError: There is no solution.

    """
    ranges = dict(zip(base.requirements, accepted_ranges(base, users), strict=True))
    replaced = resolver.absent(base.requirements)
    absent = resolver.absent([ranges[pin] for pin in replaced])
    names = {pin.partition("==")[0] for pin in replaced if ranges[pin] in absent}
    excluded = _with_requirers(names, users)
    kept = [pin for pin in base.requirements if pin.partition("==")[0] not in excluded]
    if names:
        left_out = ", ".join(sorted(names))
        resolver.context.reporter.note(f"no index has {left_out}, so the base for Python {base.python} lacks it")
    try:
        return resolver.solve([ranges[pin] if pin in replaced else pin for pin in kept])
    except ResolutionError:
        return resolver.solve([ranges[pin] for pin in kept])


def _with_requirers(names: set[str], users: Sequence[FleetMember]) -> set[str]:
    """Return some names, and those of all distributions in environments that require them."""
    requirers = {
        (required.name, dist.name) for member in users for dist in member.distributions for required in dist.requires
    }
    closure = set(names)
    while further := {requirer for name, requirer in requirers if name in closure} - closure:
        closure |= further
    return closure


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


class _Resolver:
    """The resolver, for requirements in an empty environment.

    Args:
        python: The interpreter.
        context: The surroundings of the call.
        offline: Whether to work without a network.

    """

    def __init__(self, python: Environment, context: Context, *, offline: bool) -> None:
        self.context = context
        self._python = python
        self._offline = offline
        self._backend = backends.choose(None, context.environ)

    def solve(self, requirements: Sequence[str], *, no_deps: bool = False) -> tuple[str, ...]:
        """Return the distributions that the resolver chooses for requirements, as pinned requirements.

        Raises:
            ResolutionError: There is no solution.

        """
        if not requirements:
            return ()
        cwd, environ = self.context.cwd, self.context.environ
        request = build_request(cwd, environ, requirements=requirements, offline=self._offline)
        with scratch_folder(self.context.cache) as view:
            request = request._replace(no_deps=no_deps or request.no_deps)
            candidates = self._backend.resolve(request, view, self._python, self.context).candidates
        return tuple(sorted(f"{candidate.name}=={candidate.version}" for candidate in candidates))

    def absent(self, requirements: Sequence[str]) -> set[str]:
        """Return those requirements that no index satisfies: halves are resolved until a single one fails."""
        try:
            self.solve(requirements, no_deps=True)
        except ResolutionError:
            if len(requirements) == 1:
                return {*requirements}
            middle = len(requirements) // 2
            return self.absent(requirements[:middle]) | self.absent(requirements[middle:])
        return set()


def accepted_ranges(base: SuggestedBase, users: Sequence[FleetMember]) -> list[str]:
    """Return requirements on the names of a base, with the ranges of the environments that accept its versions."""
    specifiers: defaultdict[str, dict[str, None]] = defaultdict(dict)
    requested = [required for member in users for required in member.requirements]
    needed = [required for member in users for dist in member.distributions for required in dist.requires]
    for required in (*requested, *needed):
        specifiers[required.name][required.specifier] = None
    pins = (pin.partition("==") for pin in base.requirements)
    return [
        name + ",".join(text for text in specifiers[name] if text and satisfies(version, text))
        for name, _, version in pins
    ]
