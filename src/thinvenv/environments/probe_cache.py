"""What interpreters answered, kept for the whole fleet.

Environments over one base answer alike but for where they lie, so one answer serves them
all: it is kept with the environment's root taken out, under everything that decides it - the
interpreter, the variables, the system, ``pyvenv.cfg``. What lies on the path decides too, and
can only be looked at once an answer says what the path is: that is compared on the way out.
Whatever is in doubt is asked anew.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap, probe
from thinvenv.fingerprint import digest, file_state
from thinvenv.inventory.layers import fingerprint, layers_of
from thinvenv.model import Environment, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from thinvenv.context.context import Context

ROOT = "\0root"
"""Stands for the root of the environment; no path has a null byte."""

_HARMLESS = ("import site, sys; layer = ", "import _virtualenv", "import _thinvenv")
"""How the lines of code in an environment's ``.pth`` files begin whose effect is known: ours, virtualenv's."""

_NO_MATTER = ("prompt", "command", "executable")
"""Keys of ``pyvenv.cfg`` that say how the environment was made, and decide nothing."""


def probe_cached(python: Path, context: Context) -> Environment:
    """Return what an interpreter is, starting it only where no answer is known.

    Raises:
        InterpreterError: See :func:`thinvenv.environments.probe.probe`.

    """
    root = _root_of(python)
    key = _key(python, root, context.environ)
    return context.cache.get_or_compute(
        "answers",
        key,
        lambda: _recalled(context.cache.load("answers", key), root),
        lambda: _asked(python, root, key, context),
    )


def _asked(python: Path, root: str, key: str, context: Context) -> Environment:
    """Start an interpreter, and keep its answer where it serves others too."""
    found = probe.probe(python, context.environ)
    own = _own_state(found, root)
    if own is not None:
        told = moved(to_json(found), root, ROOT) if root else to_json(found)
        context.cache.store("answers", key, {"environment": told, "own": own, "base": _base_state(found)})
    return found


def _root_of(python: Path) -> str:
    """Return the root of the virtual environment that an interpreter belongs to, or an empty string."""
    root = os.path.dirname(os.path.dirname(python))
    return root if os.path.isfile(os.path.join(root, "pyvenv.cfg")) else ""


def _key(python: Path, root: str, environ: Mapping[str, str]) -> str:
    program = os.path.realpath(python)
    parts = [probe.script(), program, *(environ.get(name, "") for name in probe.PATH_VARIABLES)]
    parts.append(file_state(program))
    parts += os.uname()[2:4] if hasattr(os, "uname") else ()  # the markers tell the system's release
    parts += [os.path.relpath(python, root), *_settings(root)] if root else [str(python)]
    return digest(parts)


def _settings(root: str) -> Iterator[str]:
    with open(os.path.join(root, "pyvenv.cfg"), encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if line.partition("=")[0].strip() not in _NO_MATTER:
                yield line.replace(root, ROOT)


def _recalled(known: dict[str, Any] | None, root: str) -> Environment | None:
    """Return a known answer for the environment at ``root``, ``None`` where it may have changed."""
    if known is None:
        return None
    try:
        found = from_json(Environment, moved(known["environment"], ROOT, root))
    except (AttributeError, KeyError, TypeError):
        return None
    whole = _own_state(found, root) == known.get("own") and _base_state(found) == known.get("base")
    return found if whole else None


def _own_state(found: Environment, root: str) -> list[str] | None:
    """Return what in the environment itself decides its path, ``None`` where nobody can tell."""
    if root and not found.prefix == root == os.path.normpath(root):
        return None
    lines = []
    for folder in sorted({found.purelib, found.platlib}) if root else ():
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
            if name in {"sitecustomize.py", "usercustomize.py"}:
                return None
            if name.endswith(".pth") and name != bootstrap.PATH_FILE:
                with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
                    lines += [f"{name}: {line.rstrip()}".replace(root, ROOT) for line in file if line.strip()]
    code = (line.partition(": ")[2] for line in lines)
    known = all(line.startswith(_HARMLESS) for line in code if line.startswith(("import ", "import\t")))
    return lines if known else None


def _base_state(found: Environment) -> list[str]:
    """Return the state of what an environment only reads, and of the files that :mod:`site` runs."""
    layers = [one for one in layers_of(found) if one.kind == "base"]
    stdlib = os.path.join(found.base_prefix, "lib", "python" + found.markers["python_version"])
    files = [
        os.path.join(folder, name)
        for folder in (stdlib, *(one.path for one in layers))
        for name in ("sitecustomize.py", "usercustomize.py")
    ]
    return [fingerprint(layers), *(file_state(path) for path in files)]


def moved(value: Any, old: str, new: str) -> Any:
    """Return a JSON value in which the paths below ``old`` are below ``new``.

    Args:
        value: What :mod:`json` reads and writes.
        old: A folder, or :data:`ROOT`.
        new: The folder in its place.

    """
    if isinstance(value, str):
        return new + value[len(old) :] if old and (value == old or value.startswith(old + os.sep)) else value
    if isinstance(value, dict):
        return {name: moved(one, old, new) for name, one in value.items()}
    return [moved(one, old, new) for one in value] if isinstance(value, (list, tuple)) else value
