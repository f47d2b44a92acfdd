"""The part of a recorded install that uv has written: files that new environments link to.

uv links the files of an environment to those in its cache, where the file system allows it. A recorded install gives
each of these files one more link, in a folder of the cache of thinvenv. A new environment with the same request gets
links to them, and what uv writes for each environment anew: RECORD and scripts. So it starts no uv. This counts as long
as uv would trust the pages of an index that it has read, and only while the same settings decide what an index answers.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from thinvenv.config import index_settings
from thinvenv.distributions.installed_files import RECORD
from thinvenv.files import open_executable
from thinvenv.files.fingerprint import file_state
from thinvenv.installation import import_refresh, portable_files, recorded_install
from thinvenv.installation.portable_files import linked_file
from thinvenv.model import Candidate, Distribution, Install, Plan
from thinvenv.model.json import file_name, relative_path, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.backends.base import Backend
    from thinvenv.cache import Cache
    from thinvenv.context.context import Context
    from thinvenv.environments.receipt import Receipt
    from thinvenv.installation.portable_files import LinkedFile
    from thinvenv.model import Environment, Request

_KIND = "recorded-files"
_KEPT_DAYS = 1
"""The days after which the links of a recorded install are removed. They keep files that uv may have removed."""


def dump(
    plan: Plan, request: Request, state: tuple[Environment, Receipt], backend: Backend | None, context: Context
) -> dict[str, Any] | None:
    """Return what uv installed into a new environment as JSON, and keep its files in the cache.

    Args:
        plan: The plan that was carried out.
        request: The request.
        state: The environment before the install, and its receipt after it.
        backend: The backend that has installed; ``None`` if the install must not be repeated without it.
        context: The surroundings of the call.

    Returns:
        ``None`` if the install cannot be repeated; an empty object if nothing was installed.

    """
    if not plan.changes:
        return {}
    environment, saved = state
    index = index_settings.digest_of(request.options, request.configuration, environment.prefix, context)
    is_shared = environment.linkable or environment.stores or saved.shared or recorded_install.has_own_index(request)
    is_plain = not is_shared and all(
        isinstance(step, Install) and not step.candidate.reference for step in plan.changes
    )
    if not (backend and backend.name == "uv" and index and is_plain):
        return None
    if saved.environment != environment or {dist.name for dist in plan.placed} != {*plan.names}:
        return None
    archives = index_settings.states_of_places(plan.names, request.options, environment.prefix, context)
    if archives is None:
        return None
    uv = str(getattr(backend, "executable", ""))
    try:
        files = portable_files.read(plan.placed, environment)
        return {
            "time": time.time(),
            "index": index,
            "archives": archives,
            "uv": [uv, file_state(uv), context.environ.get("PATH", "")],
            "steps": _encode_steps(plan, environment.prefix),
            "folder": _keep(files.links, environment.prefix, context.cache),
            **portable_files.encode(files),
        }
    except (OSError, portable_files.UnsuitableFileError):
        return None


def top_level_entries(document: Any, environment: Environment) -> set[str]:
    """Return the entries of the site directories that an install has added, see :func:`dump`."""
    paths = [*(path for path, *_ in document["links"]), *document["texts"]] if document else []
    sites = {portable_files.relative(site, environment.prefix) for site in environment.sites}
    return {path[len(site) + 1 :].partition("/")[0] for path in paths for site in sites if path.startswith(f"{site}/")}


def claim(document: Any, request: Request, environment: Environment, context: Context) -> Plan | None:
    """Return the plan that links a recorded install into a new environment.

    Args:
        document: What :func:`dump` returned.
        request: The request, which is the same.
        environment: The new environment.
        context: The surroundings of the call.

    Returns:
        The plan, or ``None`` if the index may answer otherwise by now, or if a file is gone or has changed.

    """
    try:
        names = [name for name, *_ in document["steps"]]
        files = portable_files.decode(document)
        uv, state, path = map(text, document["uv"])
        is_current = (
            index_settings.is_fresh(document["time"])
            and (state, path) == (file_state(uv), context.environ.get("PATH", ""))
            and _is_intact(files.links, _folder_of(document, context.cache))
            and not any(os.path.lexists(os.path.join(environment.prefix, script)) for script in files.scripts)
            and document["index"]
            == index_settings.digest_of(request.options, request.configuration, environment.prefix, context)
            and document["archives"]
            == index_settings.states_of_places(names, request.options, environment.prefix, context)
        )
        return _plan(document["steps"], environment) if is_current else None
    except (KeyError, TypeError, ValueError, AttributeError, OSError):  # another version has recorded it
        return None


def restore(document: Any, environment: Environment, cache: Cache) -> bool:
    """Link and write the files of a recorded install, and return whether this succeeded.

    RECORD comes first, and METADATA before modules: if this process is killed, RECORD lists all that is there.

    Args:
        document: What :func:`dump` returned, and :func:`claim` has checked.
        environment: The new environment, whose receipt lists the names of the distributions as pending.
        cache: The cache.

    """
    files, folder, root = portable_files.decode(document), _folder_of(document, cache), environment.prefix
    first_line = b"#!" + os.fsencode(environment.python)
    scripts = {path: (listed, first_line + content) for path, (listed, content) in files.scripts.items()}
    path_files = import_refresh.read_path_files(environment)
    try:
        for parent in sorted({os.path.dirname(path) for path in (*files.texts, *(link.path for link in files.links))}):
            os.makedirs(os.path.join(root, parent), exist_ok=True)
        for path, content in sorted(files.texts.items(), key=lambda item: not item[0].endswith(f"/{RECORD}")):
            with open(os.path.join(root, path), "xb") as file:
                file.write(portable_files.filled(content, scripts.values()) if path.endswith(f"/{RECORD}") else content)
        for number, link in enumerate(files.links):
            os.link(os.path.join(folder, str(number)), os.path.join(root, link.path))
        for path, (_, content) in scripts.items():  # no temporary names: RECORD lists these
            with open(os.path.join(root, path), "xb", opener=open_executable) as file:
                file.write(content)
    except OSError:  # too many links to a file, or another file system
        return False
    import_refresh.touch(environment.sites)
    import_refresh.refresh(environment, path_files)
    return True


def _encode_steps(plan: Plan, prefix: str) -> list[list[Any]]:
    """Return the name, the version, the reason and the metadata directory of each distribution that was installed."""
    locations = {dist.name: portable_files.relative(dist.location, prefix) for dist in plan.placed}
    return [[step.name, step.version, list(step.because), locations[step.name]] for step in plan.installed]


def _plan(steps: Iterable[Any], environment: Environment) -> Plan:
    """Return the plan of the steps that :func:`_encode_steps` returned."""
    installs, placed = [], []
    for name, version, because, path in steps:
        location = os.path.join(environment.prefix, relative_path(path))
        installs.append(Install(Candidate(text(name), text(version)), tuple(map(text, because))))
        placed.append(Distribution(name, version, location, os.path.dirname(location)))
    return Plan(tuple(installs), placed=tuple(placed))


def _keep(links: Iterable[LinkedFile], prefix: str, cache: Cache) -> str:
    """Link files into a new folder of the cache, by their numbers, and return the name of the folder.

    Raises:
        OSError: The cache is on another file system, or cannot be written.

    """
    cache.tidy(_KIND, _KEPT_DAYS)
    name = os.urandom(8).hex()
    folder = cache.folder(_KIND) / name
    folder.mkdir(mode=0o700)
    try:
        for number, link in enumerate(links):
            os.link(os.path.join(prefix, link.path), os.path.join(folder, str(number)))
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        raise
    return name


def _folder_of(document: Any, cache: Cache) -> str:
    """Return the folder of the cache that has the files of a recorded install."""
    return str(cache.folder(_KIND) / file_name(document["folder"]))


def _is_intact(links: Iterable[LinkedFile], folder: str) -> bool:
    """Return whether the files in a folder of the cache are as they were recorded."""
    paths = (os.path.join(folder, str(number)) for number, _ in enumerate(links))
    return all(linked_file(link.path, os.lstat(path)) == link for path, link in zip(paths, links, strict=True))
