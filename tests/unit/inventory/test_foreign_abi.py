"""Extension modules that only another interpreter can import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files
from thinvenv.inventory.foreign_abi import foreign_module, foreign_module_below
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".cpython-312-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("pkg/fast.cpython-39-x86_64-linux-gnu.so",), "pkg/fast.cpython-39-x86_64-linux-gnu.so"),
        (("pkg/fast.pypy39-pp73-x86_64-linux-gnu.so",), "pkg/fast.pypy39-pp73-x86_64-linux-gnu.so"),
        (("pkg/fast.cp39-win_amd64.pyd",), "pkg/fast.cp39-win_amd64.pyd"),
        ((f"pkg/fast{SUFFIX}",), ""),
        # Linux distributions ship the modules of several interpreters together.
        (("pkg/fast.cpython-39-x86_64-linux-gnu.so", f"pkg/fast{SUFFIX}"), ""),
        (("pkg/fast.abi3.so", "pkg/fast.so", "pkg/lib.1.so", "pkg/a.py"), ""),
        (("pkg/a.cpython-39.pyc",), ""),
    ],
)
@pytest.mark.parametrize("has_record", [True, False])
def test_the_tag_in_a_file_name_decides(
    tmp_path: Path, files: tuple[str, ...], expected: str, *, has_record: bool
) -> None:
    write_files(tmp_path, dict.fromkeys(files, ""))
    if has_record:
        write_files(tmp_path, {"pkg-1.0.dist-info/RECORD": "".join(f"{path},,\n" for path in files)})
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))

    assert foreign_module(distribution, SUFFIX) == expected
    assert foreign_module_below(str(tmp_path), SUFFIX) == expected


def test_a_module_that_is_listed_and_missing_is_not_foreign(tmp_path: Path) -> None:
    record = '"pkg/a,b.cpython-39-x86_64-linux-gnu.so",,\npkg/gone.cpython-39-x86_64-linux-gnu.so,,\n'
    write_files(tmp_path, {"pkg-1.0.dist-info/RECORD": record})
    distribution = Distribution("pkg", "1.0", str(tmp_path / "pkg-1.0.dist-info"), str(tmp_path))
    assert foreign_module(distribution, SUFFIX) == ""

    write_files(tmp_path, {"pkg/a,b.cpython-39-x86_64-linux-gnu.so": ""})
    assert foreign_module(distribution, SUFFIX) == "pkg/a,b.cpython-39-x86_64-linux-gnu.so"
