"""The settings in the pyvenv.cfg of an environment (PEP 405)."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from thinvenv.files import read_if_any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from thinvenv.model import Environment

FILE_NAME = "pyvenv.cfg"
BASES_KEY = "thinvenv-bases"
"""The further bases of the environment, as JSON."""
PARENT_KEY = "thinvenv-parent"
"""The interpreter of the environment that the environment was created from, as JSON; not of an installation."""
LINK_LAYERS_KEY = "thinvenv-link"
"""The directories whose distributions may be linked, as JSON."""
STORES_KEY = "thinvenv-store"
"""The stores that new distributions are linked from, as JSON."""
LINK_STRATEGY_KEY = "thinvenv-link-by"
"""The kind of link, one of :mod:`thinvenv.links.link_or_copy`, as JSON. Symbolic links have no such key."""
DRIFT_KEY = "thinvenv-warn-drift"
"""Whether the environment warns of a base that has changed: ``true``, or no such key."""
_RELOCATABLE_KEY = "relocatable"
"""The key of uv for an environment that can be moved, whose scripts find the interpreter beside them."""


def parse(text: str) -> dict[str, str]:
    """Return the values in the text of a ``pyvenv.cfg`` by their keys, which are in lower case."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, mark, value in pairs if mark}


def load(prefix: str | PathLike[str]) -> dict[str, str]:
    """Return the values in the ``pyvenv.cfg`` of an environment by their keys; none if it is missing.

    Raises:
        OSError: It cannot be read now, but may be another time.

    """
    return parse(read_if_any(os.path.join(prefix, FILE_NAME)).decode(errors="replace"))


def value_of(key: str, config: Mapping[str, str]) -> Any:
    """Return the value of one of thinvenv's keys that are written as JSON, ``None`` if it is missing or damaged."""
    with suppress(ValueError, RecursionError):
        return json.loads(config.get(key) or "null")
    return None


def paths_of(key: str, config: Mapping[str, str]) -> list[str]:
    """Return the paths that one of thinvenv's keys has; none if it is missing or damaged."""
    value = value_of(key, config)
    return value if isinstance(value, list) and all(isinstance(path, str) for path in value) else []


def is_relocatable(environment: Environment) -> bool:
    """Return whether the scripts of an environment must not name its path."""
    return load(environment.prefix).get(_RELOCATABLE_KEY, "").lower() == "true"
