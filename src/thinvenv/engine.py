"""The story of an install: nothing to do, or lock, replay, recover, prepare, apply.

Every front end calls this module and nothing below it. The imports inside its functions are the one
place where the engine loads modules late: an install with nothing to do needs only what is
imported at the top, and a replay needs no resolver.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache

from thinvenv.config import uv_files
from thinvenv.context.reporter import CountingReporter
from thinvenv.environments import probe, receipt
from thinvenv.errors import BackendError, BrokenInstallError, ThinvenvError, UnwritableError
from thinvenv.files.fingerprint import source_fingerprint
from thinvenv.inventory.layers import environment_fingerprint, fingerprint, layers_of
from thinvenv.model import Plan, Policy

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    from thinvenv.choices import ReuseMode
    from thinvenv.context.context import Context
    from thinvenv.model import Request
    from thinvenv.resolution.prepare import Prepared


def install(request: Request, prefix: str | PathLike[str], context: Context) -> Plan:
    """Bring an environment to what a request asks for.

    Args:
        request: The requirements, constraints and options.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Returns:
        The plan that was carried out. Its ``changes`` are empty if there was nothing to do.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        UnwritableError: The environment cannot be written, and something has to be installed, linked or written.
        ReceiptError: The receipt cannot be written.
        InterpreterError: The interpreter of the environment does not start.
        RequirementError: A requirement cannot be read.
        ResolutionError: There is no solution, or a distribution is not available offline.
        UnshadowableError: A base distribution has to be replaced and cannot be hidden.
        BackendError: The installer failed.
        BrokenInstallError: The installer succeeded, but the requirements are not satisfied.

    """
    request, sources = _with_current_files(request, context)
    satisfied = _find_satisfied(request, os.fspath(prefix), sources, context)
    if satisfied is not None:
        return satisfied
    prefix = _as_path(prefix)
    try:
        return _install_locked(request, prefix, sources, context)
    except UnwritableError:  # a read-only image may already hold all that is wanted
        from thinvenv.installation.inspection import is_complete  # noqa: PLC0415 - the slow path

        prepared = _prepare(request, prefix, sources, context)
        if not is_complete(prepared):
            raise
        context.reporter.note(f"{prefix} cannot be written. Nothing had to be installed")
        return prepared.plan


def plan(request: Request, prefix: str | PathLike[str], context: Context) -> Plan:
    """Return what :func:`install` would do.

    Args:
        request: The requirements, constraints and options.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        ThinvenvError: See :func:`install`; nothing is installed, so ``BackendError`` is one of the resolver.

    """
    request, sources = _with_current_files(request, context)
    satisfied = _find_satisfied(request, os.fspath(prefix), sources, context)
    return _prepare(request, _as_path(prefix), sources, context).plan if satisfied is None else satisfied


def configure(
    request: Request,
    prefix: Path,
    context: Context,
    *,
    reuse: ReuseMode | None = None,
    bases: Sequence[str] | None = None,
) -> Plan:
    """Change how an environment reuses its bases, and install what it lacks then.

    If that fails, the environment sees its bases as before.

    Args:
        request: A request without requirements, with the policy and the stores to use.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.
        reuse: The new reuse mode; ``None`` keeps it.
        bases: The new further bases; ``None`` keeps them.

    Returns:
        The plan that was carried out.

    Raises:
        UsageError: There are bases, and nothing is to be reused.
        BaseError: A base does not exist, or is for another interpreter.
        ThinvenvError: See :func:`install` for what else may fail.

    """
    from thinvenv.creation.reconfigure import reconfigured  # noqa: PLC0415 - an install that changes nothing does without

    try:
        with reconfigured(prefix, context, reuse=reuse, bases=bases):
            plan(request, prefix, context)  # most errors occur here, before anything is changed
            return install(request, prefix, context)
    except (BackendError, BrokenInstallError):
        with suppress(ThinvenvError):
            install(request._replace(policy=Policy()), prefix, context)  # restores the links that it removed
        raise


def base_fingerprint(prefix: Path, context: Context) -> str:
    """Return a digest of the base of an environment, which changes when a base distribution does.

    Args:
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: The interpreter of the environment does not start.

    """
    saved, python = receipt.load(prefix) or receipt.Receipt(), probe.python_of(prefix)
    environment = saved.environment
    if environment is None or saved.environment_key != probe.environment_key(environment, python, context):
        from thinvenv.environments.probe_cache import probe_cached  # noqa: PLC0415 - the slow path

        environment = probe_cached(python, context)
    return fingerprint(layer for layer in layers_of(environment) if layer.kind != "venv")


def _as_path(prefix: str | PathLike[str]) -> Path:
    from pathlib import Path  # noqa: PLC0415 - an install with nothing to do handles paths as strings

    return Path(prefix)


def _prepare(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Prepared:
    """Return the plan of a request that the receipt does not list as satisfied."""
    from thinvenv.resolution.prepare import prepare_for  # noqa: PLC0415 - the slow path

    return prepare_for(request, prefix, sources, context)


def _install_locked(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Plan:
    """Install while no other process installs into the environment."""
    from thinvenv.context.lock import environment_lock  # noqa: PLC0415 - the slow path
    from thinvenv.installation.replay import try_replay  # noqa: PLC0415 - the slow path

    probe.python_of(prefix)  # raises before a lock file is created where there is no environment
    with environment_lock(prefix, context.reporter):
        if request.stores or request.warn_drift is not None:
            from thinvenv.creation import recorded_settings  # noqa: PLC0415 - most requests set nothing for the future

            recorded_settings.record(request, prefix, context)
        replayed = try_replay(request, prefix, context)
        return _resolve_and_apply(request, prefix, sources, context) if replayed is None else replayed


def _resolve_and_apply(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Plan:
    from thinvenv.installation import apply, recording, recovery  # noqa: PLC0415 - the slow path
    from thinvenv.resolution.prepare import prepare  # noqa: PLC0415 - the slow path

    reporter = CountingReporter(context.reporter)
    context = context._replace(reporter=reporter)
    state = recovery.recovered_state(prefix, request.backend, context)
    prepared = prepare(request, state, sources, context, may_attempt=True)
    applied = apply.apply(prepared)
    if not prepared.request.ignores_installed:
        # An install with notes is not replayed, because the notes would not be shown again.
        backend = prepared.backend if applied.changes and not reporter.notes else None
        recording.record(request, state, applied, context, backend)
    return applied


def _with_current_files(request: Request, context: Context) -> tuple[Request, dict[str, str]]:
    """Return a request that differs from an earlier one if uv's configuration has changed.

    With it comes the fingerprint of each local project and archive that is requested, by path.
    """
    sources = {root.path: source_fingerprint(root.path, editable=root.editable) for root in request.roots if root.path}
    return request._replace(configuration=uv_files.fingerprint(context.environ, context.cwd, request.options)), sources


def _find_satisfied(request: Request, prefix: str, sources: Mapping[str, str], context: Context) -> Plan | None:
    """Return the plan of a request that the receipt lists as satisfied, else ``None``.

    This starts no process and reads no metadata. It reads the receipt, and lists each layer and
    the folder of scripts.
    """
    if request.ignores_installed and not request.skip_unchanged:
        return None
    saved = receipt.load(prefix)
    if saved is None or saved.environment is None or saved.pending:
        return None
    planned, layers, python = saved.environment, saved.layers, probe.python_path(prefix)
    # Only where the receipt has the request is this needed, and then it may be needed twice.
    identity = cache(lambda: (probe.environment_key(planned, python, context), environment_fingerprint(layers)))
    is_current = (
        _is_recorded(request, sources, saved, context.plugins_fingerprint)
        and (saved.environment_key, saved.fingerprint) == identity()
    )
    if not (is_current or _has_same_content(request, saved, prefix, identity, context)):
        return None
    has_scripts = _has_all(saved.scripts, saved.environment.scripts)
    return Plan(saved.reused) if has_scripts and _is_synced(saved, prefix, context) else None


def _has_same_content(
    request: Request, saved: receipt.Receipt, prefix: str, identity: Callable[[], tuple[str, str]], context: Context
) -> bool:
    """Return whether times alone have changed since a request was satisfied, as after a round trip through an image."""
    if request.ignores_installed or not saved.content:
        return False
    from thinvenv.installation.content_check import is_satisfied  # noqa: PLC0415 - only if times have changed

    return is_satisfied(request, saved, prefix, identity, context)


def _is_synced(saved: receipt.Receipt, prefix: str, context: Context) -> bool:
    """Return whether what was installed has reached the disk: the power may have failed since then."""
    if saved.boot and saved.boot == receipt.boot_id():
        return True
    from thinvenv.environments import durability  # noqa: PLC0415 - once after each start of the system

    return durability.is_synced(saved, prefix, context.cache)


def _is_recorded(request: Request, sources: Mapping[str, str], saved: receipt.Receipt, plugins: str) -> bool:
    """Return whether a receipt lists a request as satisfied, or the local wheels that it has to install again."""
    if not request.ignores_installed:
        return receipt.request_digest(request, sources, plugins) in saved.requests
    from thinvenv.installation import local_wheels  # noqa: PLC0415 - only for wheels that a host has built

    return local_wheels.are_installed(request, saved)


def _has_all(names: Iterable[str], folder: str) -> bool:
    """Return whether a folder has an entry of each name."""
    try:
        return set(names) <= set(os.listdir(folder))
    except OSError:
        return False
