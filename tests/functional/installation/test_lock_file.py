"""``thinvenv lock``: the distributions that an environment uses as a lock file, and what others make of it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.pylock import Pylock

import thinvenv
from support.command_line import thinvenv as call
from support.projects import Project, build_wheel, make_index, make_source
from support.server import pages_of, serve
from support.venv import Indexer, Venv, actions
from thinvenv.distributions.direct_url import dump
from thinvenv.errors import BackendError, ResolutionError
from thinvenv.installation import lock_file
from thinvenv.installation.lock_file import requirement_line, unavailable
from thinvenv.model import Distribution

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.bases import Base


def test_a_lock_makes_the_same_versions_anywhere(venv: Venv, base: Base, index: Indexer, tmp_path: Path) -> None:
    lib, deep = Project("lib"), Project("deep", "1.0+mkl")
    index(lib, Project("lib", "1.5"), Project("app", "2.0", requires=("lib>=1",)), deep)
    base.install(lib, deep, Project("unused"))
    mine = make_source(tmp_path / "mine", Project("mine"))
    venv.install("app", "deep", "-e", str(mine))
    (tmp_path / "locks").mkdir()

    done = call("lock", "--env", venv.prefix, "-o", "locks/pylock.full.toml", cwd=tmp_path)
    printed = call("lock", "--env", venv.prefix, "-o", "-", cwd=tmp_path)
    full = tmp_path / "full"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, full], check=True)
    command = ["uv", "pip", "install", "--quiet", "-p", str(full), "-r", str(tmp_path / "locks" / "pylock.full.toml")]
    subprocess.run(command, check=True)
    frozen = subprocess.run(["uv", "pip", "freeze", "-p", full], check=True, capture_output=True, text=True).stdout

    assert (done.code, done.out) == (0, "")
    assert done.err == f"locked 4 distributions in {tmp_path / 'locks' / 'pylock.full.toml'}\n"
    assert frozen.splitlines() == ["app==2.0", "deep==1.0+mkl", "lib==1.0", f"-e file://{mine}"]
    assert 'path = "../mine", editable = true' in (tmp_path / "locks" / "pylock.full.toml").read_text()
    assert 'path = "mine", editable = true' in printed.out
    assert sorted(path.name for path in (tmp_path / "locks").iterdir()) == ["pylock.full.toml"]
    repeated = venv.install("-r", str(tmp_path / "locks" / "pylock.full.toml"))
    assert not repeated.changes
    assert actions(repeated)["lib"] == "reuse"


def test_what_no_index_has_is_an_error_or_left_to_the_base(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    wheel = build_wheel(Project("local"), tmp_path / "wheels")
    index(Project("app"), Project("lib"))
    base.install(Project("lib"), Project("ours", "1.0+distro"), Project("other", "3"))
    venv.install("lib", "ours", "other", "app", str(wheel))
    wheel.unlink()
    path = tmp_path / "pylock.toml"

    with pytest.raises(ResolutionError) as caught:
        thinvenv.lock(path, env=venv.prefix, base_provides=True)
    venv.call("uv", "pip", "uninstall", "--quiet", "--python", venv.python, "local")
    incomplete = call("lock", "--env", venv.prefix, cwd=tmp_path)
    venv.install("lib", "ours", "other", "app", keep=False)
    refused = call("lock", "--env", venv.prefix, cwd=tmp_path)
    left_out = call("lock", "--env", venv.prefix, "--base-provides", cwd=tmp_path)

    assert str(caught.value).startswith(f"a distribution is on no index\n  local 1.0 in {venv.site}: ")
    assert (incomplete.code, refused.code, left_out.code) == (1, 1, 0)
    assert "is not complete" in incomplete.err
    assert "2 distributions that the environment uses are on no index" in refused.err
    assert f"other 3 in {base.site}" in refused.err
    assert f"ours 1.0+distro in {base.site}" in refused.err
    assert "not in the lock, since no index has them: other 3, ours 1.0+distro" in left_out.err
    packages = Pylock.from_dict(tomllib.loads(path.read_text())).packages
    assert [package.name for package in packages] == ["app", "lib"]


def test_a_lock_has_no_password(venv: Venv, base: Base, tmp_path: Path) -> None:
    make_index(tmp_path / "served", [Project("lib")])
    base.install(Project("lib"))
    venv.install("lib")
    with serve(pages_of(tmp_path / "served"), "me:hunter2") as url:
        done = call("lock", "--env", venv.prefix, "-o", "-", "--index-url", f"{url}/simple/")

    assert done.code == 0, done.err
    assert "sha256" in done.out
    assert "hunter2" not in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "lock.toml"), "a lock file cannot be called lock.toml"),
        (("-o", "absent/pylock.toml"), "there is no directory"),
        (("--env", "absent"), "there is no environment at"),
        (("-o", ""), "the value is empty"),
    ],
)
def test_wrong_arguments_are_explained(venv: Venv, arguments: Sequence[str], message: str, tmp_path: Path) -> None:
    result = call("lock", "--env", venv.prefix, *arguments, cwd=tmp_path)

    assert result.code in {1, 2}
    assert message in result.err


def test_a_direct_reference_to_a_folder_that_is_gone_does_not_count(tmp_path: Path) -> None:
    def dist(reference: str, *, editable: bool = False) -> Distribution:
        return Distribution("a", "1", "/x/a-1.dist-info", "/x", direct_url=dump(reference, editable=editable))

    cwd, spaced = str(tmp_path / "x"), tmp_path / "a b"
    spaced.mkdir()

    assert requirement_line(dist((tmp_path / "gone").as_uri()), cwd) == "a==1"
    assert requirement_line(dist(tmp_path.as_uri()), cwd) == "a @ ./.."
    assert requirement_line(dist(tmp_path.as_uri(), editable=True), cwd) == "-e ./.."
    assert requirement_line(dist(spaced.as_uri()), cwd) == f"a @ {spaced.as_uri()}"
    assert requirement_line(dist("https://me:secret@host/a.whl"), cwd) == "a @ https://host/a.whl"


def test_everything_that_is_missing_is_named_with_few_processes() -> None:
    dists = [Distribution(f"d{number}", "1", "", "") for number in range(64)]
    missing, calls = {dists[3], dists[40]}, []

    def compiled(part: Sequence[Distribution]) -> str:
        calls.append(part)
        if missing.intersection(part):
            raise ResolutionError("no", why=("in uv's words",))
        return ""

    assert unavailable(dists, compiled) == dict.fromkeys((dists[3], dists[40]), "in uv's words")
    assert len(calls) < 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("packages = 1", "the lock that uv made is not valid"),
        ('lock-version = "1.0"\ncreated-by = "uv"\npackages = []\n', "the lock that uv made is not complete\n  a 1"),
    ],
)
def test_a_lock_of_another_form_is_not_written(text: str, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        lock_file._verified(text, [Distribution("a", "1", "", "")])


def test_a_lock_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"pylock.toml cannot be written"):
        lock_file._write(tmp_path / "absent" / "pylock.toml", "")


def test_only_uv_writes_locks(venv: Venv, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base.install(Project("lib"))
    venv.install("lib")
    monkeypatch.setattr("thinvenv.backends.uv_lock.find_uv", lambda _environ: None)

    with pytest.raises(BackendError, match="only uv writes locks"):
        thinvenv.lock(tmp_path / "pylock.toml", env=venv.prefix)
