"""Records of installs: which can be recorded, under which keys, and as which documents."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thinvenv.config import index_settings
from thinvenv.environments import bootstrap, drift, probe, receipt
from thinvenv.environments.config_file import is_relocatable
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.files import names_in, read_bytes
from thinvenv.files.fingerprint import digest
from thinvenv.installation.script_files import ScriptFile
from thinvenv.inventory.layers import STARTUP_SUFFIXES, fingerprint, layers_of
from thinvenv.model import WrittenScript, to_json
from thinvenv.model.json import file_name, text
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request
    from thinvenv.plugins.manager import Plugins

KIND = "recorded-installs"
"""The kind of these documents in the cache."""
_LINKS_VERSION = 5
"""Increased when a version of thinvenv links the same distributions or data files in another way."""

_OWN_MODULES = (*bootstrap.MODULES, bootstrap.BASE_MODULE, bootstrap.PIP_MODULE)
_NEW_FILES = {*(f"{name}.py" for name in _OWN_MODULES), "_virtualenv.py", "__pycache__"}
"""The files that the site directory of a new environment may have, besides start-up files, which are compared."""


class RecordedInstall(NamedTuple):
    """What an install left in a new environment, with the paths of another environment.

    Attributes:
        receipt: The receipt that it wrote.
        scripts: The scripts that it wrote.
        sources: The state of each file of the base that these scripts and copies of modules are made of, by its path.
        links: The links that it made, see :func:`thinvenv.links.dist_info.load`.
        stored: What stores provided, see :mod:`thinvenv.store.recorded`. If nothing was installed at all, this and
            ``installed`` are empty objects.
        reads: The state of what the code of linked start-up files reads, see
            :func:`thinvenv.installation.recorded_links.state_of_reads`.
        installed: What an installer has written, see :mod:`thinvenv.installation.recorded_files`.

    """

    receipt: receipt.Receipt
    scripts: tuple[ScriptFile, ...]
    sources: Mapping[str, str]
    links: tuple[Any, ...] = ()
    reads: str = ""
    stored: Any = None
    installed: Any = None

    @property
    def written_scripts(self) -> dict[str, WrittenScript]:
        """What the receipt says of the scripts, by their names."""
        return {script.name: WrittenScript(script.owner, script.digest) for script in self.scripts}


def encode(recorded: RecordedInstall, environment: Environment) -> dict[str, Any]:
    """Return a recorded install as JSON.

    Args:
        recorded: The recorded install. Each script starts with :func:`first_line`.
        environment: The environment that it was recorded in. Its paths are replaced.

    """
    start = len(first_line(environment))
    return {
        "receipt": rebased(receipt.encode(recorded.receipt), environment.prefix, ROOT),
        "scripts": {
            script.name: (script.owner, script.content[start:].decode("latin-1")) for script in recorded.scripts
        },
        "sources": dict(recorded.sources),
        "links": list(recorded.links),
        "reads": recorded.reads,
        "stored": recorded.stored,
        "installed": recorded.installed,
    }


def decode(document: dict[str, Any] | None, environment: Environment) -> RecordedInstall | None:
    """Return a recorded install with the paths of another environment; ``None`` if the document has another form.

    Args:
        document: What :func:`encode` returned; ``None`` if the cache has no such document.
        environment: The environment that the install is replayed in.

    """
    start = first_line(environment)
    try:
        data = document or {}
        saved = receipt.decode(rebased(data["receipt"], ROOT, environment.prefix))
        scripts = [
            ScriptFile(file_name(name), text(owner), start + text(rest).encode("latin-1"))
            for name, (owner, rest) in data["scripts"].items()
        ]
        stored, installed = data["stored"], data["installed"]
        if not (stored or installed or stored == installed == {}):
            return None
        sources = {text(path): text(state) for path, state in data["sources"].items()}
        links, reads = tuple(data["links"]), text(data["reads"])
        return RecordedInstall(saved, tuple(scripts), sources, links, reads, stored, installed)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def first_line(environment: Environment) -> bytes:
    """Return the first line of each script of an environment, without what ends it."""
    return b"#!" + os.fsencode(environment.python)


def is_recordable(request: Request, plugins: Plugins) -> bool:
    """Return whether a request consists of names and versions alone, so that nothing but the base decides."""
    if request.ignores_installed or request.require_hashes or plugins:
        return False
    roots = (*request.roots, *request.policy.constraints, *request.policy.overrides)
    return not any(root.path or root.editable or "@" in root.text or "://" in root.text for root in roots)


def has_usual_paths(environment: Environment) -> bool:
    """Return whether scripts for the interpreter of an environment start with one line that is its path."""
    python = environment.python
    return (
        environment.is_virtual
        and not environment.linking  # copies cannot be recorded
        and python.startswith(environment.prefix + os.sep)
        and probe.fits_first_line(python)
        and not is_relocatable(environment)
    )


def has_own_index(request: Request) -> bool:
    """Return whether a requirement comes from an index of its own, which the settings need not have."""
    return any(root.only_index for root in request.roots)


def index_digest(request: Request, environment: Environment, context: Context) -> str:
    """Return what decides which versions an index has; empty if an answer of it does not count any longer."""
    if not environment.stores or has_own_index(request):
        return ""
    return index_settings.digest_of(request.options, request.configuration, environment.prefix, context)


def key_of(request: Request, environment: Environment, context: Context, linked: Collection[str] = ()) -> str:
    """Return a digest of everything that decides what an install leaves; empty if the environment is not new.

    Args:
        request: The request.
        environment: The environment.
        context: The surroundings of the call.
        linked: The names in its site directory that an install has linked. They do not count.

    """
    own = []
    for folder in sorted(environment.sites):
        for name in sorted(names_in(folder)):
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
        "index": index_digest(request, environment, context),
        "links": _LINKS_VERSION,
    }
    return digest([json.dumps(parts, sort_keys=True)])
