"""What uv reports about a resolution: its JSON output, its changes and its log."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from thinvenv.errors import BackendError
from thinvenv.model import Candidate, Resolution

if TYPE_CHECKING:
    from collections.abc import Iterable
    from subprocess import CompletedProcess

SCHEMA = "preview"
"""The version of uv's JSON output that this module can read."""

# Only the log of uv's resolver names the distribution that requires another.
_EDGE = re.compile(
    r"^DEBUG Adding transitive dependency for (?P<parent>\S+?)(?:\[[^\]]*\])?==(?P<version>\S+): (?P<child>[\w.-]+)"
)
# `name @ url` for a distribution that has to be built, `name==version (from url)` for one that was built before.
_REFERENCE = re.compile(r"^ \+ (?P<name>[\w.-]+)(?: @ |==\S+ \(from )(?P<url>[^\s)]+)")

_FETCHED = re.compile(r"Failed to fetch: `?(?P<url>(?P<server>\w+://[^/\s`]+)[^\s`]*)")
"""How uv reports the address that it could not read."""


def resolution(completed: CompletedProcess[str]) -> Resolution:
    """Return the candidates: names and versions from uv's JSON output, URLs and dependencies from its log.

    Raises:
        BackendError: The JSON output has an unknown form.

    """
    lines = completed.stderr.splitlines()
    references = {match["name"]: match["url"] for match in map(_REFERENCE.match, lines) if match}
    edges, versions = _dependencies(lines)
    candidates = []
    for name, listed, action in _changes(completed.stdout):
        if action == "installed":
            version = listed or versions.get(name)
            requires = tuple(edges.get((name, version), ())) if version else ()
            candidates.append(Candidate(name, version, references.get(name, ""), requires))
    return Resolution(tuple(candidates))


def _changes(text: str) -> list[tuple[str, str | None, str]]:
    """Return the normalized name, the version and the action of each change in uv's JSON output.

    Raises:
        BackendError: The JSON output has an unknown form.

    """
    try:
        document: dict[str, Any] = json.loads(text)
        schema = document["schema"]["version"]
        changes = [(change["name"], change.get("version"), change["action"]) for change in document["changes"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unknown_schema(f"it could not be read: {error!r}") from error
    if schema != SCHEMA:
        raise _unknown_schema(f"its schema is {schema!r}, the known one is {SCHEMA!r}")
    return changes


def resolution_failure(message: str, command: Iterable[str]) -> BackendError:
    """Return the error about a resolution that failed for another reason than the requirements.

    If a server cannot be reached, the error names it, and leaves out the command, which explains nothing then.

    Args:
        message: What uv printed, without passwords.
        command: The lines about the process.

    """
    failed = _FETCHED.search(message)
    if failed and "error sending request" in message:
        *_, cause = message.splitlines()
        return BackendError(
            f"the server {failed['server']} cannot be reached",
            why=(f"{failed['url']}: {cause.strip().removeprefix('cause: ')}",),
            hint="check the network, and the address in the requirement, or in what sets the index",
        )
    return BackendError("uv could not resolve the requirements", why=(*command, message))


def _dependencies(lines: Iterable[str]) -> tuple[dict[tuple[str, str], dict[str, None]], dict[str, str]]:
    """Return the names that each name and version requires, and the last version of each name, from uv's log."""
    edges: dict[tuple[str, str], dict[str, None]] = {}
    versions: dict[str, str] = {}
    for match in filter(None, map(_EDGE.match, lines)):
        parent, version, child = match["parent"], match["version"], match["child"]
        versions[parent] = version
        if parent != child:  # the key has the version, since the resolver may have tried others first
            edges.setdefault((parent, version), {})[child] = None
    return edges, versions


def _unknown_schema(why: str) -> BackendError:
    return BackendError(
        "the output of this version of uv has a form that thinvenv does not know",
        why=(why,),
        hint="upgrade thinvenv, or use `--backend pip`",
    )
