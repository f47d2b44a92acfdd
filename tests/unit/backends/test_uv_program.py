"""Which uv is used: the one that its distribution finds, whatever way leads there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uv

from thinvenv.backends.uv_program import find_uv

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_shortcut_finds_what_the_distribution_of_uv_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_uv({}) == uv.find_uv_bin()
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert find_uv({}) == uv.find_uv_bin()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    monkeypatch.setitem(sys.modules, "uv", None)
    (tmp_path / "uv").write_text("")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr("thinvenv.backends.uv_program.find_spec", lambda _name: None)
    assert find_uv({"PATH": str(tmp_path)}) == str(tmp_path / "uv")
