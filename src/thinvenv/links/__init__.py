"""Reuse mode ``link``: the venv is isolated, and what is used of the base is linked into it."""

from __future__ import annotations

from thinvenv.links.bytecode import keep_out
from thinvenv.links.change import Change, apply, clear, difference
from thinvenv.links.manifest import is_linkable
from thinvenv.links.mode import is_set, settings

__all__ = ["Change", "apply", "clear", "difference", "is_linkable", "is_set", "keep_out", "settings"]
