"""The values that users can choose from: reuse modes and backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    ReuseMode: TypeAlias = Literal["inherit", "link", "off"]
    BackendName: TypeAlias = Literal["uv", "pip"]

REUSE_MODES: tuple[ReuseMode, ...] = ("inherit", "link", "off")
BACKENDS: tuple[BackendName, ...] = ("uv", "pip")
