"""Replays in a new environment what an install left in another one.

An install in a new environment leaves scripts, links, a receipt, and the files of what the base lacks. In a further
environment these can be written and linked again with its own paths, without parsing requirements, reading metadata,
importing the resolver or starting an installer. :mod:`thinvenv.installation.recording` records them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import bootstrap, drift, pip_scripts, probe, probe_cache, receipt
from thinvenv.files import exists, read_bytes
from thinvenv.files.fingerprint import file_state
from thinvenv.installation import data_files, recorded_install, script_files
from thinvenv.inventory.layers import environment_fingerprint, layers_of
from thinvenv.model import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.context.context import Context
    from thinvenv.installation.recorded_install import RecordedInstall
    from thinvenv.installation.script_files import ScriptFile
    from thinvenv.model import Environment, Request


def try_replay(request: Request, prefix: Path, context: Context) -> Plan | None:
    """Replay the recorded install of a request in a new environment.

    Args:
        request: The request.
        prefix: The root of a virtual environment.
        context: The surroundings of the call; its cache has the records.

    Returns:
        The plan that was replayed, or ``None`` if there is no record for this request and environment.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: The interpreter of the environment does not start.
        ReceiptError: The receipt cannot be written.

    """
    if not recorded_install.is_recordable(request, context.plugins) or exists(prefix / receipt.FILE_NAME):
        return None
    python = probe.python_of(prefix)
    environment = probe_cache.probe_cached(python, context)
    if not recorded_install.has_usual_paths(environment):
        return None
    bootstrap.write_startup_files(environment)
    key = recorded_install.key_of(request, environment, context)
    recorded = recorded_install.decode(context.cache.load(recorded_install.KIND, key) if key else None, environment)
    if recorded is None or not (_has_sources(recorded) and _has_room(recorded.scripts, environment)):
        return None
    provided = _provide(recorded, request, environment, context)
    if provided is None or not _restore_links(recorded, environment, context):
        return None
    if not data_files.restore(recorded.receipt.data_files, environment, context.cache):
        return None
    for script in recorded.scripts:
        script_files.write(Path(environment.scripts, script.name), script)
    drift.update(environment, recorded.receipt.reused)
    replayed = recorded.receipt._replace(
        environment_key=probe.environment_key(recorded.receipt.environment or environment, python, context),
        fingerprint=environment_fingerprint(layers_of(environment)),
        # The record may come from another installation of thinvenv, whose fingerprint of plugins differs.
        requests=(receipt.request_digest(request, {}, context.plugins_fingerprint),),
        scripts=recorded.written_scripts,
    )
    if not bootstrap.keeps_bytecode(environment, context.cache):
        replayed = replayed._replace(requests=(), lasting_requests=())
    receipt.save(prefix, replayed, context.environ)
    return provided._replace(steps=(*provided.steps, *replayed.reused))


def _provide(recorded: RecordedInstall, request: Request, environment: Environment, context: Context) -> Plan | None:
    """Let a new environment have what is not in its base; return the plan of it, ``None`` if that is not possible."""
    if recorded.stored:
        from thinvenv.store.recorded import claim  # noqa: PLC0415 - a replay without stores does not need it

        steps = claim(recorded.stored, request, environment, context)
        return None if steps is None else Plan(tuple(steps), stored=frozenset(step.name for step in steps))
    return _link_files(recorded, request, environment, context) if recorded.installed else Plan()


def _link_files(recorded: RecordedInstall, request: Request, environment: Environment, context: Context) -> Plan | None:
    """Link what an installer has written in another environment; return the plan of it, ``None`` if that fails."""
    from thinvenv.installation import recorded_files  # noqa: PLC0415 - a replay that installs nothing does not need it

    plan = recorded_files.claim(recorded.installed, request, environment, context)
    if plan is None:
        return None
    data = recorded.receipt.data_files
    pending = receipt.Receipt(pending=plan.names, scripts=recorded.written_scripts, data_files=data)
    receipt.save(Path(environment.prefix), pending)
    return plan if recorded_files.restore(recorded.installed, environment, context.cache) else None


def _has_sources(recorded: RecordedInstall) -> bool:
    """Return whether the files of the base that scripts and copies are made of have not changed since then."""
    return all(file_state(path) == state for path, state in recorded.sources.items())


def _has_room(scripts: Iterable[ScriptFile], environment: Environment) -> bool:
    """Return whether no file has the name of a script, except for the ``pip`` scripts of a new environment."""
    folder = Path(environment.scripts)
    existing = [folder / script.name for script in scripts if exists(folder / script.name)]
    replaceable = pip_scripts.contents(environment) if existing else {}
    return all(path.is_file() and read_bytes(path) == replaceable.get(path.name) for path in existing)


def _restore_links(recorded: RecordedInstall, environment: Environment, context: Context) -> bool:
    """Make the recorded links, if there are any, and return whether they mean the same here."""
    if not (environment.linkable or environment.stores):
        return True
    from thinvenv.installation import recorded_links  # noqa: PLC0415 - loads half as many modules as all else here

    reads = recorded_links.state_of_reads(recorded.receipt.environment, environment, context)
    return recorded.reads == reads and recorded_links.restore(recorded.links, environment, context)
