"""Records what an install left in a new environment, and replays it in others.

If all distributions come from the base or from stores, an install leaves scripts, links and a receipt. In a further
environment these can be written again with its own paths, without parsing requirements, reading
metadata or importing the resolver. A record is stored under a digest of everything that decides its
content: the request, what the interpreter is, the base, and the new site directory.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.config import index_settings
from thinvenv.environments import bootstrap, drift, pip_scripts, probe, probe_cache, receipt
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.environments.relocatable import is_relocatable
from thinvenv.files import read_bytes
from thinvenv.files.fingerprint import digest
from thinvenv.installation import data_files, import_refresh, script_files
from thinvenv.installation.script_files import ScriptFile
from thinvenv.inventory.layers import STARTUP_SUFFIXES, fingerprint, layers_of
from thinvenv.model import Plan, WrittenScript, to_json
from thinvenv.model.json import file_name, text
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from types import ModuleType

    from thinvenv.cache import Cache
    from thinvenv.context.context import Context
    from thinvenv.environments.state import EnvironmentState
    from thinvenv.model import DataFiles, Environment, Request
    from thinvenv.plugins.manager import Plugins

_LINKS_VERSION = 4
"""Increased when a version of thinvenv links the same distributions or data files in another way."""

_OWN_MODULES = (*bootstrap.MODULES, bootstrap.BASE_MODULE, bootstrap.PIP_MODULE)
_NEW_FILES = {*(f"{name}.py" for name in _OWN_MODULES), "_virtualenv.py", "__pycache__"}
"""The files that the site directory of a new environment may have, besides start-up files, which are compared."""

_KIND = "recorded-installs"


class RecordedInstall(NamedTuple):
    """What an install left in a new environment, with the paths of another environment.

    Attributes:
        receipt: The receipt that it wrote.
        scripts: The scripts that it wrote.
        links: The links that it made, see :func:`thinvenv.links.dist_info.load`.
        stored: What stores provided, see :mod:`thinvenv.store.recorded`.
        reads: The state of what the code of linked start-up files reads, see :func:`_state_of_reads`.

    """

    receipt: receipt.Receipt
    scripts: tuple[ScriptFile, ...]
    links: tuple[Any, ...] = ()
    reads: str = ""
    stored: Any = None


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
    if not _is_recordable(request, context.plugins) or os.path.lexists(prefix / receipt.FILE_NAME):
        return None
    python = probe.python_of(prefix)
    environment = probe_cache.probe_cached(python, context)
    if not _has_usual_paths(environment):
        return None
    bootstrap.write_startup_files(environment)
    key = _cache_key(request, environment, context)
    recorded = _load(context.cache.load(_KIND, key) if key else None, environment)
    folder = Path(environment.scripts)
    if recorded is None or not _has_room(recorded.scripts, environment):
        return None
    steps = _recorded_stores().claim(recorded.stored, request, environment, context) if recorded.stored else []
    is_linked = steps is not None and _can_link(recorded, environment, context)
    if steps is None or not (is_linked and data_files.restore(recorded.receipt.data_files, environment, context.cache)):
        return None
    for script in recorded.scripts:
        script_files.write(folder / script.name, script)
    drift.update(environment, recorded.receipt.reused)
    replayed = recorded.receipt._replace(
        environment_key=probe.environment_key(recorded.receipt.environment or environment, python, context),
        fingerprint=fingerprint(layers_of(environment)),
        scripts={script.name: WrittenScript(script.owner, script.digest) for script in recorded.scripts},
    )
    receipt.save(prefix, replayed, context.environ)
    return Plan((*steps, *replayed.reused), stored=frozenset(step.name for step in steps))


def _has_room(scripts: Iterable[ScriptFile], environment: Environment) -> bool:
    """Return whether no scripts are in the way of others, except for the ``pip`` that a new environment gets."""
    folder = Path(environment.scripts)
    existing = [folder / script.name for script in scripts if os.path.lexists(folder / script.name)]
    replaceable = pip_scripts.contents(environment) if existing else {}
    return all(path.is_file() and read_bytes(path) == replaceable.get(path.name) for path in existing)


def record(request: Request, state: EnvironmentState, plan: Plan, context: Context) -> None:
    """Record an install, if it can be replayed in other environments.

    Args:
        request: The request.
        state: The environment before the install.
        plan: The plan that was carried out.
        context: The surroundings of the call; its cache stores the record.

    """
    environment, inventory = state.environment, state.inventory
    was_new = state.receipt.environment is None and not any(map(inventory.in_venv, inventory.distributions))
    if context.is_reproducible:  # the receipt lacks what depends on time
        return
    if not (
        was_new and not inventory.linked and _is_recordable(request, context.plugins) and _has_usual_paths(environment)
    ):
        return
    stored = _recorded_stores().dump(plan, request, environment, context)
    if stored is None or plan.warnings or inventory.ignored:  # warnings and notes have to be shown each time
        return
    if stored and not _index_digest(request, environment, context):
        return
    from thinvenv.links import dist_info  # noqa: PLC0415 - a replay without links does not need it

    links = dist_info.dump(environment) if environment.linkable or environment.stores else []
    key = _cache_key(request, environment, context, dist_info.top_level_entries(dist_info.load(links)) if links else ())
    saved = receipt.load(state.prefix)
    scripts = _script_contents(saved, environment) if saved else None
    if key and saved and scripts is not None and _is_linked(saved.data_files):
        document = rebased(receipt.encode(saved), environment.prefix, ROOT)
        reads = _state_of_reads(saved.environment, environment, context)
        content = {"receipt": document, "scripts": scripts, "links": links, "reads": reads, "stored": stored}
        context.cache.store(_KIND, key, content)


def _recorded_stores() -> ModuleType:
    from thinvenv.store import recorded  # noqa: PLC0415 - a replay without stores does not need it

    return recorded


def _can_link(recorded: RecordedInstall, environment: Environment, context: Context) -> bool:
    """Make the recorded links, and return whether they mean the same here. Most environments have none."""
    if not (environment.linkable or environment.stores):
        return True
    reads = _state_of_reads(recorded.receipt.environment, environment, context)
    return recorded.reads == reads and _make_links(recorded, environment, context.cache)


def _make_links(recorded: RecordedInstall, environment: Environment, cache: Cache) -> bool:
    """Make the recorded links, unless the base has lost any of their targets; return whether they were made."""
    from thinvenv.links import dist_info, sync  # noqa: PLC0415 - loads half as many modules as the rest of a replay

    try:
        linked = dist_info.load(recorded.links)
    except (TypeError, ValueError):  # another version of thinvenv has recorded them
        return False
    if not dist_info.has_all_targets(linked):
        return False
    path_files = import_refresh.read_path_files(environment)
    sync.create_links(linked, environment, cache)
    import_refresh.touch({environment.purelib, environment.platlib})
    import_refresh.refresh(environment, path_files)
    return True


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
        return RecordedInstall(saved, tuple(scripts), tuple(data["links"]), text(data["reads"]), data["stored"])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _state_of_reads(linked: Environment | None, new: Environment, context: Context) -> str:
    """Return a digest of what an interpreter reads only because of the start-up files that are linked.

    A ``.pth`` file of a linked distribution can make the path depend on a variable, which nothing in the new
    environment shows. Files in the environment itself do not count: the links determine them.

    Args:
        linked: The environment with the links.
        new: The environment without them.
        context: The surroundings of the call.

    """
    reads = [] if linked is None else [read for read in linked.reads if tuple(read) not in set(map(tuple, new.reads))]
    outside = tuple(read for read in reads if not read[1].startswith(new.prefix + os.sep))
    return digest(probe.reads_states(new._replace(reads=outside), context)) if outside else ""


def _is_recordable(request: Request, plugins: Plugins) -> bool:
    """Return whether a request consists of names and versions alone, so that nothing but the base decides."""
    if request.ignores_installed or request.require_hashes or plugins:
        return False
    roots = (*request.roots, *request.policy.constraints)
    return not any(root.path or root.editable or "@" in root.text or "://" in root.text for root in roots)


def _has_usual_paths(environment: Environment) -> bool:
    """Return whether scripts for the interpreter of an environment start with one line that is its path."""
    python = environment.python
    return (
        environment.is_virtual
        and not environment.linking  # copies cannot be recorded
        and python.startswith(environment.prefix + os.sep)
        and probe.fits_first_line(python)
        and not is_relocatable(environment)
    )


def _index_digest(request: Request, environment: Environment, context: Context) -> str:
    """Return what decides which versions an index has; empty if an answer of it does not count any longer."""
    if not environment.stores:
        return ""
    return index_settings.digest_of(request.options, request.configuration, environment.prefix, context)


def _cache_key(request: Request, environment: Environment, context: Context, linked: Collection[str] = ()) -> str:
    """Return a digest of everything that decides what an install leaves; empty if the environment is not new.

    Args:
        request: The request.
        environment: The environment.
        context: The surroundings of the call.
        linked: The names in its site directory that an install has linked. They do not count.

    """
    own = []
    for folder in sorted({environment.purelib, environment.platlib}):
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
            if name in linked or name in drift.FILES:
                continue
            if name.endswith(STARTUP_SUFFIXES):
                content = read_bytes(Path(folder, name)).decode(errors="surrogateescape")
                own.append([name, content.replace(environment.prefix, ROOT)])
            elif name not in _NEW_FILES:
                return ""
    parts = {
        "request": receipt.request_digest(request, {}),
        "origins": [root.origin for root in (*request.roots, *request.policy.constraints)],
        "environment": rebased(to_json(environment), environment.prefix, ROOT),
        "base": fingerprint(layer for layer in layers_of(environment) if layer.kind != "venv"),
        "own": own,
        "index": _index_digest(request, environment, context),
        "links": _LINKS_VERSION,
    }
    return digest([json.dumps(parts, sort_keys=True)])


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
