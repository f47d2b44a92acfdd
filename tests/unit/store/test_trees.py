"""Trees of files in a store: what is made read-only, and what is copied."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.store import staged, trees, unsharing

if TYPE_CHECKING:
    from pathlib import Path


def test_modules_become_copies_and_libraries_stay_hard_links(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    cache.mkdir()
    root.mkdir()
    names = ("a.py", "run.sh", "_a.cpython-312-x86_64-linux-gnu.so", "liba.so.1.2", "writable.so")
    for name in names:
        (cache / name).write_text(name)
        (cache / name).chmod(0o755 if name == "run.sh" else 0o666 if name == "writable.so" else 0o644)
        os.link(cache / name, root / name)

    umask = os.umask(0o077)
    hashes = unsharing.unshared_hashes(str(root), [(name, "") for name in names[:-1]])
    os.umask(umask)
    trees.make_read_only(str(root))

    assert hashes == [staged.file_hash(str(cache / name), "sha256") for name in names[:-1]]
    assert [name for name in names if os.path.samefile(cache / name, root / name)] == [*names[2:4]]
    assert [(root / name).stat().st_mode & 0o777 for name in names] == [0o444, 0o555, 0o644, 0o644, 0o444]
    assert [(root / name).read_text() for name in names] == [*names]
    assert [(cache / name).stat().st_mode & 0o777 for name in names] == [0o644, 0o755, 0o644, 0o644, 0o666]
    assert sorted(os.listdir(root)) == sorted(names)
