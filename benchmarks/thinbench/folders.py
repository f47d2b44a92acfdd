"""Where the benchmarks keep what they make: one folder, which may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """Return the cache folder of the benchmarks; ``THINVENV_BENCH_DIR`` puts it elsewhere."""
    chosen = os.environ.get("THINVENV_BENCH_DIR")
    if chosen:
        return Path(chosen).absolute()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "thinvenv-benchmarks")
