"""The settings of an environment in its ``pyvenv.cfg``, whatever somebody has written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.environments import config_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('["/a", "/b"]', ["/a", "/b"]),
        *((text, []) for text in ("", "7", '"/a"', "{}", "[7]", "[null]", "[", "[" * 9999)),
    ],
)
def test_damaged_paths_count_as_absent(text: str, paths: list[str], tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{config_file.STORES_KEY} = {text}\n")

    assert config_file.paths_of(config_file.STORES_KEY, config_file.load(tmp_path)) == paths
