"""Changing how an existing environment reuses its bases."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.context.lock import creation_lock
from thinvenv.creation import bases as base_layers
from thinvenv.creation import pyvenv_cfg
from thinvenv.creation.create import layers_over
from thinvenv.environments import bootstrap, probe, probe_cache
from thinvenv.errors import UnwritableError, UsageError
from thinvenv.inventory.layers import sees_installation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from thinvenv.choices import ReuseMode
    from thinvenv.context.context import Context
    from thinvenv.model import Environment


@contextmanager
def reconfigured(
    prefix: Path, context: Context, *, reuse: ReuseMode | None = None, bases: Sequence[str] | None = None
) -> Iterator[None]:
    """Change how an environment reuses its bases. If the block fails, everything is as it was before.

    Args:
        prefix: The root of a virtual environment.
        context: The surroundings of the call.
        reuse: The new reuse mode; ``None`` keeps it.
        bases: The new further bases; ``None`` keeps them.

    Raises:
        UsageError: There are bases, but the reuse mode is ``off``.
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        UnwritableError: The environment cannot be written.
        BaseError: A base does not exist, or is for another interpreter.
        InterpreterError: An interpreter does not start.

    """
    environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    new_reuse = reuse or reuse_of(prefix, environment)
    recorded = pyvenv_cfg.paths_of(prefix, pyvenv_cfg.BASES_KEY)
    new_bases = tuple(recorded if bases is None else (pyvenv_cfg.absolute_base(base, context.cwd) for base in bases))
    if new_reuse == "off" and bases is None:
        new_bases = ()
    pyvenv_cfg.check_bases(new_reuse, new_bases)
    base = _base_of(environment, prefix, context)
    layers = layers_over(base, new_bases, context, new_reuse) if new_reuse != "off" else []
    for layer in layers:
        if Path(os.path.realpath(layer)).is_relative_to(os.path.realpath(prefix)):
            raise UsageError(f"{prefix} cannot be its own base", why=(f"its base {layer} lies in it",))
    settings = {
        "include-system-site-packages": str(new_reuse == "inherit" and sees_installation(base)).lower(),
        pyvenv_cfg.BASES_KEY: json.dumps(new_bases) if new_bases else "",
    }
    with creation_lock(prefix, context.cache), _restored_on_failure(prefix, environment):
        settings |= pyvenv_cfg.link_settings(layers if new_reuse == "link" else [], prefix, context.reporter)
        pyvenv_cfg.update(prefix, settings)
        base_layers.write_path_file(environment, layers if new_reuse == "inherit" else [])
        bootstrap.write_startup_files(environment)
        yield


def reuse_of(prefix: Path, environment: Environment) -> ReuseMode:
    """Return how an environment reuses its bases.

    Args:
        prefix: Its root.
        environment: What its interpreter is.

    """
    if pyvenv_cfg.value_of(prefix, pyvenv_cfg.LINK_LAYERS_KEY) is not None:
        return "link"
    sees_base = pyvenv_cfg.text_of(prefix, "include-system-site-packages") == "true"
    has_bases = Path(environment.purelib, base_layers.FILE_NAMES[0]).exists()
    return "inherit" if sees_base or has_bases else "off"


def _base_of(environment: Environment, prefix: Path, context: Context) -> Environment:
    """Return the interpreter that an environment was created from: another environment, or an installation."""
    parent = pyvenv_cfg.value_of(prefix, pyvenv_cfg.PARENT_KEY)
    python = Path(parent) if isinstance(parent, str) and os.path.isfile(parent) else Path(environment.base_python)
    return probe_cache.probe_cached(python, context)


@contextmanager
def _restored_on_failure(prefix: Path, environment: Environment) -> Iterator[None]:
    """Restore the files that determine what an environment sees if the block fails."""
    site = Path(environment.purelib)
    paths = [prefix / pyvenv_cfg.FILE_NAME, *(site / name for name in base_layers.FILE_NAMES)]
    texts = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in paths}
    try:
        yield
    except BaseException as error:
        for path, text in texts.items():
            if text is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                write_atomically(path, text)
        if isinstance(error, OSError):
            raise UnwritableError.of_writing(prefix, error) from error
        raise
