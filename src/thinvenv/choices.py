"""The words that a person chooses from. Every door shows them, so nothing heavy is imported here."""

from __future__ import annotations

from typing import Literal, TypeAlias

ReuseMode: TypeAlias = Literal["inherit", "link", "off"]
BackendName: TypeAlias = Literal["uv", "pip"]

REUSE_MODES: tuple[ReuseMode, ...] = ("inherit", "link", "off")
BACKENDS: tuple[BackendName, ...] = ("uv", "pip")
