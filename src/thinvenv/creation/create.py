"""Creates an environment over its bases."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from thinvenv import backends
from thinvenv.context.lock import creation_lock
from thinvenv.creation import bases as base_layers
from thinvenv.creation import pyvenv_cfg
from thinvenv.creation.recorded_settings import use_stores
from thinvenv.creation.staging import restored_on_failure
from thinvenv.environments import bootstrap, config_file, discovery, pip_scripts, probe, probe_cache
from thinvenv.errors import UsageError
from thinvenv.inventory.layers import sees_installation
from thinvenv.plugins import manager

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Unpack

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.config.settings import Settings
    from thinvenv.context.context import Context
    from thinvenv.model import Environment


class CreateOptions(TypedDict, total=False):
    """The options of :func:`create`.

    Attributes:
        python: The interpreter: a path, a name on ``PATH`` or a version. The default is the
            interpreter that the first of the ``bases`` with one was created from, else that of the
            active environment, else the one that runs thinvenv.
        bases: Further bases, in the order of the import path: environments, prefixes,
            interpreters or site directories.
        reuse: ``inherit`` imports from the bases, ``link`` links what is used of them into the
            environment, ``off`` hides them. The default is ``inherit``.
        stores: The stores that the environment links from: ``default`` or paths.
        backend: ``uv`` or ``pip``. The default is uv if it is installed.
        warn_drift: Whether the start of the environment warns of a base that has changed.
        clear: Whether an existing environment is replaced.
        allow_existing: Whether an existing environment is kept as it is.
        relocatable: Whether its scripts find the interpreter beside them, so that it can be moved.

    """

    python: str | None
    bases: Iterable[str]
    reuse: ReuseMode
    stores: Iterable[str]
    backend: BackendName | None
    warn_drift: bool | None
    clear: bool
    allow_existing: bool
    relocatable: bool


def with_settings(settings: Settings, **options: Unpack[CreateOptions]) -> CreateOptions:
    """Return options together with those that settings make."""
    return {
        "bases": settings.bases or (),
        "reuse": settings.reuse or "inherit",
        "stores": settings.stores or (),
        "backend": settings.backend,
        "warn_drift": settings.warn_drift,
        **options,
    }


def create(prefix: Path, context: Context, **options: Unpack[CreateOptions]) -> Environment:
    """Create a virtual environment that has neither pip nor setuptools, and return it.

    Args:
        prefix: The root of the new environment.
        context: The surroundings of the call.
        options: See :class:`CreateOptions`.

    Raises:
        ThinvenvError: See :func:`creating` for each kind.

    """
    with creating(prefix, context, **options) as environment:
        return environment


@contextmanager
def creating(prefix: Path, context: Context, **options: Unpack[CreateOptions]) -> Iterator[Environment]:
    """Create a virtual environment which the block fills, and restore the old one if either fails.

    With ``allow_existing``, an environment that is there stays, and the block gets that.

    Args:
        prefix: The root of the new environment.
        context: The surroundings of the call.
        options: See :class:`CreateOptions`.

    Raises:
        UsageError: ``reuse`` is ``off``, and there are ``bases``; a base, or the thinvenv that runs, lies in
            ``prefix``; ``prefix`` has a tab or a line break; or pip is to make a relocatable environment.
        EnvironmentExistsError: There is already something at ``prefix``.
        NotAnEnvironmentError: The existing environment cannot be moved.
        InterpreterError: The interpreter does not exist, or does not start.
        BaseError: A base does not exist, or is for another interpreter.
        BackendError: The installer failed.
        PluginError: A plugin failed.

    """
    with creation_lock(prefix, context.cache):
        if options.get("allow_existing", False) and (prefix / config_file.FILE_NAME).is_file():
            yield probe_cache.probe_cached(probe.python_of(prefix), context)
        else:
            with _replacing(prefix, context, options) as environment:
                yield environment


def _check_path(prefix: Path) -> None:
    """Check that an environment can have a path.

    Raises:
        UsageError: It cannot.

    """
    why = ""
    if not probe.can_start_scripts(str(prefix)):
        why = "its path has a tab or a line break, so no script in it could run"
    elif os.fsencode(prefix).decode("utf-8", "ignore") != str(prefix):
        why = "its path is not valid UTF-8, so `pyvenv.cfg` and installers cannot name it"
    if why:
        raise UsageError(f"cannot create an environment at {prefix}", why=(why,))


@contextmanager
def _replacing(prefix: Path, context: Context, options: CreateOptions) -> Iterator[Environment]:
    """Create an environment in place of what is there, while no other process does."""
    reuse, bases = options.get("reuse", "inherit"), tuple(options.get("bases", ()))
    pyvenv_cfg.check_bases(reuse, bases)
    _check_path(prefix)
    specifier = options.get("python") or base_layers.default_python(bases, context)
    python = discovery.find(specifier, context, exclude=prefix)
    base = probe_cache.probe_cached(python, context)
    bases = base_layers.suitable(bases, base, context)
    layers = layers_over(base, bases, context, reuse) if reuse != "off" else []
    if _lies_in(sys.prefix, prefix):
        raise UsageError(f"{prefix} cannot be replaced from within", why=("the running thinvenv lies in it",))
    refuse_own_base(prefix, (base.prefix, *layers))
    backend = backends.choose(options.get("backend"), context.environ)
    clear = options.get("clear", False)
    with restored_on_failure(prefix, context.reporter, clear=clear):
        inherits = reuse == "inherit" and sees_installation(base)
        relocatable = options.get("relocatable", False)
        backend.create(prefix, base, system_site=inherits, context=context, relocatable=relocatable)
        pyvenv_cfg.record_bases(prefix, base, bases, context.cwd)
        environment = _configured(prefix, context, layers, reuse)
        pip_scripts.add_to(environment, (*layers, *base.path))
        if options.get("warn_drift"):
            pyvenv_cfg.update(prefix, {config_file.DRIFT_KEY: "true"}, synced=False)
        if stores := tuple(options.get("stores", ())):
            use_stores(stores, prefix, context)
            environment = probe_cache.probe_cached(probe.python_of(prefix), context)
        yield environment


def _configured(prefix: Path, context: Context, layers: Sequence[str], reuse: ReuseMode) -> Environment:
    """Let a new environment see its layers, and return it."""
    if reuse == "link":
        pyvenv_cfg.update(prefix, pyvenv_cfg.link_settings(layers, prefix, context.reporter), synced=False)
    environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    if layers and reuse == "inherit":
        base_layers.write_path_file(environment, layers)
        environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    bootstrap.write_startup_files(environment)
    return environment


def layers_over(base: Environment, bases: Iterable[str], context: Context, reuse: ReuseMode) -> list[str]:
    """Return the directories that an environment adds to those of its installation.

    Args:
        base: The interpreter that the environment is created from.
        bases: Further bases, in the order of the import path.
        context: The surroundings of the call.
        reuse: The reuse mode. With ``link``, the directories of the installation are among them.

    Raises:
        BaseError: A base does not exist, or is for another interpreter.
        InterpreterError: The interpreter of a base does not start.
        PluginError: A plugin failed.

    """
    bases = (*bases, *manager.base_layers(context.plugins, base))
    layers = [layer for path in bases for layer in base_layers.layers_of(path, base, context)]
    inherited = base_layers.interpreter_layers if reuse == "link" else base_layers.parent_layers
    return [*layers, *inherited(base, context)]


def refuse_own_base(prefix: Path, layers: Iterable[str]) -> None:
    """Check that no directory that an environment imports from its bases lies in the environment itself.

    Raises:
        UsageError: One does.

    """
    for layer in layers:
        if _lies_in(layer, prefix):
            raise UsageError(f"{prefix} cannot be its own base", why=(f"its base {layer} lies in it",))


def _lies_in(path: str, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
