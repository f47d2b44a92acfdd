"""The settings that decide what an index answers, and how long an answer counts."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

from thinvenv.config import pip, uv
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.urls import path_of, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from thinvenv.context.context import Context

FRESH_SECONDS = 600
"""How long an answer counts: as long as uv trusts a page of PyPI, whose headers say so."""
_FRESH = ("--refresh", "--no-cache", "--upgrade", "--reinstall")
"""The start of the options that ask for a new answer."""
_WITHOUT_CACHE = frozenset({"UV_NO_CACHE", "PIP_NO_CACHE_DIR", "no-cache-dir", "no-cache"})
"""The settings with which no answer is kept."""
_UNSET = frozenset({"", "0", "false", "no", "off", "n", "f"})
_LINK = re.compile(r"href\s*=\s*[\"']?([^\"'#> ]+)", re.IGNORECASE)
_NO_PLACES = re.compile(r"no.index|index.strategy", re.IGNORECASE)
_PLACES = re.compile(r"index|find.links", re.IGNORECASE)
_FURTHER_SERVERS = re.compile(r"torch.backend", re.IGNORECASE)
"""The settings that make uv ask further servers, whatever their values."""
_MOST_ENTRIES = 1000
"""The number of files and folders in local places above which they are not compared: it would take too long."""


def is_fresh(answered: float) -> bool:
    """Return whether an answer of an index still counts.

    Args:
        answered: When it was given, in seconds since the epoch.

    """
    return 0 <= time.time() - answered <= FRESH_SECONDS


def digest_of(options: Iterable[str], configuration: str, prefix: str, context: Context) -> str:
    """Return a digest of all settings that decide what an index answers.

    Args:
        options: The options of a request.
        configuration: The digest of uv's configuration, see :mod:`thinvenv.config.uv_files`.
        prefix: The environment, whose ``pip.conf`` counts.
        context: The surroundings of the call.

    Returns:
        The digest; empty if the options ask for a new answer, or if no answer is to be kept. That of another server
        than PyPI is not: it decides how long uv trusts its pages, and many servers want to be asked each time.

    """
    options = list(options)
    if any(option.startswith(_FRESH) for option in options):
        return ""
    settings = list(_settings(options, prefix, context))
    if any(name in _WITHOUT_CACHE and value.lower() not in _UNSET for name, value in settings):
        return ""
    if any(map(_names_server, settings)):
        return ""
    return digest([configuration, *(f"{name}={redacted(value)}" for name, value in settings)])


def local_states(names: Iterable[str], options: Iterable[str], prefix: str, context: Context) -> dict[str, str]:
    """Return the state of the archives of some distributions in local folders, which may change at any time.

    Args:
        names: The normalized names of the distributions.
        options: The options of a request.
        prefix: The environment, whose ``pip.conf`` counts.
        context: The surroundings of the call.

    Returns:
        A digest of the pages that list the archives and of the archives themselves, by name; empty if no archives
        come from local folders.

    """
    return _states_by_name(names, _local_places(options, prefix, context))


def states_of_places(
    names: Iterable[str], options: Iterable[str], prefix: str, context: Context
) -> dict[str, str] | None:
    """Return what decides which versions of some distributions a resolver finds in local folders.

    A distribution that has no archive yet counts, too: with one, a resolver may choose another version of what
    requires it.

    Args:
        names: The normalized names of the distributions.
        options: The options of a request.
        prefix: The environment, whose ``pip.conf`` counts.
        context: The surroundings of the call.

    Returns:
        The states of :func:`local_states`, and under an empty name that of all entries of the folders; ``None`` if
        these are too many to be compared.

    """
    places, states = _local_places(options, prefix, context), []
    for place in places:
        states.append(f"{place}:{file_state(place)}")
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                page = os.path.join(entry.path, "index.html") if entry.is_dir() else ""
                states.append(f"{entry.path}:{file_state(entry.path)}:{page and file_state(page)}")
                if len(states) > _MOST_ENTRIES:
                    return None
    return {"": digest(sorted(states)), **_states_by_name(names, places)}


def _settings(options: list[str], prefix: str, context: Context) -> Iterator[tuple[str, str]]:
    """Yield the names and values of settings: options, variables, and files."""
    yield from (option.partition("=")[::2] for option in options)
    variables = ((name, value) for name, value in context.environ.items() if name.startswith(("UV_", "PIP_")))
    yield from sorted(pair for pair in variables if pair[0] != "UV_PYTHON")
    yield from sorted(pip.load(context.environ, context.cwd, prefix, options).items())
    configuration = uv.load(context.environ, context.cwd, options)
    yield from ((name, str(configuration.value(name) or "")) for name in ("no-cache", "torch-backend"))
    for name in ("index-url", "extra-index-url", "find-links", "index"):
        value = configuration.value(name) or []
        for entry in value if isinstance(value, list) else [value]:
            yield name, str(entry.get("url", "") if isinstance(entry, dict) else entry)


def _names_server(setting: tuple[str, str]) -> bool:
    """Return whether a setting, a name and a value, names a server, from which archives may come."""
    name, value = setting
    if _FURTHER_SERVERS.search(name):
        return bool(value)
    return _is_place(name) and any("://" in part and not _local_path(part, "") for part in _parts(value))


def _local_places(options: Iterable[str], prefix: str, context: Context) -> list[str]:
    """Return the paths of the indexes, folders and pages on this machine that archives may come from."""
    values = (value for name, value in _settings(list(options), prefix, context) if _is_place(name))
    return sorted({_local_path(part, context.cwd) for value in values for part in _parts(value)} - {""})


def _states_by_name(names: Iterable[str], places: Sequence[str]) -> dict[str, str]:
    return {name: digest(state for place in places for state in _states(place, name)) for name in names if places}


def _is_place(name: str) -> bool:
    """Return whether the value of a setting says where archives come from."""
    return bool(_PLACES.search(name)) and not _NO_PLACES.search(name)


def _parts(value: str) -> set[str]:
    """Return the places that a value may name: variables and files of pip separate several, and a path has blanks."""
    return {value, *value.split(","), *re.split(r"[\s,]+", value)}


def _local_path(value: str, cwd: str) -> str:
    """Return the path that a place of archives has on this machine; empty for a server."""
    value = re.sub(r"^[\w.-]+=(?=\w+:|/)", "", value)  # uv's `name=url`
    if "://" in value or value.startswith("file:"):
        return path_of(value)
    return os.path.join(cwd, os.path.expanduser(value)) if value else ""


def _states(place: str, name: str) -> Iterator[str]:
    """Yield the state of each archive of a distribution in a local place, and that of the page that lists them."""
    page = place if os.path.isfile(place) else os.path.join(place, name, "index.html")
    try:
        with open(page, encoding="utf-8", errors="replace") as file:
            links = [unquote(link) for link in _LINK.findall(file.read()) if "://" not in link]
        paths = [os.path.normpath(os.path.join(os.path.dirname(page), link)) for link in links]
        yield f"{page}:{file_state(page)}"
    except OSError:
        entries = sorted(os.listdir(place)) if os.path.isdir(place) else []
        paths = [os.path.join(place, entry) for entry in entries]
    for path in paths:
        if re.sub(r"[-_.]+", "-", os.path.basename(path)).lower().startswith(name):
            yield f"{path}:{file_state(path)}"
