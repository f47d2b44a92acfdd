"""What the tests share: helpers that make projects, indexes, bases, environments, tox projects and noxfiles."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the repository
