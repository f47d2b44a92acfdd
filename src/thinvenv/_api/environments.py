"""The public functions of :mod:`thinvenv` about whole environments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv import engine
from thinvenv._api.arguments import flag_of, path_of, prefix_of, settings_from, settings_of, strings
from thinvenv.context.context import current_context
from thinvenv.creation.create import create as create_environment
from thinvenv.creation.create import with_settings
from thinvenv.environments.state import read_state
from thinvenv.errors import UsageError
from thinvenv.installation.check import check as check_environment
from thinvenv.installation.lock_file import lock as lock_environment
from thinvenv.installation.uninstall import uninstall as uninstall_from
from thinvenv.model import Request
from thinvenv.requirements.arguments import build_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.pylock import Pylock

    from thinvenv._api.arguments import StrPath
    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.model import Environment, Health, Plan


def create(  # noqa: PLR0913 - all but one are keywords
    env: StrPath,
    *,
    python: StrPath | None = None,
    bases: StrPath | Iterable[StrPath] | None = None,
    reuse: ReuseMode | None = None,
    stores: StrPath | Iterable[StrPath] | None = None,
    backend: BackendName | None = None,
    clear: bool = False,
    allow_existing: bool = False,
    relocatable: bool = False,
) -> Environment:
    """Create a virtual environment (PEP 405) over a base, without pip in it.

    If this fails, it restores what was at ``env`` before. ``bases``, ``reuse``, ``stores`` and ``backend`` are
    settings: what is ``None`` is taken from the ``THINVENV_*`` variables, ``[tool.thinvenv]`` of the project in the
    working directory, or the ``thinvenv.toml`` of the user.

    Args:
        env: The path of the environment.
        python: The interpreter: a path, a name on ``PATH`` or a version such as ``"3.12"``. The
            default is the interpreter of the first of the ``bases`` that has one, else that of the
            active environment, else the one of the running installation.
        bases: Further bases: environments, prefixes or site directories. The first match wins.
        reuse: How the environment reuses its base. ``"inherit"`` shows the whole base, ``"link"``
            links only what the requirements need, and ``"off"`` hides the base. The default is
            ``"inherit"``.
        stores: Stores to link from what has to be installed: ``"default"``, paths, or ``"none"``.
        backend: ``"uv"`` or ``"pip"``, the tool that creates the environment. ``None`` selects uv if
            it is available, and pip otherwise.
        clear: Whether to replace an existing environment.
        allow_existing: Whether to keep an existing environment as it is, and return that.
        relocatable: Whether its scripts find the interpreter beside them, so that it can be moved. Its bases and
            stores have to stay where they are. Not on Windows, and only with uv.

    Returns:
        The environment, as its interpreter describes it.

    Raises:
        UsageError: ``bases`` are given with ``reuse="off"``; an argument or a setting is none of its choices; or a
            base or the running installation is in ``env``.
        EnvironmentExistsError: ``env`` exists and is not an empty folder. With ``clear``: it is not an
            environment.
        NotAnEnvironmentError: The existing environment cannot be replaced.
        InterpreterError: The interpreter is not found or does not start.
        BaseError: A base does not exist, or is for another interpreter.
        BackendError: The environment cannot be created.
        StoreError: There is no default store.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.

    """
    context = current_context()
    settings = settings_of(context, reuse=reuse, bases=bases, backend=backend, stores=stores)
    options = with_settings(
        settings,
        python=None if python is None else path_of(python, "python", "a path, a name or a version in quotes"),
        clear=flag_of(clear, "clear"),
        allow_existing=flag_of(allow_existing, "allow_existing"),
        relocatable=flag_of(relocatable, "relocatable"),
    )
    return create_environment(Path(context.cwd, path_of(env, "env")), context, **options)


def check(env: StrPath | None = None) -> Health:
    """Compare an environment with its receipt.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.

    Returns:
        The health with its findings, which are requirements that are no longer satisfied, changes of the base, and base
        distributions that do not fit. ``health.ok`` is true if there are none.

    Raises:
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        PluginError: A plugin of thinvenv cannot be loaded, or raised an exception.

    """
    return check_environment(prefix_of(env), current_context())


def configure(
    env: StrPath | None = None,
    *,
    reuse: ReuseMode | None = None,
    bases: StrPath | Iterable[StrPath] | None = None,
    stores: StrPath | Iterable[StrPath] | None = None,
    only_reuse: str | Iterable[str] | None = None,
    never_reuse: str | Iterable[str] | None = None,
    backend: BackendName | None = None,
    warn_drift: bool | None = None,
) -> Plan:
    """Change how an existing environment reuses its bases, and install what it lacks then.

    What is ``None`` stays as it is. If this fails, the environment sees its bases as before.

    Args:
        env: The root of the environment. The default is the environment of the running interpreter.
        reuse: The reuse mode, see :func:`create`.
        bases: All further bases from now on; an empty list removes them.
        stores: The stores to link from, see :func:`create`.
        only_reuse: Globs of the distributions that may be reused.
        never_reuse: Globs of the distributions that may not be reused.
        backend: ``"uv"`` or ``"pip"``, the tool that resolves and installs.
        warn_drift: Whether the start of the environment warns of a base that has changed.

    Returns:
        The plan that was carried out.

    Raises:
        UsageError: An argument is wrong, or there are bases and ``reuse`` is ``"off"``.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        UnwritableError: The environment cannot be written.
        BaseError: A base does not exist, or is for another interpreter.
        ThinvenvError: See :func:`thinvenv.install` for what else may fail.

    """
    context = current_context()
    globs = {"only_reuse": only_reuse, "never_reuse": never_reuse}
    chosen = settings_from(reuse=reuse, bases=bases, **globs, backend=backend, stores=stores, warn_drift=warn_drift)
    request = chosen._replace(backend=settings_of(context, backend=backend).backend).apply_to(Request())
    return engine.configure(request, prefix_of(env), context, reuse=chosen.reuse, bases=chosen.bases)


def lock(
    output: StrPath = "pylock.toml",
    *,
    env: StrPath | None = None,
    base_provides: bool = False,
    offline: bool = False,
    options: str | Iterable[str] = (),
) -> Pylock:
    """Write a lock file (PEP 751) of what an environment uses, the distributions of its bases included.

    The lock has the URLs and hashes of the archives for the interpreter and the platform of the environment. thinvenv,
    pip and uv make the environment again from it, over another base or over none.

    Args:
        output: The file, named ``pylock.toml`` or ``pylock.NAME.toml``. It is replaced as a whole.
        env: The root of the environment. The default is the environment of the running interpreter.
        base_provides: Whether to leave out the distributions of bases that no index has.
        offline: Whether uv uses its cache only.
        options: Options of ``pip install`` that select indexes, such as ``["--index-url", "https://…"]``.

    Returns:
        The content of the file.

    Raises:
        UsageError: ``output`` has another name or is in no folder, or an option is unknown.
        ResolutionError: No index has some of the distributions, or something that was installed is missing.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        InterpreterError: The environment's interpreter does not start.
        BackendError: uv is not installed or failed, or the file cannot be written.

    """
    context, prefix = current_context(), prefix_of(env)
    path = Path(context.cwd, path_of(output, "output"))
    words = strings(options, "options")
    request = build_request(context.cwd, context.environ, prefix=str(prefix), options=words)
    state = read_state(prefix, context)
    return lock_environment(
        state, path, context, options=request.options, offline=offline, base_provides=base_provides
    )[1]


def uninstall(
    *names: str, env: StrPath | None = None, keep_needed: bool = False, backend: BackendName | None = None
) -> Plan:
    """Remove distributions from an environment and from what was asked for, and what nothing needs any more.

    A distribution of a base is no longer linked; where the environment shows the whole base, it cannot be removed.

    Args:
        names: The names of the distributions.
        env: The root of the environment. The default is the environment of the running interpreter.
        keep_needed: Whether what only the removed distributions needed stays, as if it had been asked for.
        backend: ``"uv"`` or ``"pip"``, the tool that uninstalls. It is a setting, see :class:`thinvenv._api.Options`.

    Returns:
        The plan that was carried out, with what was removed or is no longer linked, and what is still reused.

    Raises:
        UsageError: There is no name, a name has a version or the like, or a setting is wrong.
        UninstallError: A name is not installed, or something needs it, or the environment shows the base that it is
            in. Nothing is changed.
        NotAnEnvironmentError: ``env`` is not a virtual environment (PEP 405).
        UnwritableError: The environment cannot be written.
        InterpreterError: The environment's interpreter does not start.
        BackendError: uv or pip failed.
        ReceiptError: The receipt cannot be written.

    """
    if not names:
        raise UsageError("there is nothing to uninstall", why=("no name was passed",))
    context = current_context()
    backend = settings_of(context, backend=backend).backend
    names = tuple(strings(names, "names"))
    return uninstall_from(names, prefix_of(env), context, keep_needed=keep_needed, backend=backend)
