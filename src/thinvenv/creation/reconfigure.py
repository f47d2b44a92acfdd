"""Changes how an existing environment reuses its bases."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.cache import write_atomically
from thinvenv.context.lock import creation_lock
from thinvenv.creation import bases as base_layers
from thinvenv.creation import pyvenv_cfg
from thinvenv.creation.create import layers_over, refuse_own_base
from thinvenv.environments import bootstrap, config_file, probe, probe_cache
from thinvenv.errors import UnwritableError
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
    recorded = config_file.paths_of(config_file.BASES_KEY, config_file.load(prefix))
    new_bases = tuple(recorded if bases is None else (pyvenv_cfg.absolute_base(base, context.cwd) for base in bases))
    if new_reuse == "off" and bases is None:
        new_bases = ()
    pyvenv_cfg.check_bases(new_reuse, new_bases)
    base = _base_of(environment, prefix, context)
    layers = layers_over(base, new_bases, context, new_reuse) if new_reuse != "off" else []
    refuse_own_base(prefix, layers)
    settings = {
        "include-system-site-packages": str(new_reuse == "inherit" and sees_installation(base)).lower(),
        config_file.BASES_KEY: pyvenv_cfg.as_json(new_bases),
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
    config = config_file.load(prefix)
    if config_file.value_of(config_file.LINK_LAYERS_KEY, config) is not None:
        return "link"
    sees_base = config.get("include-system-site-packages") == "true"
    has_bases = Path(environment.purelib, base_layers.FILE_NAMES[0]).exists()
    return "inherit" if sees_base or has_bases else "off"


def _base_of(environment: Environment, prefix: Path, context: Context) -> Environment:
    """Return the interpreter that an environment was created from: another environment, or an installation."""
    parent = config_file.value_of(config_file.PARENT_KEY, config_file.load(prefix))
    python = Path(parent) if isinstance(parent, str) and os.path.isfile(parent) else Path(environment.base_python)
    return probe_cache.probe_cached(python, context)


@contextmanager
def _restored_on_failure(prefix: Path, environment: Environment) -> Iterator[None]:
    """Restore the files that determine what an environment sees if the block fails."""
    site = Path(environment.purelib)
    paths = [prefix / config_file.FILE_NAME, *(site / name for name in base_layers.FILE_NAMES)]
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
