"""What the functional tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.tox_projects import ToxProject

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> ToxProject:
    """Return an empty folder to run tox in."""
    root = tmp_path / "project"
    root.mkdir()
    return ToxProject(root, capfd, monkeypatch)
