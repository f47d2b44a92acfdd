"""Fixtures of the functional tests: a linked environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.venv import Venv
from thinvenv.creation import create

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base


@pytest.fixture
def linked(tmp_path: Path, base: Base, notes: list[str]) -> Venv:
    """Return an environment over ``base`` in reuse mode ``link``."""
    venv = Venv(tmp_path / "linked", notes)
    create.create(venv.prefix, venv.context, python=str(base.python), reuse="link")
    return venv
