"""``-r pylock.toml``: the distributions of a lock file, reused from the base where possible."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from uv import find_uv_bin

from support.projects import Project, build_wheel, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.errors import RequirementError, ThinvenvError

if TYPE_CHECKING:
    from support.bases import Base

HEAD = 'lock-version = "1.0"\ncreated-by = "tests"\n'


def lock(folder: Path, *requirements: str, overrides: str = "") -> str:
    """Lock requirements with uv, and return the path of the lock file."""
    (folder / "requirements.in").write_text("\n".join(requirements))
    (folder / "overrides.txt").write_text(overrides)
    command = [
        find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--format",
        "pylock.toml",
        "-o",
        "pylock.toml",
        "requirements.in",
    ]
    subprocess.run([*command, "--override", "overrides.txt"], check=True, cwd=folder)
    return str(folder / "pylock.toml")


def written(folder: Path, text: str, name: str = "pylock.toml") -> str:
    (folder / name).write_text(HEAD + text)
    return str(folder / name)


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_locked_versions_are_reused_from_the_base(
    venv: Venv, base: Base, index: Indexer, tmp_path: Path, backend: str
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", "1.0"))
    index(*(Project(name, requires=("alpha",)) for name in ("beta", "gamma")), Project("alpha"))
    path = lock(tmp_path, "gamma", "beta")
    index(Project("gamma", "2.0"))

    plan = venv.install("-r", path, backend=backend)

    assert actions(plan) == {"alpha": "reuse", "beta": "reuse", "gamma": "install"}
    assert venv.version("gamma") == "1.0"
    assert not venv.install("-r", path, backend=backend).changes


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_an_archive_with_another_hash_is_rejected(venv: Venv, index: Indexer, tmp_path: Path, backend: str) -> None:
    index(Project("alpha", "1.0"))
    path = Path(lock(tmp_path, "alpha"))
    path.write_text(re.sub("[0-9a-f]{64}", "0" * 64, path.read_text()))

    with pytest.raises(ThinvenvError, match=r"(?i)hash"):
        venv.install("-r", str(path), backend=backend)


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_requirements_of_locked_distributions_are_not_resolved(
    venv: Venv, index: Indexer, tmp_path: Path, backend: str
) -> None:
    index(Project("alpha", requires=("beta>=2",)), Project("beta", "1.0"))
    path = lock(tmp_path, "alpha", overrides="beta==1.0")

    assert actions(venv.install("-r", path, backend=backend)) == {"alpha": "install", "beta": "install"}


def test_a_lock_with_further_requirements_is_resolved(venv: Venv, index: Indexer, tmp_path: Path) -> None:
    index(Project("alpha"), Project("beta", requires=("gamma",)), Project("gamma"))
    path = lock(tmp_path, "alpha")

    assert actions(venv.install("-r", path, "beta")) == dict.fromkeys(("alpha", "beta", "gamma"), "install")


SHA = "sha256 = '" + "0" * 64 + "'"
MARKED = f"""
extras = ["big"]
default-groups = ["test"]
dependency-groups = ["test", "docs"]
[[packages]]
name = "alpha"
version = "1.0"
marker = "python_version < '3.0'"
archive = {{ url = "https://nowhere.invalid/alpha-1.0.tar.gz", hashes = {{ {SHA} }} }}
[[packages]]
name = "beta"
marker = "'big' in extras or 'docs' in dependency_groups"
directory = {{ path = "beta" }}
[[packages]]
name = "gamma"
marker = "'test' in dependency_groups and 'big' not in extras"
directory = {{ path = "gamma", editable = true }}
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-r", "pylock.dev.toml"), ["gamma"]),
        (("-r", "pylock.dev.toml[big]"), ["beta"]),
        (("-r", "pylock.dev.toml", "--extra", "BIG"), ["beta"]),
        (("-r", "pylock.dev.toml", "--all-extras"), ["beta"]),
        (("--group", "pylock.dev.toml:Docs"), ["beta"]),
        (("--group", "pylock.dev.toml:docs", "-r", "pylock.dev.toml"), ["beta", "gamma"]),
        (("-r", "requirements.txt"), ["gamma"]),
    ],
    ids=str,
)
def test_markers_extras_and_groups_of_a_lock(
    venv: Venv,
    index: Indexer,
    tmp_path: Path,
    words: tuple[str, ...],
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index()
    for name in ("beta", "gamma"):
        make_source(tmp_path / name, Project(name))
    written(tmp_path, MARKED, "pylock.dev.toml")
    (tmp_path / "requirements.txt").write_text("-r pylock.dev.toml\n")
    monkeypatch.chdir(tmp_path)

    assert sorted(actions(venv.install(*words))) == expected


def test_local_projects_and_archives_in_a_lock(venv: Venv, index: Indexer, tmp_path: Path) -> None:
    index()
    wheel = build_wheel(Project("alpha"), tmp_path / "my wheels")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    make_source(tmp_path / "mine", Project("mine"))
    path = written(
        tmp_path,
        f"""
[[packages]]
name = "alpha"
version = "1.0"
wheels = [{{ path = "my wheels/{wheel.name}", hashes = {{ sha256 = "{digest}" }} }}]
[[packages]]
name = "mine"
directory = {{ path = "mine", editable = true }}
""",
    )

    assert actions(venv.install("-r", path)) == {"alpha": "install", "mine": "install"}
    assert venv.run("import mine; print(mine.__file__)").startswith(str(tmp_path / "mine"))


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("", ("-r", "pylock.toml"), "not a valid lock file\n  .*packages"),
        ("packages = []", ("-r", "pylock.toml[fast]"), "pylock.toml has no extra fast\n  its extras: none"),
        ("packages = []", ("--group", "pylock.toml:fast"), "pylock.toml has no group fast\n  its groups: none"),
        ("packages = []", ("-c", "pylock.toml"), "is a lock file and cannot be constraints"),
        ("packages = []", ("-r", "pylock.absent.toml"), "cannot read .*absent.toml\n  .*\n  there is no such file"),
    ],
)
def test_errors_in_a_lock_are_reported(
    venv: Venv, tmp_path: Path, text: str, words: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, text)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(RequirementError) as error:
        venv.install(*words)

    assert re.search(why, str(error.value))
