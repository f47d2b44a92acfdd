"""The note on a ``base_python`` in a virtual environment, of which tox reuses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.tox.configuration import skipped_environment

if TYPE_CHECKING:
    from pathlib import Path


def test_a_virtual_environment_counts_only_as_a_base(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "same").symlink_to("env")
    root, python = str(tmp_path / "env"), str(tmp_path / "env" / "bin" / "python")

    assert skipped_environment(["py312", python], []) == root
    assert skipped_environment([python], ["/other", str(tmp_path / "same")]) == ""
    assert skipped_environment([python], [], own=root) == ""
    assert skipped_environment(["py312", "python3", "3.12", str(tmp_path / "bin" / "python")], []) == ""
