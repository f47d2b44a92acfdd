"""What is not there yet, decided by a resolver that is shown what there is."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.errors import ResolutionError
from thinvenv.model import Candidate, Closure, Resolution, Root
from thinvenv.resolution import eligibility, missing, view
from thinvenv.resolution.closure import problem_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import Distribution, Inventory, Request

_NOBODY_HAS = ("{} was not found", "no matching distribution found for {}")
"""How uv and pip say that there is nothing of a name at all."""


def resolve(
    wanted: Iterable[Root],
    request: Request,
    used: Closure,
    reusable: Inventory,
    state: EnvironmentState,
    context: Context,
) -> Resolution:
    """Ask the resolver, and add to its "no" what we know ourselves.

    Args:
        wanted: All that has to be satisfied.
        request: What is asked for now.
        used: What of it is satisfied, and what is not.
        reusable: What may be used of what is there.
        state: The environment as it stands.
        context: Where the resolver runs.

    Raises:
        ResolutionError: There is no solution.
        BackendError: The resolver failed otherwise.

    """
    roots = tuple(wanted)
    markers = state.environment.markers
    unmet = {problem.requirement for problem in used.problems}
    shown = eligibility.candidates_for_view(reusable, roots, request.policy.constraints, markers)
    again = _again(request, reusable, unmet)
    newest = frozenset(request.upgrade_names) - again
    unseen = again | newest  # what a resolver does not see is no reason for it to keep that
    shown = [one for one in shown if one.name not in unseen]
    limits = (*request.policy.constraints, *_referenced(used, unseen))
    asked = request._replace(
        roots=tuple(_settled(root, reusable, unmet, unseen) for root in roots),
        policy=request.policy._replace(constraints=limits),
    )
    try:
        backend = backend_for(request, context)
        for path in _nameless(request):
            context.reporter.note(f"{path} comes from a project without a name, which uv refuses: pip installs it")
        context.reporter.progress(f"resolving with {backend.name}")
        folder = view.make(shown, context.cache)
        # By itself all would be asked for directly, which uv can be told to take in the lowest version.
        apart = () if context.environ.get("UV_RESOLUTION", "highest") != "highest" else missing.apart(roots, used)
        answer = _missing_alone(
            asked, apart, used, lambda one: backend.resolve(one, folder, state.environment, context)
        )
    except ResolutionError as error:
        ours = tuple(line for line in problem_lines(_telling(used, error)) if line not in error.why)
        raise ResolutionError(error.what, why=(*ours, *error.why), hint=_hint(request, error)) from error
    return _coming(answer, shown, newest, reusable, roots)


def _coming(
    answer: Resolution,
    shown: Iterable[Distribution],
    newest: frozenset[str],
    reusable: Inventory,
    roots: tuple[Root, ...],
) -> Resolution:
    """Return what an answer brings: without what is there already, with what comes to light."""
    coming = [one for one in answer.candidates if one.name not in newest or not _is_there(one, reusable)]
    chosen = {one.name for one in coming}
    # What the resolver was shown in place of the venv's copy, and kept, comes to light when that goes.
    swapped = [one for one in shown if reusable.visible[one.name] is not one and one.name not in chosen]
    back = (Candidate(one.name, one.version) for one in swapped)
    asked = [_as_asked(one, roots) for one in coming]
    return Resolution((*_as_projects_say(asked, roots), *back))


def backend_for(request: Request, context: Context) -> Backend:
    """Return who resolves and installs for a request: pip where uv would refuse what pip takes."""
    from thinvenv import backends  # noqa: PLC0415 - not where everything is satisfied

    return backends.choose("pip" if _nameless(request) else request.backend, context)


def _nameless(request: Request) -> list[str]:
    """Return the archives of projects that have no name, where nobody has said who is to install them.

    setuptools builds such a project all the same, and calls it UNKNOWN.
    """
    local = [root for root in request.roots if request.backend is None and root.path]
    return [root.path for root in local if _archive_name(root) == "unknown"]


def _missing_alone(
    asked: Request, alone: tuple[Root, ...], used: Closure, resolve: Callable[[Request], Resolution]
) -> Resolution:
    """Resolve what is missing by itself, and all that was asked for only where that is not enough."""
    with_hashes = asked.require_hashes or any(one.hashes for one in asked.roots)  # to pip one hash means all
    if alone and alone != asked.roots and not (asked.anew or with_hashes):
        with suppress(ResolutionError):  # of all together it is told better
            answer = resolve(asked._replace(roots=alone))
            if missing.leaves_alone(answer, used):
                return answer
    return resolve(asked)


def _again(request: Request, reusable: Inventory, unmet: set[str]) -> frozenset[str]:
    """Return the names of what must be installed anew although it is there."""
    names = set(request.reinstall_names)
    for root in request.roots:
        stale = bool(root.path) and root.text in unmet
        if request.reinstall or stale:
            found = direct_url.installed_in_any_way_from(root, reusable)
            names.add(found.name if found else requirement_cache.name_of(root) or _archive_name(root))
    return frozenset(names)


def _is_there(one: Candidate, reusable: Inventory) -> bool:
    """Tell whether a candidate is what an import finds already: an upgrade may find nothing newer."""
    found = reusable.visible.get(one.name)
    if found is None or found.direct_url or one.reference or one.version is None:
        return False
    return Version(found.version) == Version(one.version)


def _archive_name(root: Root) -> str:
    """Return the name that an archive's file name tells, as wheels and sdists promise."""
    stem = os.path.basename(root.path)
    return canonicalize_name(stem.split("-")[0]) if "-" in stem else ""


def _settled(root: Root, reusable: Inventory, unmet: set[str], unseen: frozenset[str]) -> Root:
    """Return a root that is already installed from its path by name, so that it is not built again."""
    if not root.path or root.text in unmet:
        return root
    found = direct_url.installed_from(root, reusable)
    if found is None or found.name in unseen:
        return root
    extras = f"[{','.join(root.extras)}]" if root.extras else ""
    return Root(f"{found.name}{extras}=={found.version}", root.origin)


def _referenced(used: Closure, unseen: frozenset[str]) -> list[Root]:
    """Return what was installed by URL, as constraints: uv lets only those use a URL."""
    found = [use.distribution for use in used.uses if use.distribution.name not in unseen]
    return [Root(f"{one.name} @ {url}") for one in found if (url := direct_url.archive_url(one))]


def _as_asked(one: Candidate, roots: Iterable[Root]) -> Candidate:
    """Return a candidate with what only its root knows.

    That is the URL as it was asked for, which a resolver shows without its secrets, and whether
    the project is to be installed in development mode.
    """
    path = direct_url.path_of(one.reference)
    for root in roots:
        if path and root.path == path and root.editable:
            return replace(one, editable=True)
        parsed = requirement_cache.requirement(root.text)
        if parsed is not None and parsed.url and canonicalize_name(parsed.name) == one.name:
            return replace(one, reference=parsed.url)
    return one


def _as_projects_say(coming: Iterable[Candidate], roots: Iterable[Root]) -> Iterator[Candidate]:
    """Yield candidates, those in development mode that a local project among the roots wants so: no answer tells."""
    coming, places = tuple(coming), [root.path for root in roots if root.path]
    others = [path for one in coming if os.path.isdir(path := direct_url.path_of(one.reference)) and path not in places]
    if not others:
        yield from coming
        return
    from thinvenv.requirements.uv_sources import editable_paths  # noqa: PLC0415 - seldom needed

    wanted = editable_paths(places)
    for one in coming:
        path = direct_url.path_of(one.reference)
        yield replace(one, editable=True) if path in others and path in wanted else one


def _telling(used: Closure, error: ResolutionError) -> Closure:
    """Return the problems that explain a "no": what is there and does not fit, and what nobody has."""
    said = "\n".join(error.why).lower()

    def is_nowhere(wanted: str) -> bool:
        parsed = requirement_cache.requirement(wanted)
        names = {parsed.name.lower(), canonicalize_name(parsed.name)} if parsed else set()
        return any(phrase.format(name) in said for name in names for phrase in _NOBODY_HAS)

    return Closure(
        used.uses, tuple(one for one in used.problems if one.kind != "missing" or is_nowhere(one.requirement))
    )


def _hint(request: Request, error: ResolutionError) -> str | None:
    if request.require_hashes:
        return "drop `--require-hashes` to reuse what the base has, whose hashes are not known"
    if request.offline:
        return "drop `--offline` to install what is missing in this environment"
    return error.hint
