"""Records what an install left in a new environment, and replays it in others.

An install in a new environment leaves scripts, links, a receipt, and the files of what the base lacks. In a further
environment these can be written and linked again with its own paths, without parsing requirements, reading metadata,
importing the resolver or starting an installer. A record is stored under a digest of everything that decides its
content: the request, what the interpreter is, the base, and the new site directory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.environments import bootstrap, drift, pip_scripts, probe, probe_cache, receipt
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.files import exists, read_bytes
from thinvenv.installation import data_files, recorded_keys, script_files
from thinvenv.installation.script_files import ScriptFile
from thinvenv.inventory.layers import environment_fingerprint, layers_of
from thinvenv.model import Plan, WrittenScript
from thinvenv.model.json import file_name, text
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from thinvenv.backends.base import Backend
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import DataFiles, Environment, Request

_KIND = "recorded-installs"


class RecordedInstall(NamedTuple):
    """What an install left in a new environment, with the paths of another environment.

    Attributes:
        receipt: The receipt that it wrote.
        scripts: The scripts that it wrote.
        links: The links that it made, see :func:`thinvenv.links.dist_info.load`.
        stored: What stores provided, see :mod:`thinvenv.store.recorded`. If nothing was installed at all, this and
            ``installed`` are empty objects.
        reads: The state of what the code of linked start-up files reads, see
            :func:`thinvenv.installation.recorded_links.state_of_reads`.
        installed: What an installer has written, see :mod:`thinvenv.installation.recorded_files`.

    """

    receipt: receipt.Receipt
    scripts: tuple[ScriptFile, ...]
    links: tuple[Any, ...] = ()
    reads: str = ""
    stored: Any = None
    installed: Any = None


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
    if not recorded_keys.is_recordable(request, context.plugins) or exists(prefix / receipt.FILE_NAME):
        return None
    python = probe.python_of(prefix)
    environment = probe_cache.probe_cached(python, context)
    if not recorded_keys.has_usual_paths(environment):
        return None
    bootstrap.write_startup_files(environment)
    key = recorded_keys.key_of(request, environment, context)
    recorded = _load(context.cache.load(_KIND, key) if key else None, environment)
    folder = Path(environment.scripts)
    if recorded is None or not _has_room(recorded.scripts, environment):
        return None
    provided = _provide(recorded, request, environment, context)
    is_linked = provided is not None and _restore_links(recorded, environment, context)
    if provided is None or not (
        is_linked and data_files.restore(recorded.receipt.data_files, environment, context.cache)
    ):
        return None
    for script in recorded.scripts:
        script_files.write(folder / script.name, script)
    drift.update(environment, recorded.receipt.reused)
    replayed = recorded.receipt._replace(
        environment_key=probe.environment_key(recorded.receipt.environment or environment, python, context),
        fingerprint=environment_fingerprint(layers_of(environment)),
        # The record may come from another installation of thinvenv, whose fingerprint of plugins differs.
        requests=(receipt.request_digest(request, {}, context.plugins_fingerprint),),
        scripts=_written(recorded),
    )
    if not bootstrap.keeps_bytecode(environment, context.cache):
        replayed = replayed._replace(requests=(), lasting_requests=())
    receipt.save(prefix, replayed, context.environ)
    return provided._replace(steps=(*provided.steps, *replayed.reused))


def _provide(recorded: RecordedInstall, request: Request, environment: Environment, context: Context) -> Plan | None:
    """Let a new environment have what is not in its base; return the plan of it, ``None`` if that is not possible."""
    if recorded.stored:
        steps = _recorded_stores().claim(recorded.stored, request, environment, context)
        return None if steps is None else Plan(tuple(steps), stored=frozenset(step.name for step in steps))
    if not recorded.installed:
        return Plan()
    plan: Plan | None = _recorded_files().claim(recorded.installed, request, environment, context)
    if plan is not None:
        data = recorded.receipt.data_files
        pending = receipt.Receipt(pending=plan.names, scripts=_written(recorded), data_files=data)
        receipt.save(Path(environment.prefix), pending)
        if _recorded_files().restore(recorded.installed, environment, context.cache):
            return plan
    return None


def _written(recorded: RecordedInstall) -> dict[str, WrittenScript]:
    return {script.name: WrittenScript(script.owner, script.digest) for script in recorded.scripts}


def _has_room(scripts: Iterable[ScriptFile], environment: Environment) -> bool:
    """Return whether no scripts are in the way of others, except for the ``pip`` that a new environment gets."""
    folder = Path(environment.scripts)
    existing = [folder / script.name for script in scripts if exists(folder / script.name)]
    replaceable = pip_scripts.contents(environment) if existing else {}
    return all(path.is_file() and read_bytes(path) == replaceable.get(path.name) for path in existing)


def record(request: Request, state: EnvironmentState, plan: Plan, context: Context, backend: Backend | None) -> None:
    """Record an install, if it can be replayed in other environments.

    Args:
        request: The request.
        state: The environment before the install.
        plan: The plan that was carried out.
        context: The surroundings of the call; its cache stores the record.
        backend: The backend that has installed; ``None`` if what it installed must not be replayed.

    """
    environment, inventory = state.environment, state.inventory
    was_new = state.receipt.environment is None and not any(map(inventory.in_venv, inventory.distributions))
    if context.is_reproducible:  # the receipt lacks what depends on time
        return
    is_usual = recorded_keys.is_recordable(request, context.plugins) and recorded_keys.has_usual_paths(environment)
    if not (was_new and is_usual) or inventory.linked:
        return
    saved = receipt.load(state.prefix)
    if saved is None or plan.warnings or inventory.ignored:  # warnings and notes have to be shown each time
        return
    scripts = _script_contents(saved, environment)
    stored = _recorded_stores().dump(plan, request, environment, context)
    installed = None if stored else _recorded_files().dump(plan, request, (environment, saved), backend, context)
    if scripts is None or not _is_linked(saved.data_files) or (stored is None and installed is None):
        return
    if stored and not recorded_keys.index_digest(request, environment, context):
        return
    has_links = bool(environment.linkable or environment.stores)
    links, entries = _recorded_links().dump(environment) if has_links else ([], set())
    key = recorded_keys.key_of(
        request, environment, context, entries | _recorded_files().top_level_entries(installed, environment)
    )
    if key:
        document = rebased(receipt.encode(saved), environment.prefix, ROOT)
        reads = _recorded_links().state_of_reads(saved.environment, environment, context)
        content = {
            "receipt": document,
            "scripts": scripts,
            "links": links,
            "reads": reads,
            "stored": stored,
            "installed": installed,
        }
        context.cache.store(_KIND, key, content)


def _recorded_stores() -> ModuleType:
    from thinvenv.store import recorded  # noqa: PLC0415 - a replay without stores does not need it

    return recorded


def _recorded_files() -> ModuleType:
    from thinvenv.installation import recorded_files  # noqa: PLC0415 - a replay that installs nothing does not need it

    return recorded_files


def _recorded_links() -> ModuleType:
    from thinvenv.installation import recorded_links  # noqa: PLC0415 - loads half as many modules as the rest of a replay

    return recorded_links


def _restore_links(recorded: RecordedInstall, environment: Environment, context: Context) -> bool:
    """Make the recorded links, and return whether they mean the same here. Most environments have none."""
    if not (environment.linkable or environment.stores):
        return True
    reads = _recorded_links().state_of_reads(recorded.receipt.environment, environment, context)
    return recorded.reads == reads and bool(_recorded_links().restore(recorded.links, environment, context))


def _load(document: dict[str, Any] | None, environment: Environment) -> RecordedInstall | None:
    """Return a recorded install with the paths of an environment, ``None`` if the document has another form."""
    first_line = _first_line(environment)
    try:
        data = document or {}
        saved = receipt.decode(rebased(data["receipt"], ROOT, environment.prefix))
        scripts = [
            ScriptFile(file_name(name), text(owner), first_line + text(rest).encode("latin-1"))
            for name, (owner, rest) in data["scripts"].items()
        ]
        stored, installed = data["stored"], data["installed"]
        if not (stored or installed or stored == installed == {}):
            return None
        return RecordedInstall(saved, tuple(scripts), tuple(data["links"]), text(data["reads"]), stored, installed)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _script_contents(saved: receipt.Receipt, environment: Environment) -> dict[str, Any] | None:
    """Return the owner and the content, without its first line, of each script; ``None`` if one has another form."""
    first_line, contents = _first_line(environment), {}
    for name, script in saved.scripts.items():
        path = Path(environment.scripts, name)
        content = b"" if path.is_symlink() else read_bytes(path)
        rest = content[len(first_line) :]
        if not content.startswith(first_line) or os.fsencode(environment.prefix) in rest:
            return None
        contents[name] = (script.owner, rest.decode("latin-1"))
    return contents


def _is_linked(files: DataFiles) -> bool:
    """Return whether all data files are links, whose digests lead to their targets."""
    return all(script_files.link_target(digest) for digests in files.values() for digest in digests.values())


def _first_line(environment: Environment) -> bytes:
    return b"#!" + os.fsencode(environment.python)
