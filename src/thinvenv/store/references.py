"""Keys of what an installer would install: with the same key, it chooses the same archive.

A store remembers under such a key which entry the archive became, so that the next environment needs no installer. A
key has all that decides the choice: name and version, the interpreter, the settings of the index and of builds, and
the state of the archives that lie in local folders. A URL that may lead to another file tomorrow has no key.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from thinvenv.backends import uv_options
from thinvenv.config import index_settings
from thinvenv.distributions.requirement_cache import name_of
from thinvenv.files.fingerprint import digest
from thinvenv.urls import path_of, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Environment, Request

_COMMIT = re.compile(r"@[0-9a-f]{40}(?=$|#)")
_HASH = re.compile(r"[#&]sha(?:256|384|512)=[0-9a-f]+")
_IRRELEVANT = (
    *("UV_BREAK", "UV_CACHE", "UV_COMPILE", "UV_CONCURRENT", "UV_HTTP", "UV_LINK_MODE", "UV_LOCK", "UV_NO_CACHE"),
    *("UV_NO_INSTALLER", "UV_NO_PROGRESS", "UV_OFFLINE", "UV_PROJECT", "UV_PYTHON", "UV_REQUEST", "UV_RUN"),
    *("UV_SYSTEM", "UV_TOOL", "PIP_CACHE", "PIP_DISABLE", "PIP_LOG", "PIP_NO_CACHE", "PIP_NO_INPUT", "PIP_PROGRESS"),
    *("PIP_RETRIES", "PIP_ROOT_USER", "PIP_TIMEOUT"),
)
"""The start of the names of variables that change no choice."""
_IRRELEVANT_OPTIONS = ("--no-compile", "--compile-bytecode", "--link-mode", "--cache-dir", "--timeout", "--retries")


def is_archive(candidate: Candidate) -> bool:
    """Return whether a candidate comes as an archive from an index, a folder of archives, or a URL.

    Local projects and archives are not: the project under test is built again and again.
    """
    return not candidate.editable and not path_of(candidate.reference)


def keys_of(
    candidates: Iterable[Candidate], request: Request, environment: Environment, context: Context
) -> dict[str, str]:
    """Return the keys of candidates by their names, without those whose archive may change.

    Args:
        candidates: Distributions that come as archives.
        request: The options of the installer, and the hashes.
        environment: The virtual environment.
        context: The surroundings of the call.

    """
    if request.reinstall or any(option in {"--refresh", "--no-cache"} for option in request.options):
        return {}
    common = [*_interpreter(environment), *_settings(request, environment, context)]
    candidates = list(candidates)
    names = [candidate.name for candidate in candidates]
    states = index_settings.local_states(names, request.options, environment.prefix, context)
    hashes: dict[str, list[str]] = {}
    for root in (*request.roots, *request.policy.constraints):
        hashes.setdefault(name_of(root), []).extend(root.hashes)
    keys = {}
    for candidate in candidates:
        if candidate.name in request.reinstall_names or _is_mutable(candidate.reference):
            continue
        own = (candidate.name, candidate.version or "", candidate.reference, *sorted(hashes.get(candidate.name, ())))
        keys[candidate.name] = digest([*common, *own, "", states.get(candidate.name, "")])
    return keys


def _settings(request: Request, environment: Environment, context: Context) -> list[str]:
    """Return the settings that decide from where an installer takes which archive, without passwords."""
    variables = [
        f"{name}={redacted(value)}"
        for name, value in sorted(context.environ.items())
        if name.startswith(("UV_", "PIP_")) and not name.startswith(_IRRELEVANT)
    ]
    relevant = [option for option in request.options if not option.startswith(_IRRELEVANT_OPTIONS)]
    options = map(redacted, (*uv_options.for_uv(relevant, context, environment.prefix), *relevant))
    flags = (str(request.backend), str(request.require_hashes), request.configuration)
    return [*options, *flags, *variables]


def _interpreter(environment: Environment) -> Iterator[str]:
    """Yield what decides which archives fit an interpreter."""
    yield from (environment.cache_tag, environment.abi, environment.platform, *environment.suffixes)
    markers = ("implementation_name", "python_version", "sys_platform", "platform_machine")
    yield from (environment.markers.get(name, "") for name in markers)
    has_glibc = "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", ())
    yield (os.confstr("CS_GNU_LIBC_VERSION") or "") if has_glibc else ""


def _is_mutable(reference: str) -> bool:
    """Return whether a URL may lead to another archive tomorrow: one without a hash, or without a commit."""
    return bool(reference) and not (_HASH.search(reference) or _COMMIT.search(reference))
