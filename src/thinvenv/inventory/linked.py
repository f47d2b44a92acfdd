"""Which distributions of a venv are only linked there: they are listed where they lie, in the base."""

from __future__ import annotations

import os
from pathlib import Path

from packaging.utils import canonicalize_name

INSTALLER = "thinvenv"
"""What the ``INSTALLER`` file (recording specification) of a linked distribution says."""


def linked_entries(site: str) -> list[Path]:
    """Return the ``dist-info`` directories in a site directory that stand for links."""
    try:
        names = sorted(name for name in os.listdir(site) if name.endswith(".dist-info"))
    except OSError:
        return []
    return [Path(site, name) for name in names if _is_linked(f"{site}/{name}")]


def linked_name(entry: Path) -> str:
    """Return the normalised name of the distribution that a linked ``dist-info`` stands for."""
    return canonicalize_name(entry.name.partition("-")[0])


def _is_linked(entry: str) -> bool:
    try:
        with open(f"{entry}/INSTALLER", encoding="utf-8") as file:
            return file.read().strip() == INSTALLER
    except (OSError, UnicodeError):
        return False
