"""The fingerprint of the start-up files in layers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.inventory.layers import startup_fingerprint
from thinvenv.model import Layer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "is_read_at_start"),
    [
        ("added.pth", True),
        ("added.start", True),
        ("sitecustomize.py", True),
        ("usercustomize.py", True),
        ("module.py", False),
        ("mine-1.0.dist-info", False),
    ],
)
def test_only_files_that_an_interpreter_reads_at_its_start_count(
    tmp_path: Path, name: str, *, is_read_at_start: bool
) -> None:
    layers = [Layer(str(tmp_path), "base")]
    before = startup_fingerprint(layers)

    (tmp_path / name).write_text("import os")

    added = startup_fingerprint(layers)
    assert (added != before) == is_read_at_start
    os.utime(tmp_path / name, (0, 0))
    assert (startup_fingerprint(layers) != added) == is_read_at_start


def test_a_layer_that_appears_counts(tmp_path: Path) -> None:
    layers = [Layer(str(tmp_path / "site"), "base")]
    before = startup_fingerprint(layers)

    (tmp_path / "site").mkdir()

    assert startup_fingerprint(layers) != before
