"""The public functions of :mod:`thinvenv`: those that install."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from thinvenv import engine
from thinvenv._api.arguments import prefix_of, request_of, strings
from thinvenv.context.context import current_context
from thinvenv.requirements.arguments import exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv._api.arguments import StrPath
    from thinvenv.choices import BackendName
    from thinvenv.model import Plan


class Options(TypedDict, total=False):
    """The keyword arguments of :func:`install` and :func:`plan`. All of them are optional.

    A list may also be a single string or path. ``only_reuse``, ``never_reuse`` and ``backend`` are settings: without
    the argument, the ``THINVENV_*`` variable counts, then ``[tool.thinvenv]`` of the project in the working directory,
    then the ``thinvenv.toml`` of the user.

    Attributes:
        requirement_files: Requirements files, as for ``pip install -r``. ``pylock.toml`` (PEP 751) and
            ``pyproject.toml`` are accepted too.
        constraint_files: Constraints files, as for ``pip install -c``.
        editables: The paths of projects to install in development mode (PEP 660).
        groups: Dependency groups (PEP 735): ``NAME`` of the ``pyproject.toml`` in the working
            directory, or ``PATH:NAME``.
        options: Further options of ``pip install``, such as ``["--index-url", "https://…"]``.
        upgrade: Install the newest versions, and reuse a base distribution only if it is the newest.
        offline: Do not use the network.
        prune: Remove the environment's copies of distributions that the base has now.
        only_reuse: Globs of normalised names (PEP 503). Only matching base distributions are reused.
            If it is empty, all are.
        never_reuse: Globs of normalised names. Matching base distributions are not reused.
        strict: Raise an error if one of these globs matches nothing in the base. By default it is a warning.
        backend: ``"uv"`` or ``"pip"``, the tool that resolves and installs. ``None`` selects uv if it
            is available, and pip otherwise.
        stores: Stores to link from what has to be installed: ``"default"``, paths, or ``"none"``. The first that can
            be written gets what is missing. The environment keeps using them.

    """

    requirement_files: StrPath | Iterable[StrPath]
    constraint_files: StrPath | Iterable[StrPath]
    editables: StrPath | Iterable[StrPath]
    groups: str | Iterable[str]
    options: str | Iterable[str]
    upgrade: bool
    offline: bool
    prune: bool
    only_reuse: str | Iterable[str] | None
    never_reuse: str | Iterable[str] | None
    strict: bool
    backend: BackendName | None
    stores: StrPath | Iterable[StrPath] | None


def install(*requirements: str, env: StrPath | None = None, **options: Unpack[Options]) -> Plan:
    """Install what a virtual environment and its base do not provide.

    If the environment is that of the calling process, the process can import what was installed
    as soon as this function returns. The base is never written.

    Args:
        requirements: Specifiers (PEP 508), URLs, or paths of projects and archives. Without any, the
            environment is updated for the requirements of earlier installs.
        env: The root of the environment. The default is the environment of the running interpreter.
        options: Further keyword arguments, see :class:`Options`.

    Returns:
        The plan that was carried out. ``plan.changes`` is empty if nothing had to be done.

    Raises:
        UsageError: An option is unknown, of another type, or makes no sense here; or a setting is wrong.
        RequirementError: A requirement or a requirements file cannot be read.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        UnwritableError: The environment is read-only, and something has to be installed.
        InterpreterError: The environment's interpreter does not start.
        ResolutionError: No set of distributions satisfies the requirements, or a distribution is not
            available offline.
        UnshadowableError: A base distribution has to be replaced, but comes before the environment
            on the path.
        BackendError: uv or pip failed, or its answer has an unknown format.
        BrokenInstallError: The installer succeeded, but the requirements are not satisfied by what is
            imported.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.
        ReceiptError: The receipt cannot be written.
        StoreError: A store is none, is not trusted, or cannot be written while something is missing.

    """
    context, prefix = current_context(), prefix_of(env)
    return engine.install(request_of(requirements, options, prefix, context), prefix, context)


def plan(*requirements: str, env: StrPath | None = None, **options: Unpack[Options]) -> Plan:
    """Return what :func:`install` would do with the same arguments, and change nothing.

    Args:
        requirements: Specifiers (PEP 508), URLs, or paths of projects and archives. Without any, the
            requirements of earlier installs are planned again.
        env: The root of the environment. The default is the environment of the running interpreter.
        options: Further keyword arguments, see :class:`Options`.

    Returns:
        The plan. ``plan.changes`` is empty if nothing has to be done.

    Raises:
        UsageError: An option is unknown, of another type, or makes no sense here; or a setting is wrong.
        RequirementError: A requirement or a requirements file cannot be read.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        ResolutionError: No set of distributions satisfies the requirements, or a distribution is not
            available offline.
        UnshadowableError: A base distribution has to be replaced, but comes before the environment
            on the path.
        BackendError: uv or pip failed, or its answer has an unknown format.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.

    """
    context, prefix = current_context(), prefix_of(env)
    return engine.plan(request_of(requirements, options, prefix, context), prefix, context)


def sync(*files: StrPath, env: StrPath | None = None, **options: Unpack[Options]) -> Plan:
    """Make a virtual environment exactly what files say.

    What they require is installed or reused, as by :func:`install`, and everything else in the environment is removed.
    Requirements of earlier installs no longer count.

    Args:
        files: Requirements files, ``pylock.toml`` (PEP 751) or ``pyproject.toml`` files.
        env: The root of the environment. The default is the environment of the running interpreter.
        options: Further keyword arguments, see :class:`Options`.

    Returns:
        The plan that was carried out. ``plan.changes`` is empty if nothing had to be done.

    Raises:
        UsageError: The files require nothing, or see :func:`install`.
        ThinvenvError: See :func:`install` for what else may fail.

    """
    context, prefix = current_context(), prefix_of(env)
    options["requirement_files"] = [*strings(files, "files"), *strings(options.get("requirement_files", ()), "files")]
    request = request_of((), options, prefix, context)
    return engine.install(exact(request), prefix, context)
