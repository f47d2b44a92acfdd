"""The resolver: uv or pip decides what to install, and sees what is eligible as installed."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from thinvenv.choices import suggestion
from thinvenv.config import pip, uv
from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.errors import ResolutionError
from thinvenv.model import Candidate, Closure, Resolution, Root
from thinvenv.named_tuples import NamedTuple
from thinvenv.requirements.uv_sources import editable_paths
from thinvenv.resolution import eligibility, metadata_view, missing, url_pins
from thinvenv.resolution.closure import problem_lines
from thinvenv.urls import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.model import Distribution, Inventory, Request
    from thinvenv.resolution.goal import Goal

_NOT_ON_INDEX = ("{} was not found", "no matching distribution found for {}")
"""How uv and pip report, in lower case, that no index has a distribution of a name."""


class _Query(NamedTuple):
    """What a backend is asked.

    Attributes:
        roots: All requirements that have to be satisfied.
        request: The request, with these roots and further constraints as a backend gets them.
        closure: What of the roots is satisfied, and what is not.
        eligible: The distributions that may be used.
        upgrades: The names of distributions that are replaced if there is a newer version.
        shown: The distributions that the backend takes for installed.

    """

    roots: tuple[Root, ...]
    request: Request
    closure: Closure
    eligible: Inventory
    upgrades: frozenset[str]
    shown: list[Distribution]


def resolve(goal: Goal, closure: Closure, eligible: Inventory) -> Resolution:
    """Return what has to be installed to achieve a goal.

    Args:
        goal: The goal.
        closure: What of its roots is satisfied, and what is not.
        eligible: The distributions that may be used.

    Raises:
        ResolutionError: There is no solution. The problems of the closure are among the reasons.
        BackendError: The backend failed for another reason.

    """
    query = _query(goal, closure, eligible)
    try:
        resolution = _ask(query, goal)
    except ResolutionError as error:
        relevant = _relevant_problems(closure, error)
        own = problem_lines(relevant)
        why = (*(line for line in own if line not in error.why), *error.why)
        hint = _spelling(relevant, eligible, goal.roots) or _hint(goal.request, error)
        raise ResolutionError(error.what, why=why, hint=hint) from error
    return _interpret_resolution(resolution, query)


def note_ignored_settings(goal: Goal) -> None:
    """Note what of the configuration and of the request has no effect, before anything is resolved or installed."""
    request, context = goal.request, goal.context
    for path in _unnamed_archives(request):
        context.reporter.note(f"{path} comes from a project without a name, which uv refuses: pip installs it")
    settings = pip.load(context.environ, context.cwd, goal.state.environment.prefix, request.options)
    for option in pip.without_counterpart(settings):
        context.reporter.note(f"`{option}` in pip's configuration is ignored: it is not for an environment")
    for name in sorted(uv.load(context.environ, context.cwd, request.options).names() & uv.NAMED):
        context.reporter.note(f"`{name}` in uv's configuration is ignored: it is not for an environment")


def backend_for(request: Request, context: Context) -> Backend:
    """Return the backend that resolves and installs a request: pip if uv would refuse an archive of it."""
    from thinvenv import backends  # noqa: PLC0415 - not loaded if everything is satisfied

    return backends.choose("pip" if _unnamed_archives(request) else request.backend, context.environ)


def prefers_lowest(request: Request, context: Context) -> bool:
    """Return whether uv would take a lower version of a missing distribution if a root required it directly."""
    configuration = uv.load(context.environ, context.cwd, request.options)
    return context.environ.get("UV_RESOLUTION", configuration.value("resolution") or "highest") != "highest"


def has_hashes(request: Request) -> bool:
    """Return whether hashes limit what may be installed. To pip, one hash means that all are required."""
    return request.require_hashes or any(root.hashes for root in (*request.roots, *request.policy.constraints))


def _query(goal: Goal, closure: Closure, eligible: Inventory) -> _Query:
    roots, request, constraints = goal.roots, goal.request, goal.request.policy.constraints
    unmet = {problem.requirement for problem in closure.problems}
    reinstalls = _names_to_reinstall(request, eligible, unmet)
    upgrades = frozenset(request.upgrade_names) - reinstalls
    hidden = reinstalls | upgrades  # a resolver keeps what it sees
    visible = eligibility.distributions_for_resolver(eligible, roots, constraints, goal.markers)
    shown = [distribution for distribution in visible if distribution.name not in hidden]
    kept = {distribution.name: distribution for distribution in shown}
    pinned = [url_pins.pin_installed(root, eligible, unmet, kept, request) for root in (*roots, *constraints)]
    limits = (*pinned[len(roots) :], *url_pins.direct_reference_constraints(closure, kept, request))
    effective = request._replace(roots=tuple(pinned[: len(roots)]), policy=request.policy._replace(constraints=limits))
    with_url = {requirement_cache.name_of(root) for root in (*effective.roots, *limits) if url_pins.has_url(root)}
    shown = [url_pins.without_urls(distribution, kept, with_url) for distribution in shown]
    return _Query(roots, effective, closure, eligible, upgrades, shown)


def _ask(query: _Query, goal: Goal) -> Resolution:
    """Resolve the missing requirements alone, and all requirements only if that is not enough."""
    request, environment, context = query.request, goal.state.environment, goal.context
    backend = backend_for(goal.request, context)
    context.reporter.progress(f"resolving with {backend.name}")
    view = metadata_view.create_view(query.shown, context.cache)
    alone = () if prefers_lowest(request, context) else missing.missing_roots(query.roots, query.closure)
    if alone and alone != request.roots and not (request.ignores_installed or has_hashes(request)):
        with suppress(ResolutionError):  # the error of all requirements explains more
            resolution = backend.resolve(request._replace(roots=alone), view, environment, context)
            if missing.changes_nothing_used(resolution, query.closure):
                return resolution
    return backend.resolve(request, view, environment, context)


def _interpret_resolution(resolution: Resolution, query: _Query) -> Resolution:
    """Return a backend's answer without upgrades to what is installed, and with base versions that it kept.

    If the backend saw a base distribution in place of the venv's copy and kept it, the copy has to go.
    """
    shown = {distribution.name: distribution for distribution in query.shown}
    candidates = [
        candidate
        for candidate in resolution.candidates
        if not (candidate.name in query.upgrades and _is_installed(candidate, query.eligible))
        and not (candidate.name in shown and url_pins.is_installed_from_url(candidate, query.eligible))
    ]
    names = {candidate.name for candidate in candidates}
    uncovered = [
        Candidate(distribution.name, distribution.version)
        for distribution in query.shown
        if query.eligible.visible[distribution.name].location != distribution.location
        and distribution.name not in names
    ]
    candidates = [_with_requested_reference(candidate, query.roots) for candidate in candidates]
    return Resolution((*_mark_editables(candidates, query.roots), *uncovered))


def _unnamed_archives(request: Request) -> list[str]:
    """Return the archives of projects that have no name, unless the request names a backend.

    setuptools builds such a project nevertheless, and calls it UNKNOWN.
    """
    local = [root for root in request.roots if request.backend is None and root.path]
    return [root.path for root in local if name_of_archive(root) == "unknown"]


def _names_to_reinstall(request: Request, eligible: Inventory, unmet: set[str]) -> frozenset[str]:
    """Return the names of installed distributions that are installed again: on request, or with changed sources."""
    names = set(request.reinstall_names)
    for root in request.roots:
        stale = bool(root.path) and root.text in unmet
        if request.reinstall or stale:
            distribution = direct_url.installed_in_any_way_from(root, eligible)
            name = distribution.name if distribution else requirement_cache.name_of(root)
            names.add(name or name_of_archive(root))
    return frozenset(names)


def _is_installed(candidate: Candidate, eligible: Inventory) -> bool:
    """Return whether imports find a candidate already, because an upgrade finds nothing newer."""
    distribution = eligible.visible.get(candidate.name)
    if distribution is None or distribution.direct_url or candidate.reference or candidate.version is None:
        return False
    return Version(distribution.version) == Version(candidate.version)


def name_of_archive(root: Root) -> str:
    """Return the normalized name in the file name of a wheel or an sdist, an empty string for another path.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
    """
    file_name = os.path.basename(root.path)
    # The name in a wheel has no dash; that in an older sdist may have some, but its version has none.
    name = file_name.split("-")[0] if file_name.endswith(".whl") else file_name.rpartition("-")[0]
    return canonicalize_name(name) if "-" in file_name and not os.path.isdir(root.path) else ""


def _with_requested_reference(candidate: Candidate, roots: Iterable[Root]) -> Candidate:
    """Return a candidate with the URL of its root, and in development mode if the root requests that.

    Resolvers report URLs without their passwords.
    """
    path = path_of(candidate.reference)
    for root in roots:
        if path and root.path == path and root.editable:
            return candidate._replace(editable=True)
        requirement = requirement_cache.requirement(root.text)
        if requirement is not None and requirement.url and canonicalize_name(requirement.name) == candidate.name:
            return candidate._replace(reference=requirement.url)
    return candidate


def _mark_editables(candidates: list[Candidate], roots: Iterable[Root]) -> list[Candidate]:
    """Return candidates, in development mode if ``tool.uv.sources`` of a local project among the roots says so."""
    projects = [root.path for root in roots if root.path]
    paths = [path_of(candidate.reference) for candidate in candidates]
    others = {path for path in paths if os.path.isdir(path) and path not in projects}
    editables = others.intersection(editable_paths(projects)) if others else others
    pairs = zip(candidates, paths, strict=True)
    return [candidate._replace(editable=True) if path in editables else candidate for candidate, path in pairs]


def _relevant_problems(closure: Closure, error: ResolutionError) -> Closure:
    """Return the problems that explain why there is no solution: conflicts, and names that no index has."""
    text = "\n".join(error.why).lower()

    def is_on_no_index(requirement: str) -> bool:
        parsed = requirement_cache.requirement(requirement)
        names = {parsed.name.lower(), canonicalize_name(parsed.name)} if parsed else set()
        return any(phrase.format(name) in text for name in names for phrase in _NOT_ON_INDEX)

    problems = (p for p in closure.problems if p.kind == "conflict" or is_on_no_index(p.requirement))
    return closure._replace(problems=tuple(problems))


def _spelling(closure: Closure, eligible: Inventory, roots: Iterable[Root]) -> str | None:
    """Return a hint if a name that no index has is similar to one in the base or in the request."""
    names = {*map(requirement_cache.name_of, roots), *eligible.visible} - {""}
    missing_names = (requirement_cache.name_in(p.requirement) for p in closure.problems if p.kind == "missing")
    hints = (suggestion(name, sorted(names - {name})) for name in missing_names if name)
    return next(filter(None, hints), None)


def _hint(request: Request, error: ResolutionError) -> str | None:
    if request.require_hashes:
        return "drop `--require-hashes` to reuse what the base has, whose hashes are not known"
    if request.offline:
        return "drop `--offline` to install what is missing in this environment"
    return error.hint
