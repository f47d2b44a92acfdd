"""Which installs can be recorded, and the keys of the records."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.config import index_settings
from thinvenv.environments import bootstrap, drift, probe, receipt
from thinvenv.environments.config_file import is_relocatable
from thinvenv.environments.probe_cache import ROOT, rebased
from thinvenv.files import names_in, read_bytes
from thinvenv.files.fingerprint import digest
from thinvenv.inventory.layers import STARTUP_SUFFIXES, fingerprint, layers_of
from thinvenv.model import to_json

if TYPE_CHECKING:
    from collections.abc import Collection

    from thinvenv.context.context import Context
    from thinvenv.model import Environment, Request
    from thinvenv.plugins.manager import Plugins

_LINKS_VERSION = 5
"""Increased when a version of thinvenv links the same distributions or data files in another way."""

_OWN_MODULES = (*bootstrap.MODULES, bootstrap.BASE_MODULE, bootstrap.PIP_MODULE)
_NEW_FILES = {*(f"{name}.py" for name in _OWN_MODULES), "_virtualenv.py", "__pycache__"}
"""The files that the site directory of a new environment may have, besides start-up files, which are compared."""


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
    for folder in sorted({environment.purelib, environment.platlib}):
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
