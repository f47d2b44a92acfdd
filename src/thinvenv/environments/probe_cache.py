"""The cache of what interpreters are, shared by all environments over one base.

The answers of such environments differ only in the root of the environment, so the cache stores an
answer without that root. Its key covers what is known beforehand: the interpreter, the variables,
the system and ``pyvenv.cfg``. The start-up files in site directories decide as well, and so does what
the code reads that runs at start. The answer says which these are, so their state is stored with the
answer and compared when it is read. Where that cannot be known, nothing is stored.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap, probe
from thinvenv.files import is_regular_file, names_in, read_bytes
from thinvenv.files.fingerprint import digest, file_state
from thinvenv.inventory.layers import CUSTOMIZATIONS, STARTUP_SUFFIXES, layers_of, startup_fingerprint
from thinvenv.model import Environment, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from thinvenv.context.context import Context

ROOT = "\0root"
"""A placeholder for the root of an environment. No path contains a null byte."""

_IGNORED_KEYS = ("prompt", "command", "executable")
"""The keys of ``pyvenv.cfg`` that record how the environment was made, and change nothing."""

_KIND = "environments"


def probe_cached(python: Path, context: Context) -> Environment:
    """Return what :func:`thinvenv.environments.probe.probe` returns, from the cache if it is there.

    Args:
        python: The interpreter.
        context: The surroundings of the call: the cache, and the variables to start the interpreter with.

    Raises:
        InterpreterError: See :func:`thinvenv.environments.probe.probe`.

    """
    root = _root_of(python)
    key = _cache_key(python, root, context.environ)
    return context.cache.get_or_compute(
        _KIND,
        key,
        lambda: _load(context.cache.load(_KIND, key), root, context),
        lambda: _probe_and_store(python, root, key, context),
    )


def _probe_and_store(python: Path, root: str, key: str, context: Context) -> Environment:
    environment = probe.probe(python, context.environ, context.cwd)
    states = _states(environment, root, context)
    if states is not None:
        document = to_json(environment)
        if root:
            document = rebased(document, root, ROOT)
        context.cache.store(_KIND, key, {"environment": document, "states": states})
    return environment


def _load(document: dict[str, Any] | None, root: str, context: Context) -> Environment | None:
    """Return the environment at ``root`` that a document describes, ``None`` if it is out of date."""
    data = document or {}
    try:
        environment = from_json(Environment, rebased(data["environment"], ROOT, root))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    states = _states(environment, root, context)
    return environment if states is not None and states == data.get("states") else None


def _root_of(python: Path) -> str:
    """Return the root of the virtual environment that an interpreter belongs to, or an empty string."""
    root = os.path.dirname(os.path.dirname(python))
    return root if is_regular_file(os.path.join(root, "pyvenv.cfg")) else ""


def _cache_key(python: Path, root: str, environ: Mapping[str, str]) -> str:
    program = os.path.realpath(python)
    parts = [*probe.programs(), program, *(environ.get(name, "") for name in probe.PATH_VARIABLES)]
    parts.append(file_state(program))
    parts += os.uname()[2:4] if hasattr(os, "uname") else ()  # the markers contain the release of the system
    if not root:
        return digest([*parts, str(python)])
    # An environment is asked before and after it gets its start-up files: these are two answers, and both are kept.
    own = own_start_up_lines(_usual_site_directories(root), root)
    return digest([*parts, os.path.relpath(python, root), *_config_lines(root), *own])


def _usual_site_directories(root: str) -> list[str]:
    folders = ["Lib", *(os.path.join("lib", name) for name in names_in(os.path.join(root, "lib")))]
    return [os.path.join(root, folder, "site-packages") for folder in folders]


def _config_lines(root: str) -> Iterator[str]:
    for line in _text(os.path.join(root, "pyvenv.cfg")).splitlines():
        if line.partition("=")[0].strip() not in _IGNORED_KEYS:
            yield line.replace(root, ROOT)


def _states(environment: Environment, root: str, context: Context) -> list[str] | None:
    """Return the states of all that decides what an interpreter is, ``None`` if these cannot be determined.

    These are the lines of its own start-up files, the start-up files of its base layers, and what the code reads
    that runs at start.
    """
    if any(kind == "unknown" for kind, _ in environment.reads):
        return None
    if root and not environment.prefix == root == os.path.normpath(root):
        return None
    base = startup_fingerprint(layer for layer in layers_of(environment) if layer.kind == "base")
    reads = digest(state.replace(root, ROOT) if root else state for state in probe.reads_states(environment, context))
    return [base, reads, *(own_start_up_lines(environment.sites, root) if root else ())]


def own_start_up_lines(folders: Iterable[str], root: str) -> Iterator[str]:
    """Yield the lines of the start-up files in the site directories of an environment, those of thinvenv apart.

    Args:
        folders: The site directories.
        root: The root of the environment, which :data:`ROOT` replaces.

    """
    for folder in sorted(folders):
        for name in sorted(names_in(folder)):
            if name.startswith(CUSTOMIZATIONS):
                yield name
            if name.endswith(STARTUP_SUFFIXES) and name not in bootstrap.OWN_FILES:
                lines = _text(os.path.join(folder, name)).splitlines()
                yield from (f"{name}: {line.rstrip()}".replace(root, ROOT) for line in lines if line.strip())


def _text(path: str) -> str:
    return read_bytes(path).decode(errors="surrogateescape")


def rebased(value: Any, old: str, new: str) -> Any:
    """Return a JSON value with the paths below one folder moved below another.

    Args:
        value: A JSON value.
        old: The folder, or :data:`ROOT`.
        new: The folder that replaces it, or :data:`ROOT`.

    """
    if isinstance(value, str):
        return new + value[len(old) :] if old and (value == old or value.startswith(old + os.sep)) else value
    if isinstance(value, dict):
        return {name: rebased(item, old, new) for name, item in value.items()}
    return [rebased(item, old, new) for item in value] if isinstance(value, (list, tuple)) else value
