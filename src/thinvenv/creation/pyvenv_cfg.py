"""The settings of an environment in ``pyvenv.cfg`` (PEP 405): how it sees its bases."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.creation import bases as base_layers
from thinvenv.environments import config_file, probe, probe_cache
from thinvenv.environments.config_file import BASES_KEY, FILE_NAME, LINK_LAYERS_KEY, LINK_STRATEGY_KEY, PARENT_KEY
from thinvenv.errors import NotAnEnvironmentError, UsageError
from thinvenv.files import read_bytes
from thinvenv.links import link_or_copy
from thinvenv.plugins import manager

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from thinvenv.choices import ReuseMode
    from thinvenv.context.context import Context
    from thinvenv.context.reporter import Reporter
    from thinvenv.model import Environment


def sync_config(prefix: Path, context: Context, *, reuse: ReuseMode, bases: Iterable[str] = ()) -> None:
    """Let an environment that its host created, or kept, see its bases as its settings require.

    If it does already, no process is started and nothing is written.

    Args:
        prefix: The root of the environment.
        context: The surroundings of the call.
        reuse: ``inherit`` imports from the bases, ``link`` links what is used of them into the
            environment, ``off`` hides them.
        bases: Further bases, in the order of the import path.

    Raises:
        UsageError: ``reuse`` is ``off``, and there are ``bases``.
        NotAnEnvironmentError: There is no environment at ``prefix``, or it cannot be written.
        BaseError: A base does not exist, or is for another interpreter.
        InterpreterError: The interpreter of the environment, or of a base, does not start.
        PluginError: A plugin failed.

    """
    bases = tuple(bases)
    check_bases(reuse, bases)
    if reuse != "off" and manager.has_base_layers_hook(context.plugins):
        environment = probe_cache.probe_cached(probe.python_of(prefix), context)
        bases = (*bases, *manager.base_layers(context.plugins, environment))
    path = probe.python_of(prefix).parent.parent / FILE_NAME
    try:
        config = read_bytes(path).decode()
        settings = {
            "include-system-site-packages": "true" if reuse == "inherit" else "false",
            "home": _real_home(prefix, config),
            BASES_KEY: as_json(bases),
        }
        changed = _with_settings(config, settings)
        if changed != config or (reuse == "link") != (LINK_LAYERS_KEY in config_file.parse(config)):
            _write(path, _with_settings(changed, _replace_layers(prefix, reuse, bases, context)))
    except (OSError, ValueError) as error:  # `ValueError`: it is not UTF-8
        raise NotAnEnvironmentError(f"cannot change {prefix}", why=(str(error),)) from error


def check_bases(reuse: ReuseMode, bases: Sequence[str]) -> None:
    """Check that a reuse mode and further bases go together.

    Raises:
        UsageError: ``reuse`` is ``off``, and there are ``bases``.

    """
    if reuse == "off" and bases:
        raise UsageError("`--base` and `--reuse off` contradict each other")


def record_bases(prefix: Path, base: Environment, bases: Iterable[str], cwd: str) -> None:
    """Record what a new environment was created from, so that its reuse mode can be changed later.

    Args:
        prefix: The root of the environment.
        base: The interpreter that it was created from.
        bases: Its further bases.
        cwd: The directory that relative paths of them start from.

    """
    paths = [absolute_base(path, cwd) for path in bases]
    parent = json.dumps(base.python) if base.is_virtual else ""
    if paths or parent:
        update(prefix, {BASES_KEY: as_json(paths), PARENT_KEY: parent})


def absolute_base(path: str, cwd: str) -> str:
    """Return the path of a base in a form that means the same in any directory."""
    return path if path.startswith("~") else os.path.abspath(os.path.join(cwd, path))


def as_json(value: Sequence[str]) -> str:
    """Return the value of a key for some paths, or for a text. It is empty without any, which removes the key."""
    return json.dumps(value) if value else ""


def update(prefix: Path, settings: Mapping[str, str], *, synced: bool = True) -> None:
    """Set some keys in the ``pyvenv.cfg`` of an environment. An empty value removes its key.

    Args:
        prefix: The root of the environment.
        settings: The values by their keys.
        synced: Whether the file has the old or the new settings after a power failure. A new environment, of which
            nothing is on the disk yet, needs no such care.

    """
    path = prefix / FILE_NAME
    _write(path, _with_settings(read_bytes(path).decode(), settings), synced=synced)


def link_settings(layers: Iterable[str], prefix: Path, reporter: Reporter) -> dict[str, str]:
    """Return the settings of an environment that links what it uses of some directories; without any, empty ones.

    The kind of link is chosen here, once for the environment.
    """
    layers = list(dict.fromkeys(layers))
    kind = link_or_copy.choose(prefix) if layers else link_or_copy.SYMLINK
    if kind != link_or_copy.SYMLINK:
        reporter.note(f"symbolic links cannot be created in {prefix}, so reused distributions are copied into it")
    return {LINK_LAYERS_KEY: as_json(layers), LINK_STRATEGY_KEY: as_json(kind)}


def _replace_layers(prefix: Path, reuse: ReuseMode, bases: Sequence[str], context: Context) -> dict[str, str]:
    """Write the path file of an environment, and return the settings of its links."""
    environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    chosen = base_layers.suitable(bases, environment, context)
    layers = [layer for base in chosen for layer in base_layers.layers_of(base, environment, context)]
    base_layers.write_path_file(environment, layers if reuse == "inherit" else [])
    if reuse == "link":
        installation = environment._replace(python=environment.base_python)
        layers += base_layers.interpreter_layers(installation, context)
    return link_settings(layers if reuse == "link" else [], prefix, context.reporter)


def _real_home(prefix: Path, config: str) -> str:
    """Return the ``home`` that an environment should have.

    Installers write the folder of the interpreter that they are given. If that is a symbolic
    link, no standard library lies beside it, and Python falls back to the installation that it
    was built for, which has other site directories (pypa/virtualenv#3157).
    """
    home = config_file.parse(config).get("home", "")
    folder = Path(os.path.realpath(probe.python_of(prefix))).parent
    is_copy = folder.is_relative_to(os.path.realpath(prefix))
    if is_copy or any(Path(home).parent.glob("lib*/python*/os.py")):
        return home
    return str(folder)


def _with_settings(config: str, settings: Mapping[str, str]) -> str:
    """Return the text of a ``pyvenv.cfg`` with some keys set. An empty value removes its key."""
    for key, value in settings.items():
        lines = config.splitlines()
        new = [f"{key} = {value}"] if value else []
        old = [line for line in lines if line.partition("=")[0].strip() == key]
        if old != new:
            config = "\n".join([*(line for line in lines if line not in old), *new]) + "\n"
    return config


def _write(path: Path, config: str, *, synced: bool = False) -> None:
    mode = path.stat().st_mode
    write_atomically(path, config, synced=synced)
    path.chmod(mode)
