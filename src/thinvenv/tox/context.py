"""The context that the engine gets for an install into an environment of tox."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.tox.environments import ThinEnv


def context_of(env: ThinEnv, show_note: Callable[[str], None] | None = None) -> Context:
    """Return the context of an install: tox's root folder, and the variables of the environment.

    Args:
        env: The environment that is installed into.
        show_note: Called with each note that is new in this run; without it, notes go to tox's log.

    """
    from thinvenv.cache import default_cache  # noqa: PLC0415 - not imported by a tox that installs nothing
    from thinvenv.context.context import current_context  # noqa: PLC0415
    from thinvenv.tox.reporter import LOGGER, ToxReporter  # noqa: PLC0415

    root: Path = env.core["tox_root"]
    reporter = ToxReporter(env.core, streams=_is_watched(env), show_note=show_note or LOGGER.warning)
    context = current_context(reporter, environ=_environ(env, root), cwd=str(root))
    return context._replace(cache=default_cache(os.environ))


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
