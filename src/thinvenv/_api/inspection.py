"""The public functions of :mod:`thinvenv` that look at an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from thinvenv._api import diagnosis
from thinvenv._api.arguments import prefix_of, settings_of, strings
from thinvenv.context.context import current_context
from thinvenv.environments.state import read_state
from thinvenv.installation.inspection import find_distribution, freeze_lines, graph_of, latest_versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv._api.arguments import StrPath
    from thinvenv.choices import BackendName
    from thinvenv.resolution.dependency_graph import DependencyGraph


def tree(env: StrPath | None = None) -> DependencyGraph:
    """Return who requires what among the distributions that an environment uses.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.

    Returns:
        The graph. ``graph.requested`` is what was asked for, ``graph.requirements`` has what each distribution
        requires, and ``graph.chains_to(name)`` the chains of requirements that lead to one.

    Raises:
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.

    """
    context = current_context()
    return graph_of(read_state(prefix_of(env), context), context)


def why(name: str, env: StrPath | None = None) -> list[tuple[str, ...]]:
    """Return the chains of requirements that lead to a distribution.

    Args:
        name: The name of the distribution.
        env: The root of the environment. The default is the environment of the running interpreter.

    Returns:
        The shortest chain for each distribution that requires it, and for what was asked for. The list is empty if
        nothing requires it.

    Raises:
        RequirementError: The distribution is not installed.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.

    """
    context = current_context()
    state = read_state(prefix_of(env), context)
    return graph_of(state, context).chains_to(find_distribution(name, state).name)


def freeze(env: StrPath | None = None, *, exclude: str | Iterable[str] = ()) -> list[str]:
    """Return what an environment uses as requirements, as ``pip freeze`` writes them.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.
        exclude: The names of distributions to leave out.

    Returns:
        A line for each distribution. Those of a base have their layer as a comment.

    Raises:
        UsageError: ``exclude`` is of another type.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.

    """
    names: set[str] = set(map(canonicalize_name, strings(exclude, "exclude")))
    state = read_state(prefix_of(env), current_context())
    return freeze_lines(state.inventory, state.receipt.reused, names)


def outdated(env: StrPath | None = None, *, backend: BackendName | None = None) -> dict[str, str]:
    """Return the newest version, by name, of each distribution of which the indexes have a newer one.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.
        backend: ``"uv"`` or ``"pip"``, the tool that looks the versions up. It is a setting.

    Raises:
        UsageError: A setting is wrong.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        BackendError: uv or pip failed.

    """
    context = current_context()
    chosen = settings_of(context, backend=backend).backend
    return latest_versions(read_state(prefix_of(env), context), context, chosen)


def doctor(env: StrPath | None = None) -> dict[str, Any]:
    """Return what a bug report needs: versions, the environment, settings and variables, without secrets.

    What cannot be read is replaced by an object with ``error``, so this raises no error.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.

    Returns:
        The object that ``thinvenv doctor --json`` prints.

    """
    return diagnosis.document(lambda: prefix_of(env), current_context())
