"""The one story: survey, walk, resolve, plan, apply. Every door calls this and nothing below.

What the receipt can answer is answered before anything heavier is even imported.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from thinvenv.environments import probe, receipt
from thinvenv.errors import UnwritableError
from thinvenv.fingerprint import source_fingerprint
from thinvenv.inventory.layers import fingerprint, layers_of
from thinvenv.model import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.model import Request


def plan(request: Request, prefix: Path, context: Context) -> Plan:
    """Return what :func:`install` would do.

    Args:
        request: What is asked for.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        ThinvenvError: See :func:`install`.

    """
    sources = _sources(request)
    settled = _settled(request, prefix, sources, context)
    if settled is not None:
        return settled
    from thinvenv.environments.state import read_state  # noqa: PLC0415
    from thinvenv.resolution.prepare import prepare  # noqa: PLC0415 - not imported where there is nothing to do

    return prepare(request, read_state(prefix, context), sources, context).plan


def install(request: Request, prefix: Path, context: Context) -> Plan:
    """Bring an environment to what a request asks for, and return what was done.

    Args:
        request: What is asked for.
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        UnwritableError: It cannot be written, and something is to be installed.
        InterpreterError: Its interpreter does not start.
        RequirementError: A requirement cannot be read.
        ResolutionError: There is no solution, or nothing to be had offline.
        UnshadowableError: A base distribution that must go cannot be hidden.
        BackendError: The installer failed.
        BrokenInstallError: The installer succeeded, but the closure is not satisfied.

    """
    sources = _sources(request)
    settled = _settled(request, prefix, sources, context)
    if settled is not None:
        return settled
    try:
        return _install(request, prefix, sources, context)
    except UnwritableError:  # an image that somebody else made, say: it may be all that is wanted
        found = plan(request, prefix, context)
        if found.changes:
            raise
        context.reporter.note(
            f"{prefix} cannot be written, and nothing had to be installed: scripts were not looked at"
        )
        return found


def base_fingerprint(prefix: Path, context: Context) -> str:
    """Return a digest that changes when the base of an environment does, its venv aside.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: Its interpreter does not start.

    """
    known, python = receipt.load(prefix), probe.python_of(prefix)
    environment = known.environment if known else None
    if known is None or environment is None or known.environment_key != probe.key(python, context.environ):
        from thinvenv.environments.probe_cache import ask  # noqa: PLC0415 - not imported where the receipt tells

        environment = ask(python, context)
    return fingerprint(one for one in layers_of(environment) if one.kind != "venv")


def _install(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Plan:
    from thinvenv.context.lock import locked  # noqa: PLC0415
    from thinvenv.installation import replay  # noqa: PLC0415 - not imported where there is nothing to do

    probe.python_of(prefix)  # before a lock file is made where no environment is
    with locked(prefix, context.reporter):
        twin = replay.recall(request, prefix, context)
        if twin is not None:
            return twin
        from thinvenv.environments.state import read_state  # noqa: PLC0415
        from thinvenv.resolution.prepare import prepare  # noqa: PLC0415 - nor where a twin tells

        state = read_state(prefix, context)
        if state.receipt.pending:
            from thinvenv import backends  # noqa: PLC0415 - few installs were stopped
            from thinvenv.installation.apply import recover  # noqa: PLC0415

            recover(state, backends.choose(request.backend, context), context)
            state = read_state(prefix, context)
        prepared = prepare(
            request, state, sources, context._replace(while_resolving=lambda: _load_what_applies(context))
        )
        from thinvenv.installation.apply import apply  # noqa: PLC0415 - loaded while a resolver ran, where one did

        done = apply(prepared, context)
        replay.keep(request, state, done, context)
        return done


def _load_what_applies(context: Context) -> None:
    import_module("thinvenv.installation.apply")
    context.while_resolving()


def _sources(request: Request) -> dict[str, str]:
    return {one.path: source_fingerprint(one.path, editable=one.editable) for one in request.roots if one.path}


def _settled(request: Request, prefix: Path, sources: Mapping[str, str], context: Context) -> Plan | None:
    """Return the plan of a request that the receipt knows to be satisfied, else ``None``.

    No process, no metadata: the receipt, one ``scandir`` for each layer, one for the scripts.
    """
    if request.anew:
        return None
    known = receipt.load(prefix)
    if (
        known is None
        or known.pending
        or receipt.digest(request, sources, context.plugins_fingerprint) not in known.requests
    ):
        return None
    if known.environment_key != probe.key(probe.python_of(prefix), context.environ):
        return None
    if known.fingerprint != fingerprint(known.layers) or not _scripts_there(known):
        return None
    return Plan(known.reused)


def _scripts_there(known: receipt.Receipt) -> bool:
    if known.environment is None:
        return False
    try:
        return set(known.scripts) <= set(os.listdir(known.environment.scripts))
    except OSError:
        return False
