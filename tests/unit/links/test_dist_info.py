"""The files that are written for a linked distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.links import dist_info

if TYPE_CHECKING:
    from pathlib import Path


def test_only_text_in_utf_8_is_copied(tmp_path: Path) -> None:
    (tmp_path / "utf_8.py").write_bytes("ü\r\n".encode())
    (tmp_path / "latin_1.py").write_bytes("# coding: latin-1\nü\n".encode("latin-1"))

    texts = [dist_info._text_of(str(tmp_path / name)) for name in ("utf_8.py", "latin_1.py", "absent.py")]

    assert texts == ["ü\r\n", "", ""]
