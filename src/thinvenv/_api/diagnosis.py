"""What a bug report needs: versions, environment, settings and variables, no secrets."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from thinvenv.backends.uv_program import find_uv
from thinvenv.config import settings_files
from thinvenv.config.settings import SETTINGS, files
from thinvenv.creation.reconfigure import reuse_of
from thinvenv.environments import config_file, drift
from thinvenv.environments.state import read_state
from thinvenv.errors import ThinvenvError
from thinvenv.report import SCHEMA
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from thinvenv.context.context import Context

_DISTRIBUTIONS = ("thinvenv", "uv", "pip", "tox", "nox", "virtualenv", "packaging")
_VARIABLES = re.compile(r"(THINVENV|UV|PIP|TOX|NOX|PYTHON)_?[A-Z_]*|VIRTUAL_ENV|CONDA_PREFIX")
_SECRET = re.compile(r"PASS|TOKEN|SECRET|KEY|AUTH|CREDENTIAL|USERNAME", re.IGNORECASE)


def document(find_prefix: Callable[[], Path], context: Context) -> dict[str, Any]:
    """Return a report, as the object that ``thinvenv doctor --json`` prints.

    Args:
        find_prefix: Returns the root of the environment. Its error is part of the report.
        context: The surroundings of the call.

    """
    return {
        "schema": SCHEMA,
        "versions": _versions(context),
        "environment": _or_error(lambda: _description(find_prefix(), context)),
        "settings": _or_error(lambda: list(_settings(context))),
        "variables": _variables(context.environ),
        "cache": str(context.cache.root),
    }


def _versions(context: Context) -> dict[str, str]:
    versions = {"Python": platform.python_version(), "platform": platform.platform(), "executable": sys.executable}
    for name in _DISTRIBUTIONS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    uv = find_uv(context.environ)
    if uv:
        completed = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
        versions["uv in use"] = f"{completed.stdout.strip()} ({uv})"
    return versions


def _description(prefix: Path, context: Context) -> dict[str, Any]:
    state = read_state(prefix, context)
    counts = Counter(dist.layer for dist in state.inventory.distributions)
    return {
        "path": str(prefix),
        "python": f"{state.environment.version} ({state.environment.base_python})",
        "reuse": reuse_of(prefix, state.environment),
        "store": config_file.paths_of(config_file.STORES_KEY, config_file.load(prefix)),
        "only-reuse": list(state.receipt.policy.only_reuse),
        "never-reuse": list(state.receipt.policy.never_reuse),
        "warn-drift": drift.is_enabled(prefix),
        "requested": [redacted(root.text) for root in state.receipt.roots],
        "reused": len(state.receipt.reused),
        "layers": [
            {"path": layer.path, "kind": layer.kind, "distributions": counts[layer.path]}
            for layer in state.inventory.layers
        ],
    }


def _settings(context: Context) -> Iterator[dict[str, Any]]:
    """Yield each setting with its value and where it comes from."""
    sources = {path: settings_files.read(path) for path in files(context.environ, context.cwd)}
    for setting in SETTINGS:
        value, origin = setting.from_variable(context.environ), setting.variable
        for path, settings in sources.items():
            if value is None:
                value, origin = getattr(settings, setting.field), path
        yield {"name": setting.file_key, "value": value, "origin": "default" if value is None else origin}


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that count, without secrets."""
    return {
        name: "(hidden)" if _SECRET.search(name) else redacted(value)
        for name, value in sorted(environ.items())
        if _VARIABLES.fullmatch(name)
    }


def _or_error(read: Any) -> Any:
    """Return what a function returns, or its error as an object, so that a report shows what is wrong."""
    try:
        return read()
    except ThinvenvError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"{error.strerror}: {error.filename}"}
