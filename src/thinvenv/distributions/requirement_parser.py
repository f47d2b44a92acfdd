"""The parser of requirements, which accepts those that can be evaluated, too.

It is a module of its own because loading the grammar of :mod:`packaging` takes longer than the scan of a base in which
a distribution has changed.
"""

from __future__ import annotations

from functools import cache

from packaging.markers import default_environment
from packaging.requirements import Requirement

_LONG = 1000
"""The length from which a text may have a version of more digits than Python converts (4300 by default)."""


def parse(text: str) -> Requirement:
    """Return a requirement that can be evaluated.

    Raises:
        ValueError: The text is not a requirement, or cannot be evaluated.
        KeyError: Its marker compares two texts.
        RecursionError: It is nested too deeply.

    """
    parsed = Requirement(text)
    if parsed.marker is not None:
        parsed.marker.evaluate({**_running_markers(), "extra": ""})
    if len(text) > _LONG:
        for specifier in parsed.specifier:
            specifier.contains("0")
    return parsed


@cache
def _running_markers() -> dict[str, str]:
    return {name: str(value) for name, value in default_environment().items()}
