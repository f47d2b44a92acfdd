"""The files of a distribution, as far as its metadata tell them.

RECORD does, in what installers of today write; ``installed-files.txt`` in old installs;
``top_level.txt`` where a distribution of Linux left those out; else nothing but the name.
"""

from __future__ import annotations

import csv
import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.distributions.metadata import source_of

if TYPE_CHECKING:
    from thinvenv.model import Distribution

_BINARY = (".so", ".pyd")


def paths_of(distribution: Distribution) -> tuple[str, ...]:
    """Return the files of a distribution, relative to its layer, with forward slashes.

    Where nothing lists them these are its top-level modules, a directory's name with a
    slash at its end.
    """
    record = _text(distribution, "RECORD")
    if record:
        return tuple(row[0] for row in csv.reader(record.splitlines()) if row)
    listed = _text(distribution, "installed-files.txt")
    if listed:
        here = os.path.basename(distribution.location)
        return tuple(posixpath.normpath(posixpath.join(here, one)) for one in listed.split("\n") if one)
    return tuple(_top_level(distribution))


def owns(distribution: Distribution, start: str) -> bool:
    """Tell whether a distribution has a file whose relative path starts so."""
    record = _text(distribution, "RECORD")
    if record:  # most have nothing of it, and this is many times faster than reading the table
        return record.startswith(start) or f"\n{start}" in record
    return any(one.startswith(start) or start.startswith(one) for one in paths_of(distribution))


def modules_of(distribution: Distribution) -> tuple[str, ...]:
    """Return the top-level names that a distribution brings, namespaces included."""
    names = (one.split("/")[0] for one in paths_of(distribution) if not one.startswith((".", "/")))
    return tuple(dict.fromkeys(name for one in names if (name := one.split(".")[0]).isidentifier()))


def is_compiled(distribution: Distribution) -> bool:
    """Tell whether a distribution has extension modules, which are built against others' headers."""
    wheel = _text(distribution, "WHEEL")
    if wheel:
        return "Root-Is-Purelib: false" in wheel
    for one in paths_of(distribution):
        if one.endswith(_BINARY):
            return True
        if one.endswith("/") and any(Path(distribution.layer, one).rglob("*.so")):
            return True
    return False


def _top_level(distribution: Distribution) -> list[str]:
    names = (_text(distribution, "top_level.txt") or distribution.name.replace("-", "_")).split()
    return [f"{name}/" if os.path.isdir(os.path.join(distribution.layer, name)) else f"{name}.py" for name in names]


def _text(distribution: Distribution, name: str) -> str:
    """Return a metadata file, an empty string where there is none."""
    try:
        return source_of(distribution).read_text(name) or ""
    except OSError:
        return ""
