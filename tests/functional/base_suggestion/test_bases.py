"""``thinvenv base``: a fleet is measured, a base is suggested, built and used."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import fastjsonschema
import pytest

from support import ROOT
from support.command_line import thinvenv
from support.projects import Project
from thinvenv.base_suggestion.suggest import fleet_members
from thinvenv.base_suggestion.values import VersionRange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.venv import Indexer, Venv

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def fleet(index: Indexer, make_venv: Callable[..., Venv], tmp_path: Path) -> Path:
    """Return a folder with two environments that accept the same versions and hold different ones."""
    index(Project("core", "1.0"), Project("core", "2.0"), Project("lib", "1.0", requires=("core>=1",)))
    (tmp_path / "fleet").mkdir()
    make_venv("fleet/old", reuse="off").install("lib", "core<3", "-c", str(write(tmp_path / "old.txt", "core<=1.0\n")))
    make_venv("fleet/older", reuse="off").install("lib", "core<2")
    make_venv("fleet/new", reuse="off").install("lib", "core<=2")
    return tmp_path / "fleet"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_base_is_suggested_built_and_used(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, base = tmp_path / "base.txt", tmp_path / "base-of-fleet"

    suggested = thinvenv("base", "suggest", fleet, "--json", "-o", file)

    assert suggested.code == 0, suggested.err
    fastjsonschema.validate(json.loads((ROOT / "docs" / "schemas" / "base-suggest.json").read_text()), suggested.json)
    (suggestion,) = suggested.json["bases"]
    assert set(suggestion) == {"requirements", "environments", "saved_bytes", "saved_files"}
    assert suggestion["requirements"] == ["core==1.0", "lib==1.0"]
    assert suggestion["environments"] == [str(fleet / name) for name in ("new", "old", "older")]
    assert suggestion["saved_files"] > 0
    comment, command, *lines = file.read_text().splitlines()
    assert f"a base for Python {MINOR} with 2 distributions: 3 environments hold " in comment
    assert command == f"# thinvenv base build DIR --python {MINOR} -r base.txt"
    assert lines == suggestion["requirements"]

    built = thinvenv("base", "build", base, "--python", sys.executable, "-r", file)

    assert built.code == 0, built.err
    assert f"use it with: THINVENV_BASE={base}" in built.err
    assert list(base.glob("lib/*/site-packages/core/__pycache__/*.pyc"))
    monkeypatch.setenv("THINVENV_BASE", str(base))
    assert thinvenv("create", tmp_path / "env", "lib", "core<=2").err.endswith("2 reused from the base\n")
    repeated = thinvenv("base", "build", base, "-r", file)
    assert (repeated.code, "replace it with `--clear`" in repeated.err) == (1, True)
    other = thinvenv("base", "build", fleet, "--clear", "-r", file)
    assert (other.code, "--clear" in other.err) == (1, False)
    empty = thinvenv("base", "build", base, "--clear", "-r", write(tmp_path / "empty.txt", ""))
    assert (empty.code, "a base without distributions saves nothing" in empty.err) == (2, True)


def test_several_bases_are_written_to_several_files(
    fleet: Path, make_venv: Callable[..., Venv], tmp_path: Path
) -> None:
    make_venv("fleet/newest", reuse="off").install("core>=2")

    suggested = thinvenv(
        "base", "suggest", fleet, "--bases", "3", "--by", "files", "--offline", "-o", "r.txt", cwd=tmp_path
    )

    assert suggested.code == 0, suggested.err
    assert suggested.out == ""
    assert [line.partition(": ")[0] for line in suggested.err.splitlines()] == ["r-1.txt", "r-2.txt"]
    assert (tmp_path / "r-1.txt").read_text().endswith("core==1.0\nlib==1.0\n")
    assert (tmp_path / "r-2.txt").read_text().endswith("\ncore==2.0\n")


def test_what_no_index_has_is_replaced_by_what_the_environments_accept(fleet: Path) -> None:
    for metadata in fleet.glob("old*/lib/*/site-packages/core-1.0.dist-info/METADATA"):
        text = metadata.read_text()
        metadata.unlink()  # it has links in the cache of uv
        metadata.write_text(text.replace("Version: 1.0", "Version: 1.0+patched"))

    suggested = thinvenv("base", "suggest", fleet)

    assert suggested.code == 0, suggested.err
    assert suggested.out.splitlines()[2:] == ["core==1.0", "lib==1.0"]


def test_without_environments_there_is_no_base(tmp_path: Path) -> None:
    nothing = thinvenv("base", "suggest", tmp_path)
    assert (nothing.code, nothing.out) == (0, "")
    assert "no base would save anything" in nothing.err

    assert thinvenv("base", "suggest", tmp_path / "missing").code == 2
    assert thinvenv("base", "suggest", tmp_path, "--bases", "0").code == 2


def test_tox_says_what_its_environments_ask_for(
    tmp_path: Path, make_venv: Callable[..., Venv], notes: list[str]
) -> None:
    env = make_venv(".tox/a")
    make_venv(".tox/b")
    write(tmp_path / "more.txt", "gamma>=1\n")
    lines = ("alpha<2", "-r more.txt", "-c limits.txt", "other; python_version < '3'")
    write(tmp_path / "limits.txt", "delta<9\n")
    text = "[tox]\nskip_package = true\nenv_list = a, b\n[testenv]\ndeps =\n  "
    write(tmp_path / "tox.ini", text + "\n  ".join(lines) + "\n[testenv:b]\ndeps = -r missing.txt\n")

    member, other = fleet_members([str(tmp_path / ".tox")], env.context)

    assert member.path == str(env.prefix)
    assert member.requirements == (
        VersionRange("alpha", "<2"),
        VersionRange("gamma", ">=1"),
        VersionRange("delta", "<9"),
    )
    assert other.requirements == ()
    assert len(notes) == 1
    assert notes[0].startswith(f"the dependencies of {tmp_path}/.tox/b cannot be read: ")


def test_environments_that_no_session_has_do_not_count(
    tmp_path: Path, make_venv: Callable[..., Venv], notes: list[str]
) -> None:
    env, _ = make_venv(".nox/tests-3-12"), make_venv(".nox/removed")
    hashed = make_venv(".nox/0a1b2c3d")
    noxfile = write(
        tmp_path / "noxfile.py", "import nox\n@nox.session(python=['3.11', '3.12'])\ndef tests(session): pass\n"
    )
    context = env.context

    assert [member.path for member in fleet_members([str(tmp_path)], context)] == [str(hashed.prefix), str(env.prefix)]

    write(noxfile, "raise ValueError\n")
    assert len(fleet_members([str(tmp_path)], context)) == 3
    assert notes == [f"nox cannot list the environments of {tmp_path}, so only what its environments hold counts"]
