"""The installed plugins, and the calls of their hooks."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from thinvenv.errors import PluginError
from thinvenv.files.fingerprint import digest, file_state

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint
    from types import CodeType, TracebackType
    from typing import Any

    from pluggy import PluginManager

    from thinvenv.cache import Cache
    from thinvenv.model import Environment, Inventory, Plan

_METADATA_SUFFIXES = (".dist-info", ".egg-info", ".egg", ".egg-link")
_SITE_DIRECTORIES = ("site-packages", "dist-packages")
_STANDARD_LIBRARY = os.path.dirname(os.__file__)

Plugins = tuple[str, ...]
"""Identifies a set of plugins: ``name = value (distribution version)`` for each."""


def path_fingerprint() -> str:
    """Return a digest that changes when the plugins on ``sys.path`` could. No metadata file is read."""
    return digest(filter(None, map(_metadata_state, sys.path)))


@lru_cache(maxsize=8)
def installed_plugins(fingerprint: str, cache: Cache) -> Plugins:
    """Return the plugins of the running process.

    Args:
        fingerprint: The result of :func:`path_fingerprint`. The entry points are read once for each.
        cache: Stores the list of plugins.

    """
    document = cache.load("plugins", fingerprint) or {}
    stored = document.get("plugins")
    if isinstance(stored, list) and {*map(type, stored)} <= {str}:  # a document in another format is ignored
        return tuple(stored)
    plugins = tuple(sorted(map(_identity, _entry_points())))
    cache.store("plugins", fingerprint, {"plugins": plugins})
    return plugins


def excluded_locations(plugins: Plugins, inventory: Inventory, environment: Environment) -> frozenset[str]:
    """Return the locations of the base distributions that a plugin does not let the environment reuse.

    Raises:
        PluginError: A plugin failed.

    """
    if not plugins:
        return frozenset()
    return frozenset(
        dist.location
        for dist in inventory.of_base
        if False in _call(plugins, "thinvenv_may_reuse", distribution=dist, environment=environment)
    )


def has_base_layers_hook(plugins: Plugins) -> bool:
    """Return whether a plugin implements the hook that adds base layers.

    Raises:
        PluginError: A plugin cannot be loaded.

    """
    return bool(plugins and _manager(plugins).hook.thinvenv_base_layers.get_hookimpls())


def base_layers(plugins: Plugins, environment: Environment) -> list[str]:
    """Return the base layers that plugins add.

    Raises:
        PluginError: A plugin failed.

    """
    results = _call(plugins, "thinvenv_base_layers", environment=environment) if plugins else []
    return [os.fspath(layer) for layers in results for layer in layers]


def notify_installed(plugins: Plugins, environment: Environment, plan: Plan) -> None:
    """Notify the plugins of an install.

    Raises:
        PluginError: A plugin failed.

    """
    if plugins:
        _call(plugins, "thinvenv_installed", environment=environment, plan=plan)


def _metadata_state(path: str) -> str:
    """Return a string that changes when the metadata in an entry of ``sys.path`` do.

    An entry without metadata, such as the folder of a script, gives an empty string. The state
    of a site directory is that of the directory itself. In other folders, such as a project's,
    unrelated files come and go, so the state is that of the metadata entries.
    """
    if path.startswith(_STANDARD_LIBRARY) or path.endswith(_SITE_DIRECTORIES):
        state = file_state(path)
        return f"{path}:{state}" if state else ""
    try:
        with os.scandir(path or os.curdir) as entries:
            states = [
                f"{entry.name}:{file_state(entry.path)}" for entry in entries if entry.name.endswith(_METADATA_SUFFIXES)
            ]
    except NotADirectoryError:  # an archive
        return f"{path}:{file_state(path)}"
    except OSError:
        return ""
    return "\n".join([path, *sorted(states)]) if states else ""


def _entry_points() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - a no-op reads the list from the cache

    return entry_points(group="thinvenv")


def _identity(entry_point: EntryPoint) -> str:
    owner = f" ({entry_point.dist.name} {entry_point.dist.version})" if entry_point.dist else ""
    return f"{entry_point.name} = {entry_point.value}{owner}"


@lru_cache(maxsize=8)
def _manager(plugins: Plugins) -> PluginManager:
    """Load the plugins. The argument is part of the key, so that a changed set is loaded again.

    Raises:
        PluginError: A plugin cannot be loaded.

    """
    from pluggy import PluginManager, PluginValidationError  # noqa: PLC0415 - most people have no plugins

    from thinvenv.plugins import hookspecs  # noqa: PLC0415 - see above

    manager = PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    for entry_point in _entry_points():
        identity = _identity(entry_point)
        if identity in plugins:
            try:
                manager.register(entry_point.load(), name=entry_point.name)
                manager.check_pending()
            except PluginValidationError as error:
                raise PluginError(f"the plugin `{identity}` implements an unknown hook", why=(str(error),)) from error
            except Exception as error:
                raise _plugin_error(identity, "while it was loaded", error) from error
    return manager


def _call(plugins: Plugins, hook_name: str, **arguments: Any) -> list[Any]:
    manager = _manager(plugins)
    hook = getattr(manager.hook, hook_name)
    try:
        results: list[Any] = hook(**arguments)
    except Exception as error:
        codes = set(_codes_of(error.__traceback__))
        failing = [
            implementation.plugin_name
            for implementation in hook.get_hookimpls()
            if getattr(implementation.function, "__code__", None) in codes
        ]
        raise _plugin_error(failing[-1] if failing else "unknown", f"in `{hook_name}`", error) from error
    return results


def _codes_of(traceback: TracebackType | None) -> Iterator[CodeType]:
    while traceback:
        yield traceback.tb_frame.f_code
        traceback = traceback.tb_next


def _plugin_error(plugin: str, where: str, error: Exception) -> PluginError:
    import traceback  # noqa: PLC0415 - only a failure needs it

    lines = "".join(traceback.format_exception(error)[-2:]).strip()
    return PluginError(f"the plugin `{plugin}` failed {where}", why=(lines,))
