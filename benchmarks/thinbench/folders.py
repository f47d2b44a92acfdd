"""The folder of the benchmarks, which can be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """Return the cache folder of the benchmarks, or the one that ``THINVENV_BENCH_DIR`` names."""
    override = os.environ.get("THINVENV_BENCH_DIR")
    if override:
        return Path(override).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "thinvenv-benchmarks")
