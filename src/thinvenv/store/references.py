"""Keys of what an installer would install: with the same key, it chooses the same archive.

A store remembers under such a key which entry the archive became, so that the next environment needs no installer. A
key has all that decides the choice: name and version, the interpreter, the settings of the index and of builds, and
the state of the archives that lie in local folders. A URL that may lead to another file tomorrow has no key.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from thinvenv.backends import uv_options
from thinvenv.config import uv
from thinvenv.distributions.requirement_cache import name_of
from thinvenv.fingerprint import digest, file_state
from thinvenv.urls import path_of, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thinvenv.context.context import Context
    from thinvenv.model import Candidate, Environment, Request

_COMMIT = re.compile(r"@[0-9a-f]{40}(?=$|#)")
_HASH = re.compile(r"[#&]sha(?:256|384|512)=[0-9a-f]+")
_LINK = re.compile(r"href\s*=\s*[\"']?([^\"'#> ]+)", re.IGNORECASE)
_INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_INDEX_SETTINGS = ("index-url", "extra-index-url", "index", "find-links")
_IRRELEVANT = (
    *("UV_BREAK", "UV_CACHE", "UV_COMPILE", "UV_CONCURRENT", "UV_HTTP", "UV_LINK_MODE", "UV_LOCK", "UV_NO_CACHE"),
    *("UV_NO_INSTALLER", "UV_NO_PROGRESS", "UV_OFFLINE", "UV_PROJECT", "UV_PYTHON", "UV_REQUEST", "UV_RUN"),
    *("UV_SYSTEM", "UV_TOOL", "PIP_CACHE", "PIP_DISABLE", "PIP_LOG", "PIP_NO_CACHE", "PIP_NO_INPUT", "PIP_PROGRESS"),
    *("PIP_RETRIES", "PIP_TIMEOUT"),
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
    common = [*_interpreter(environment), *index_settings(request, environment, context)]
    places = local_places(request, environment, context)
    hashes: dict[str, list[str]] = {}
    for root in (*request.roots, *request.policy.constraints):
        hashes.setdefault(name_of(root), []).extend(root.hashes)
    keys = {}
    for candidate in candidates:
        if candidate.name in request.reinstall_names or _is_mutable(candidate.reference):
            continue
        own = (candidate.name, candidate.version or "", candidate.reference, *sorted(hashes.get(candidate.name, ())))
        states = (state for place in places for state in _archive_states(place, candidate.name))
        keys[candidate.name] = digest([*common, *own, "", *states])
    return keys


def index_settings(request: Request, environment: Environment, context: Context) -> list[str]:
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


def local_places(request: Request, environment: Environment, context: Context) -> list[str]:
    """Return the local folders and pages that an installer takes archives from."""
    options = uv_options.for_uv(request.options, context, environment.prefix)
    values = [value for name, _, value in (option.partition("=") for option in options) if "ind" in name and value]
    for name in _INDEX_VARIABLES:
        values += re.split(r"[\s,]+", context.environ.get(name, ""))
    configuration = uv.load(context.environ, context.cwd, request.options)
    for name in _INDEX_SETTINGS:
        setting = configuration.value(name) or []
        entries = setting if isinstance(setting, list) else [setting]
        values += [str(entry.get("url", "")) if isinstance(entry, dict) else str(entry) for entry in entries]
    return [path for path in (_local_path(value, context.cwd) for value in values) if path]


def _local_path(value: str, cwd: str) -> str:
    """Return the path that a place of archives has on this machine; empty for a server."""
    value = re.sub(r"^[\w.-]+=(?=\w+:|/)", "", value)  # uv's `name=url`
    if "://" in value or value.startswith("file:"):
        return path_of(value)
    return os.path.join(cwd, os.path.expanduser(value)) if value else ""


def _archive_states(place: str, name: str) -> Iterator[str]:
    """Yield the state of each archive of a distribution in a local place, and that of the page that lists them."""
    page = place if os.path.isfile(place) else os.path.join(place, name, "index.html")
    try:
        with open(page, encoding="utf-8", errors="replace") as file:
            links = [unquote(link) for link in _LINK.findall(file.read()) if "://" not in link]
        paths = [os.path.normpath(os.path.join(os.path.dirname(page), link)) for link in links]
        yield f"{page}:{file_state(page)}"
    except OSError:
        names = sorted(os.listdir(place)) if os.path.isdir(place) else []
        paths = [os.path.join(place, entry) for entry in names]
    for path in paths:
        if canonicalize_name(os.path.basename(path)).startswith(name):
            yield f"{path}:{file_state(path)}"


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
