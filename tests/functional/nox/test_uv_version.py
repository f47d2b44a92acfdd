"""The version of nox's uv is read from its metadata, without starting it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import uv

ASK = """
import sys
starts = []
sys.addaudithook(lambda event, args: starts.append(args[1]) if event == "subprocess.Popen" else None)
{first}
from nox import virtualenv
print(virtualenv.HAS_UV, virtualenv.UV, virtualenv.UV_VERSION, type(virtualenv.UV_VERSION).__name__)
print(len(starts), file=sys.stderr)
"""


def query(first: str, **variables: str) -> tuple[str, int]:
    """Return what nox knows of its uv, and how many processes it started for that."""
    command = [sys.executable, "-c", ASK.format(first=first)]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    return done.stdout, int(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("path", [os.environ["PATH"], "/usr/bin:/bin"])
def test_the_version_of_uv_is_read_without_starting_it(path: str) -> None:
    ours, theirs = query("import thinvenv.nox", PATH=path), query("", PATH=path)

    assert ours == (theirs[0], 0)
    assert theirs[1] == 1


def test_another_uv_is_started_for_its_version(tmp_path: Path) -> None:
    other = tmp_path / "uv"
    other.write_text('#!/bin/sh\necho \'{"version": "0.4.17"}\'\n')
    other.chmod(0o755)

    assert query("import thinvenv.nox", UV=str(other)) == (f"True {other} 0.4.17 Version\n", 1)


@pytest.mark.parametrize("damage", ["replaced", "no record", "two records"])
def test_a_uv_that_does_not_match_its_metadata_is_started_for_its_version(tmp_path: Path, damage: str) -> None:
    package = Path(uv.__file__).parent
    (info,) = package.parent.glob("uv-*.dist-info")
    shutil.copytree(package, tmp_path / "uv")
    shutil.copytree(info, tmp_path / info.name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text('#!/bin/sh\necho \'{"version": "0.4.17"}\'\n')
    (tmp_path / "bin" / "uv").chmod(0o755)
    if damage == "no record":
        (tmp_path / info.name / "RECORD").unlink()
    elif damage == "two records":
        shutil.copytree(info, tmp_path / "uv-0.1.0.dist-info")
    first = f"import uv; uv.find_uv_bin = lambda: {str(tmp_path / 'bin' / 'uv')!r}; import thinvenv.nox"

    version, starts = query(first, PYTHONPATH=str(tmp_path), PATH="/usr/bin:/bin")

    assert version.split()[2] == "0.4.17"
    assert starts == 1
