"""What ``pyvenv.cfg`` (PEP 405), which tells the base of an environment, tells of links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from thinvenv.links import strategy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from thinvenv.context.context import Context

LAYERS_KEY = "thinvenv-link"
"""The directories that may be linked from, as JSON."""
WAY_KEY = "thinvenv-link-by"
"""How, as :mod:`thinvenv.links.strategy` names it, as JSON; absent for symbolic links."""


def settings(layers: Iterable[str], prefix: Path, context: Context) -> dict[str, str]:
    """Return the settings of an environment that links from some directories, empty ones where from none.

    How it links is chosen here, once, and said where it is not by symbolic links.
    """
    layers = list(dict.fromkeys(layers))
    way = strategy.choose(prefix) if layers else strategy.SYMLINK
    if way != strategy.SYMLINK:
        context.reporter.note(f"{prefix} takes no symbolic links, so what is reused of the base is copied")
    return {LAYERS_KEY: json.dumps(layers) if layers else "", WAY_KEY: json.dumps(way) if way else ""}


def is_set(config: str) -> bool:
    """Tell whether a ``pyvenv.cfg`` is that of an environment that links."""
    return any(line.partition("=")[0].strip() == LAYERS_KEY for line in config.splitlines())
