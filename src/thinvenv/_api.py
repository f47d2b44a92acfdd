"""The functions that :mod:`thinvenv` exports. Python's door to the engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack

from thinvenv import engine
from thinvenv.context.context import Context, current_context
from thinvenv.model import Policy
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.model import Environment, Health, Plan, Request

StrPath: TypeAlias = str | os.PathLike[str]


class Options(TypedDict, total=False):
    """What :func:`install` and :func:`plan` take by name.

    Attributes:
        requirement_files: Files of requirements, as ``pip install -r`` takes them.
        constraint_files: Files of constraints, as ``pip install -c`` takes them.
        editables: Projects to install in development mode.
        groups: Dependency groups (PEP 735) of the ``pyproject.toml`` here.
        options: Further options of ``pip install``, such as ``["--index-url", "…"]``.
        upgrade: Take the newest; reuse the base only where it already is the newest.
        offline: Use no network.
        prune: Remove the environment's copies of what the base has meanwhile as well.
        only_reuse: Globs of the distributions that may be reused; all where empty.
        never_reuse: Globs of the distributions that may not be reused.
        backend: ``uv`` or ``pip``; uv where there is one.

    """

    requirement_files: Iterable[StrPath]
    constraint_files: Iterable[StrPath]
    editables: Iterable[StrPath]
    groups: Iterable[str]
    options: Iterable[str]
    upgrade: bool
    offline: bool
    prune: bool
    only_reuse: Iterable[str]
    never_reuse: Iterable[str]
    backend: BackendName | None


def install(*requirements: str, env: StrPath | None = None, **options: Unpack[Options]) -> Plan:
    """Install what a virtual environment and its base do not provide yet.

    When it returns, the calling process imports what it installed, if the environment is
    its own.

    Args:
        requirements: Specifiers (PEP 508), URLs, or paths of projects and archives.
        env: The root of the environment; that of the running interpreter where not given.
        options: See :class:`Options`.

    Returns:
        What was done. ``plan.changes`` is empty where everything was there already.

    Raises:
        ThinvenvError: See :func:`thinvenv.engine.install` for each kind.

    """
    context, prefix = current_context(), _prefix(env)
    return engine.install(_request(requirements, options, prefix, context), prefix, context)


def plan(*requirements: str, env: StrPath | None = None, **options: Unpack[Options]) -> Plan:
    """Return what :func:`install` would do with the same arguments, and do nothing.

    Raises:
        ThinvenvError: See :func:`thinvenv.engine.install` for each kind.

    """
    context, prefix = current_context(), _prefix(env)
    return engine.plan(_request(requirements, options, prefix, context), prefix, context)


def check(env: StrPath | None = None) -> Health:
    """Tell whether an environment still holds what its receipt says.

    Args:
        env: The root of the environment; that of the running interpreter where not given.

    Raises:
        NotAnEnvironmentError: There is none.
        InterpreterError: Its interpreter does not start.

    """
    from thinvenv.installation.check import check as check_health  # noqa: PLC0415 - the no-op of `install` does without

    return check_health(_prefix(env), current_context())


def create(
    env: StrPath,
    *,
    python: str | None = None,
    bases: Iterable[StrPath] = (),
    reuse: ReuseMode = "inherit",
    backend: BackendName | None = None,
    clear: bool = False,
) -> Environment:
    """Make a virtual environment over a base.

    Args:
        env: Where.
        python: The interpreter: a path, a name on PATH or a version; the running one's base
            where not given.
        bases: Further base layers, first found first.
        reuse: ``inherit`` shows the base, ``off`` hides it.
        backend: Who makes it.
        clear: Replace an environment that is already there.

    Raises:
        ThinvenvError: See :func:`thinvenv.creation.create.create` for each kind.

    """
    from thinvenv.creation.create import create as create_environment  # noqa: PLC0415 - see above

    context = current_context()
    given = [os.fspath(one) for one in bases]
    return create_environment(
        Path(context.cwd, env), context, python=python, bases=given, reuse=reuse, backend=backend, clear=clear
    )


def _prefix(env: StrPath | None) -> Path:
    return Path(sys.prefix) if env is None else Path(os.path.abspath(env))


def _request(requirements: Iterable[str], options: Options, prefix: Path, context: Context) -> Request:
    unknown = sorted(options.keys() - Options.__annotations__.keys())
    if unknown:
        raise TypeError(f"unknown option: {', '.join(unknown)}")
    values: dict[str, Any] = dict(options)
    policy = Policy(only_reuse=tuple(values.pop("only_reuse", ())), never_reuse=tuple(values.pop("never_reuse", ())))
    for name in ("requirement_files", "constraint_files", "editables"):
        values[name] = [os.fspath(path) for path in values.get(name, ())]
    return build_request(
        context.cwd, context.environ, prefix=str(prefix), requirements=requirements, policy=policy, **values
    )
