"""The hooks that plugins implement: see ``docs/hooks.md``.

A plugin is a distribution with an entry point in the group ``thinvenv``, which names a module
or an object whose functions are marked with :data:`hookimpl`. The same plugins count under
tox, under nox and on the command line: those of the environment that runs thinvenv.
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
"""Marks a function of a plugin as the implementation of the hook of its name."""


@hookspec
def thinvenv_may_reuse(distribution: Distribution, environment: Environment) -> bool | None:
    """Tell whether a base distribution may be reused.

    Called for every base distribution whenever a plan is made or checked.

    Args:
        distribution: A distribution of the base.
        environment: The virtual environment that would reuse it.

    Returns:
        ``False`` treats it as absent, as ``--never-reuse`` does; one plugin's ``False`` is
        enough. ``None`` or ``True`` has nothing against it.

    """
    raise NotImplementedError


@hookspec
def thinvenv_base_layers(environment: Environment) -> Iterable[str]:
    """Return further base layers, after those that were asked for.

    Called whenever an environment is made, or made to see its base, in the reuse modes that
    have one.

    Args:
        environment: The interpreter that the virtual environment is for.

    Returns:
        Virtual environments, prefixes or site directories, first found first.

    """
    raise NotImplementedError


@hookspec
def thinvenv_installed(environment: Environment, plan: Plan) -> None:
    """Take note of an install that has changed something, after it was verified and recorded.

    Args:
        environment: The virtual environment.
        plan: What was done.

    """
    raise NotImplementedError
