"""What the engine is told about a tox environment's surroundings."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from thinvenv.context.context import Host
    from thinvenv.tox.environments import ThinEnv

LOGGER = logging.getLogger(__name__)


def host_of(env: ThinEnv, note: Callable[[str], None]) -> Host:
    """Return the surroundings of an install: tox's folder, and the environment's own variables."""
    from thinvenv.cache import default_cache  # noqa: PLC0415
    from thinvenv.context.context import Host  # noqa: PLC0415
    from thinvenv.plugins import manager  # noqa: PLC0415 - not imported by a tox that installs nothing

    root: Path = env.core["tox_root"]
    return Host(
        environ=_environ(env, root),
        cwd=str(root),
        cache=default_cache(os.environ),
        stream=_is_watched(env),
        progress=LOGGER.info,
        note=note,
        plugins_key=manager.key(),
    )


def _environ(env: ThinEnv, root: Path) -> Mapping[str, str]:
    """Return the variables, without the paths of the project itself among those for imports.

    ``PYTHONPATH = {toxinidir}/src`` is for the tests; what lies there is no base, least of all
    of the project that is about to be installed.
    """
    variables = dict(env.environment_variables)
    given = variables.pop("PYTHONPATH", "").split(os.pathsep)
    paths = [one for one in given if one and not (root / one).resolve().is_relative_to(root.resolve())]
    if paths and env.conf["thin_reuse"] != "off":
        variables["PYTHONPATH"] = os.pathsep.join(paths)
    return variables


def _is_watched(env: ThinEnv) -> bool:
    """Tell whether a person sees what an installer writes, and nobody collects it (``tox -p``)."""
    return sys.stderr.isatty() and env.options.verbosity > 0 and not env._has_display_suspended  # noqa: SLF001
