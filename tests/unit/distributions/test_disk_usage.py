"""What an installed distribution takes on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.distributions.disk_usage import installed_size_of
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "alpha/__init__.py,sha256=x,{size}\nalpha-1.dist-info/METADATA,sha256=y,20\nalpha-1.dist-info/RECORD,,\n"


@pytest.mark.parametrize(
    ("record", "size"),
    [
        (RECORD.format(size=300), 320),
        (RECORD.format(size=300) + "alpha/__pycache__/__init__.cpython-311.pyc,,\n", None),
        ("", None),
    ],
)
def test_the_size_is_that_of_record_if_it_has_all(tmp_path: Path, record: str, size: int | None) -> None:
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alpha" / "__init__.py").write_text("a = 1\n")
    info = tmp_path / "alpha-1.dist-info"
    info.mkdir()
    (info / "RECORD").write_text(record)
    alpha = Distribution("alpha", "1", str(info), str(tmp_path))
    measured = 6 + (len(record) if record else 0)
    assert installed_size_of(alpha) == (measured if size is None else size)
