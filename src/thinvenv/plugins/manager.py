"""The installed plugins, and the calls of their hooks; a plugin that fails is named."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from thinvenv.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

    from pluggy import PluginManager

    from thinvenv.cache import Cache
    from thinvenv.model import Environment, Inventory, Plan

_METADATA = (".dist-info", ".egg-info", ".egg", ".egg-link")
_SITES = ("site-packages", "dist-packages")
_LIBRARY = os.path.dirname(os.__file__)

Plugins = tuple[str, ...]
"""What tells one set of plugins from another: ``name = value (distribution version)`` of each."""


def key() -> str:
    """Return a digest that changes when the plugins of the running process could: no metadata are read."""
    return sha256("\0".join(filter(None, map(_state, sys.path))).encode("utf-8", "surrogateescape")).hexdigest()


@lru_cache(maxsize=8)
def installed(key: str, cache: Cache) -> Plugins:
    """Return the plugins that the running process has.

    Args:
        key: What :func:`key` says; their metadata are read once for each.
        cache: Where the answer is kept.

    """
    known = (cache.load("plugins", key) or {}).get("plugins")
    if isinstance(known, list):  # else nothing is kept, or in another form
        return tuple(known)
    found = tuple(sorted(map(_identity, _entry_points())))
    cache.store("plugins", key, {"plugins": found})
    return found


def barred(plugins: Plugins, inventory: Inventory, environment: Environment) -> frozenset[str]:
    """Return the locations of those base distributions that a plugin bars.

    Raises:
        PluginError: A plugin failed.

    """
    if not plugins:
        return frozenset()
    return frozenset(
        one.location
        for one in inventory.distributions
        if not inventory.in_venv(one)
        and False in _call(plugins, "thinvenv_may_reuse", distribution=one, environment=environment)
    )


def add_layers(plugins: Plugins) -> bool:
    """Tell whether a plugin has base layers to add.

    Raises:
        PluginError: A plugin cannot be loaded.

    """
    return bool(plugins and _manager(plugins).hook.thinvenv_base_layers.get_hookimpls())


def base_layers(plugins: Plugins, environment: Environment) -> list[str]:
    """Return the base layers that plugins add.

    Raises:
        PluginError: A plugin failed.

    """
    answers = _call(plugins, "thinvenv_base_layers", environment=environment) if plugins else []
    return [os.fspath(layer) for answer in answers for layer in answer]


def tell_installed(plugins: Plugins, environment: Environment, plan: Plan) -> None:
    """Tell plugins of an install.

    Raises:
        PluginError: A plugin failed.

    """
    if plugins:
        _call(plugins, "thinvenv_installed", environment=environment, plan=plan)


def _state(path: str) -> str:
    """Describe what a directory may hold of plugins: nothing where it has no metadata, as a script's own.

    A site directory is told by its time; where other files come and go, as in a project's, the
    metadata are.
    """
    try:
        if path.startswith(_LIBRARY) or path.endswith(_SITES):
            return f"{path}:{os.stat(path).st_mtime_ns}"
        with os.scandir(path or os.curdir) as entries:
            found = [f"{one.name}:{one.stat().st_mtime_ns}" for one in entries if one.name.endswith(_METADATA)]
        return "\n".join([path, *sorted(found)]) if found else ""
    except NotADirectoryError:
        return f"{path}:{os.stat(path).st_mtime_ns}"  # an archive
    except OSError:
        return ""


def _entry_points() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs more than the no-op it would slow down

    return entry_points(group="thinvenv")


def _identity(point: EntryPoint) -> str:
    owner = f" ({point.dist.name} {point.dist.version})" if point.dist else ""
    return f"{point.name} = {point.value}{owner}"


@lru_cache(maxsize=8)
def _manager(plugins: Plugins) -> PluginManager:
    """Return the loaded plugins; ``plugins`` is what was installed when they were.

    Raises:
        PluginError: A plugin cannot be loaded.

    """
    from pluggy import PluginManager, PluginValidationError  # noqa: PLC0415 - only with plugins

    from thinvenv.plugins import hookspecs  # noqa: PLC0415

    manager = PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    for point in _entry_points():
        if _identity(point) in plugins:
            try:
                manager.register(point.load(), name=point.name)
                manager.check_pending()
            except PluginValidationError as error:
                raise PluginError(f"the plugin `{_identity(point)}` has no such hook", why=(str(error),)) from error
            except Exception as error:
                raise _failed(_identity(point), "when it was loaded", error) from error
    return manager


def _call(plugins: Plugins, name: str, **arguments: Any) -> list[Any]:
    manager = _manager(plugins)
    hook = getattr(manager.hook, name)
    try:
        answers: list[Any] = hook(**arguments)
    except Exception as error:
        import traceback  # noqa: PLC0415 - only where there is one to show

        frames = {frame.f_code for frame, _line in traceback.walk_tb(error.__traceback__)}
        guilty = [one.plugin_name for one in hook.get_hookimpls() if getattr(one.function, "__code__", None) in frames]
        raise _failed(guilty[-1] if guilty else "unknown", f"in `{name}`", error) from error
    return answers


def _failed(plugin: str, where: str, error: Exception) -> PluginError:
    import traceback  # noqa: PLC0415 - see above

    lines = "".join(traceback.format_exception(error)[-2:]).strip()
    return PluginError(f"the plugin `{plugin}` failed {where}", why=(lines,))
