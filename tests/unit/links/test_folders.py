"""Directories for links: made only inside the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.links.folders import FolderMaker

if TYPE_CHECKING:
    from pathlib import Path


def test_directories_are_made_only_inside_the_environment(tmp_path: Path) -> None:
    env, outside = tmp_path / "env", tmp_path / "outside"
    for folder in (env / "lib" / "real", outside):
        folder.mkdir(parents=True)
    (env / "lib" / "file").touch()
    (env / "lib64").symlink_to("lib")
    (env / "lib" / "out").symlink_to(outside)
    expected = {
        "lib/new/deeper": True,
        "lib64/new/other": True,
        "lib/real": True,
        "lib/file/below": False,
        "lib/out": False,
        "lib/out/below": False,
    }
    maker = FolderMaker(str(env))

    assert {path: maker.make(f"{env}/{path}") for path in expected} == expected
    assert not maker.make(str(outside))
    assert (env / "lib" / "new" / "other").is_dir()
    assert not list(outside.iterdir())
