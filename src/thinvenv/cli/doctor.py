"""The command doctor: prints what a bug report needs."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from thinvenv.backends.uv import find_uv
from thinvenv.cli.commands import context_of, prefix_of, print_json, print_lines
from thinvenv.config import settings_files
from thinvenv.config.settings import SETTINGS, files
from thinvenv.creation.reconfigure import reuse_of
from thinvenv.environments.state import read_state
from thinvenv.errors import ThinvenvError
from thinvenv.report import SCHEMA
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

    from thinvenv.context.context import Context

_DISTRIBUTIONS = ("thinvenv", "uv", "pip", "tox", "nox", "virtualenv", "packaging")
_VARIABLES = re.compile(r"(THINVENV|UV|PIP|TOX|NOX|PYTHON)_?[A-Z_]*|VIRTUAL_ENV|CONDA_PREFIX")
_SECRET = re.compile(r"PASS|TOKEN|SECRET|KEY|AUTH|CREDENTIAL|USERNAME", re.IGNORECASE)


def doctor(options: Namespace) -> int:
    """Run ``thinvenv doctor`` and return the exit status."""
    context = context_of(options)
    document = {
        "schema": SCHEMA,
        "versions": _versions(context),
        "environment": _environment(options.env, context),
        "settings": _or_error(lambda: list(_settings(context))),
        "variables": _variables(context.environ),
        "cache": str(context.cache.root),
    }
    if options.json:
        print_json(document)
    else:
        print_lines(_lines(document))
    return 0


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


def _environment(env: str | None, context: Context) -> dict[str, Any]:
    """Return what an environment is, or why it cannot be read."""
    environment: dict[str, Any] = _or_error(lambda: _description(env, context))
    return environment


def _description(env: str | None, context: Context) -> dict[str, Any]:
    prefix = prefix_of(env, context)
    state = read_state(prefix, context)
    counts = Counter(dist.layer for dist in state.inventory.distributions)
    return {
        "path": str(prefix),
        "python": f"{state.environment.version} ({state.environment.base_python})",
        "reuse": reuse_of(prefix, state.environment),
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


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a report as indented lines."""
    width = shutil.get_terminal_size().columns if os.isatty(1) else sys.maxsize
    for title, content in document.items():
        if title == "schema":
            continue
        yield f"{title}:" if not isinstance(content, str) else f"{title}: {content}"
        if isinstance(content, dict):
            yield from (line[:width] for name, value in content.items() for line in _value_lines(name, value))
        elif isinstance(content, list):
            yield from (f"  {entry['name']}: {_text(entry['value'])} [{entry['origin']}]" for entry in content)


def _value_lines(name: str, value: Any) -> Iterator[str]:
    if name == "layers":
        yield "  layers:"
        yield from (f"    {layer['path']} [{layer['kind']}] {layer['distributions']}" for layer in value)
    else:
        yield f"  {name}: {_text(value)}"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
