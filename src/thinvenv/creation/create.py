"""Making an environment over a base, or over several."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from thinvenv.cache import write_atomically
from thinvenv.creation import bases as base_layers
from thinvenv.creation.staging import restored_on_failure
from thinvenv.environments import bootstrap, discovery, probe, probe_cache
from thinvenv.errors import NotAnEnvironmentError, UsageError
from thinvenv.inventory.layers import sees_installation
from thinvenv.links import pyvenv_cfg
from thinvenv.plugins import manager

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Unpack

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.context.context import Context
    from thinvenv.model import Environment

BASES_KEY = "thinvenv-bases"
"""The key of ``pyvenv.cfg`` that tells which bases :func:`conform` has added."""


class Manner(TypedDict, total=False):
    """How an environment is made.

    Attributes:
        python: The interpreter: a path, a name on PATH or a version. Where not given that of
            the active environment, else the one that ours was made from.
        bases: Further base layers, first found first: environments or site directories.
        reuse: ``inherit`` shows the base, ``link`` links in what is used of it, ``off`` hides it.
        backend: Who makes it.
        clear: Replace an environment that is already there.

    """

    python: str | None
    bases: Iterable[str]
    reuse: ReuseMode
    backend: BackendName | None
    clear: bool


def create(prefix: Path, context: Context, **how: Unpack[Manner]) -> Environment:
    """Make a virtual environment without seeds, and return it.

    Args:
        prefix: Where.
        context: The surroundings of the call.
        how: See :class:`Manner`.

    Raises:
        ThinvenvError: See :func:`creating` for each kind.

    """
    with creating(prefix, context, **how) as made:
        return made


@contextmanager
def creating(
    prefix: Path,
    context: Context,
    *,
    python: str | None = None,
    bases: Iterable[str] = (),
    reuse: ReuseMode = "inherit",
    backend: BackendName | None = None,
    clear: bool = False,
) -> Iterator[Environment]:
    """Make a virtual environment, let the block fill it, and leave what was there before if either fails.

    The arguments are those of :func:`create`, one by one.

    Raises:
        UsageError: ``bases`` contradict ``reuse``, or one lies in ``prefix``, as we may.
        EnvironmentExistsError: Something is already there.
        InterpreterError: The interpreter is not found or does not start.
        BaseError: A base is not there, or made for another interpreter.
        BackendError: The environment could not be made.

    """
    bases = tuple(bases)
    _check(reuse, bases)
    base = probe_cache.probe_cached(discovery.find(python, context, exclude=prefix), context)
    if reuse != "off":
        bases = (*bases, *manager.base_layers(context.plugins, base))
    layers = _layers(base, bases, context, reuse) if reuse != "off" else []
    _refuse_own_base(prefix, base, layers)
    from thinvenv.context.lock import claimed  # noqa: PLC0415 - a host that has made the environment does without

    with claimed(prefix, context.cache), restored_on_failure(prefix, clear=clear):
        yield _made(prefix, context, base, layers, reuse, backend)


def _made(
    prefix: Path,
    context: Context,
    base: Environment,
    layers: Sequence[str],
    reuse: ReuseMode,
    backend: BackendName | None,
) -> Environment:
    from thinvenv import backends  # noqa: PLC0415 - a host that has made the environment does without

    inherit = reuse == "inherit" and sees_installation(base)
    backends.choose(backend, context).create(prefix, base, system_site=inherit, context=context)
    if reuse == "link":
        config = prefix / "pyvenv.cfg"
        _rewrite(
            config, _with_settings(config.read_text(encoding="utf-8"), pyvenv_cfg.settings(layers, prefix, context))
        )
    environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    if layers and reuse == "inherit":
        base_layers.write(Path(environment.purelib), layers)
        environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    bootstrap.ensure(environment)
    return environment


def conform(prefix: Path, context: Context, *, reuse: ReuseMode, bases: Iterable[str] = ()) -> None:
    """Make an environment that its host created, and may have kept, see the base as asked.

    Where it does already, no process is started.

    Args:
        prefix: The root of the environment.
        context: The surroundings of the call.
        reuse: ``inherit`` shows the base, ``link`` links in what is used of it, ``off`` hides it.
        bases: Further base layers, first found first.

    Raises:
        UsageError: ``bases`` contradict ``reuse``.
        NotAnEnvironmentError: There is no environment at ``prefix``, or it cannot be written.
        BaseError: A base is not there, or made for another interpreter.

    """
    bases = tuple(bases)
    _check(reuse, bases)
    if reuse != "off" and manager.has_base_layers_hook(context.plugins):
        bases = (
            *bases,
            *manager.base_layers(context.plugins, probe_cache.probe_cached(probe.python_of(prefix), context)),
        )
    config = probe.python_of(prefix).parent.parent / "pyvenv.cfg"
    try:
        old = config.read_text(encoding="utf-8")
        asked = {
            "include-system-site-packages": "true" if reuse == "inherit" else "false",
            "home": _real_home(prefix, old),
            BASES_KEY: json.dumps(bases) if bases else "",
        }
        new = _with_settings(old, asked)
        if new != old or (reuse == "link") != pyvenv_cfg.is_set(old):
            _rewrite(config, _with_settings(new, _replace_layers(prefix, reuse, bases, context)))
    except OSError as error:
        raise NotAnEnvironmentError(f"cannot change {prefix}", why=(str(error),)) from error


def _check(reuse: ReuseMode, bases: tuple[str, ...]) -> None:
    if reuse == "off" and bases:
        raise UsageError("`--base` and `--reuse off` contradict each other")


def _real_home(prefix: Path, config: str) -> str:
    """Return the ``home`` of an environment, where it names the folder of a mere link mended.

    Installers write the folder of the interpreter that they are given. Where that is only a
    link, no standard library lies beside it, and Python falls back to the installation that
    it was built for, whose site directories are others (pypa/virtualenv#3157).
    """
    home = next((line.partition("=")[2].strip() for line in config.splitlines() if line.startswith("home")), "")
    real = Path(os.path.realpath(probe.python_of(prefix))).parent
    is_copy = real.is_relative_to(os.path.realpath(prefix))
    if is_copy or any(Path(home).parent.glob("lib*/python*/os.py")):
        return home
    return str(real)


def _with_settings(config: str, settings: Mapping[str, str]) -> str:
    """Return the text of a ``pyvenv.cfg`` with some keys set, or left out where their value is empty."""
    for key, value in settings.items():
        lines = config.splitlines()
        new = [f"{key} = {value}"] if value else []
        old = [line for line in lines if line.partition("=")[0].strip() == key]
        if old != new:
            config = "\n".join([*(one for one in lines if one not in old), *new]) + "\n"
    return config


def _rewrite(config: Path, text: str) -> None:
    mode = config.stat().st_mode
    write_atomically(config, text)
    config.chmod(mode)


def _replace_layers(prefix: Path, reuse: ReuseMode, bases: tuple[str, ...], context: Context) -> dict[str, str]:
    """Let an environment see other layers, and return the settings that go with it."""
    environment = probe_cache.probe_cached(probe.python_of(prefix), context)
    layers = [layer for one in bases for layer in base_layers.layers_of(one, environment, context)]
    base_layers.write(Path(environment.purelib), layers if reuse == "inherit" else [])
    if reuse != "link":
        return pyvenv_cfg.settings((), prefix, context)
    installation = environment._replace(python=environment.base_python)
    return pyvenv_cfg.settings([*layers, *base_layers.of_interpreter(installation, context)], prefix, context)


def _layers(base: Environment, bases: Iterable[str], context: Context, reuse: ReuseMode) -> list[str]:
    """Return the directories to add: those of the given bases, then a parent's that is not seen by itself."""
    found = [layer for one in bases for layer in base_layers.layers_of(one, base, context)]
    return [*found, *(base_layers.of_interpreter if reuse == "link" else base_layers.of_parent)(base, context)]


def _refuse_own_base(prefix: Path, base: Environment, layers: Iterable[str]) -> None:
    """Refuse to replace an environment by one that would be made over it, or that we run in.

    Raises:
        UsageError: A base lies in ``prefix``, or we do.

    """
    real = os.path.realpath(prefix)
    if Path(os.path.realpath(sys.prefix)).is_relative_to(real):
        raise UsageError(f"{prefix} cannot be made anew from within", why=("the thinvenv that runs lies in it",))
    inside = next((one for one in (base.prefix, *layers) if Path(os.path.realpath(one)).is_relative_to(real)), None)
    if inside:
        raise UsageError(f"{prefix} cannot be made over itself", why=(f"its base {inside} lies in it",))
