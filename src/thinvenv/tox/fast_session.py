"""A shortcut: creates an environment by virtualenv, without its command line.

virtualenv decides by a command line how it creates an environment: it imports its creators, seeders and activators for
all systems and interpreters, and adds the options of each to a parser. In a run of tox, this takes several times as
long as creating the environment. Where a person has set nothing for virtualenv, it always chooses the same parts, so
they are put together here. They are those of virtualenv, and so is what they create.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from virtualenv.config.cli.parser import VirtualEnvOptions
from virtualenv.run.plugin.base import PluginLoader
from virtualenv.run.session import Session

from thinvenv.tox.fast_describe import discovery_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from python_discovery import PythonInfo
    from tox.tox_env.python.virtual_env.api import VirtualEnv

_EXPECTED = {
    "VIRTUALENV_CLEAR": "False",
    "VIRTUALENV_COPIES": "False",
    "VIRTUALENV_NO_SEED": "True",
}
"""The variables that tox and thinvenv set for an environment with neither pip nor copies of the interpreter."""
_NO_REDIRECT = "VIRTUALENV_NO_VENV_REDIRECT"
"""The variable that newer versions of tox set, since they write the file ``.venv`` themselves (PEP 832)."""
_CREATOR = "cpython3-posix"
"""virtualenv's name for its creator of environments of CPython on POSIX."""
_VERBOSITY = 2
"""The verbosity of virtualenv without ``-v`` and ``-q``."""


def make_session(env: VirtualEnv, variables: Mapping[str, str]) -> Session | None:
    """Return the session that virtualenv makes of its command line for an environment.

    Args:
        env: An environment of tox. It may not exist yet.
        variables: What tox passes to virtualenv as environment variables.

    Returns:
        ``None`` if only the command line can decide how the environment is created.

    Raises:
        RuntimeError: There is no such interpreter. The message is that of virtualenv.

    """
    is_usual = _EXPECTED.items() <= variables.items() and variables.get(_NO_REDIRECT, "True") == "True"
    if not is_usual or not str(env.env_dir).isascii():
        return None
    discovery = discovery_for(env, variables)
    if discovery is None:
        return None
    if discovery.interpreter is None:
        raise RuntimeError(f"failed to find interpreter for {discovery}")
    try:
        return _session(str(env.env_dir), discovery.interpreter, discovery.app_data, variables)
    except (ImportError, AttributeError, LookupError, TypeError):  # another version of virtualenv has other parts
        return None
    except ArgumentTypeError:  # it creates no environment there, and says why
        return None


def _session(folder: str, interpreter: PythonInfo, app_data: Any, variables: Mapping[str, str]) -> Session | None:
    """Return a session of the parts that virtualenv chooses for CPython on POSIX; ``None`` if it may choose others."""
    entry_points: Any = PluginLoader.entry_points()
    creators, activators = (entry_points.select(group=f"virtualenv.{group}") for group in ("create", "activate"))
    if not all(entry_point.value.startswith("virtualenv.") for entry_point in (*creators, *activators)):
        return None  # a plugin for virtualenv is installed
    creator = creators[_CREATOR].load()
    meta = creator.can_create(interpreter)
    if meta is None or meta.error or not meta.can_symlink:
        return None
    options = VirtualEnvOptions(
        dest=creator.validate_dest(folder),
        clear=False,
        no_vcs_ignore=False,
        venv_redirect=False if _NO_REDIRECT in variables else None,
        prompt=None,
        system_site=variables["VIRTUALENV_SYSTEM_SITE_PACKAGES"] == "True",
        app_data=app_data,
        env=variables,
        meta=meta,
    )
    options.set_src("symlinks", value=True, src="default")
    supported = [activator for entry_point in activators if (activator := entry_point.load()).supports(interpreter)]
    no_seeder: Any = None
    return Session(
        _VERBOSITY,
        app_data,
        interpreter,
        creator(options, interpreter),
        no_seeder,
        [activator(options) for activator in supported],
    )
