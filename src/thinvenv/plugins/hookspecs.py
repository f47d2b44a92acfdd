"""The hooks that plugins can implement: see ``docs/hooks.md``.

A plugin is a distribution with an entry point in the group ``thinvenv``, which names a module
or an object whose functions are marked with :data:`hookimpl`. tox, nox and the command line use
the same plugins: those of the environment that runs thinvenv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model import Distribution, Environment, Plan

GROUP = "thinvenv"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a function of a plugin as the implementation of the hook that has its name."""


@hookspec
def thinvenv_may_reuse(distribution: Distribution, environment: Environment) -> bool | None:
    """Return whether a base distribution may be reused.

    This hook is called for every base distribution when a plan is computed or checked.

    Args:
        distribution: A distribution of the base.
        environment: The virtual environment that would reuse it.

    Returns:
        ``False`` if the distribution is to be treated as absent, as with ``--never-reuse``. The
        ``False`` of a single plugin is enough. ``None`` and ``True`` change nothing.

    """
    raise NotImplementedError


@hookspec
def thinvenv_base_layers(environment: Environment) -> Iterable[str]:
    """Return further base layers, which follow those of the ``--base`` options.

    This hook is called when an environment is created, and when tox or nox reuse one, unless its
    reuse mode is ``off``.

    Args:
        environment: The interpreter that the virtual environment is for.

    Returns:
        The paths of virtual environments, prefixes or site directories, in the order of the
        import path.

    """
    raise NotImplementedError


@hookspec
def thinvenv_installed(environment: Environment, plan: Plan) -> None:
    """React to an install that has changed the environment. It has been verified and recorded.

    Args:
        environment: The virtual environment.
        plan: The plan that was carried out.

    """
    raise NotImplementedError
