"""``tool.uv.sources``: requirements from a workspace, paths and URLs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.projects import Project, make_index, make_source
from thinvenv.config.uv_workspace import workspace_root
from thinvenv.errors import UsageError
from thinvenv.requirements.uv_sources import roots_from

if TYPE_CHECKING:
    from pathlib import Path

    from support.venv import Indexer, Venv

SOURCES = """
[dependency-groups]
some = ["mate"]
[tool.uv.workspace]
members = ["parts/*"]
[tool.uv.sources]
member = { workspace = true }
mate = { workspace = true, editable = false }
beside = { path = "beside" }
"""


@pytest.fixture
def project(tmp_path: Path, index: Indexer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with two workspace members and one beside; the index has other versions of them."""
    index(*(Project(name, "9.0") for name in ("member", "mate", "beside")))
    top = make_source(tmp_path / "top", Project("top", requires=("member", "beside")))
    (top / "pyproject.toml").write_text((top / "pyproject.toml").read_text() + SOURCES)
    make_source(top / "parts" / "one", Project("member", requires=("mate",)))
    make_source(top / "parts" / "two", Project("mate"))
    make_source(top / "beside", Project("beside"))
    monkeypatch.chdir(top)
    return top


def editable(venv: Venv) -> dict[str, bool]:
    """Return whether each distribution with a direct URL is editable, by name."""
    documents = {
        path.parent.name.split("-")[0]: json.loads(path.read_text()) for path in venv.site.glob("*/direct_url.json")
    }
    return {name: bool(document["dir_info"].get("editable")) for name, document in documents.items()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-e", "."], {"top": True, "member": True, "mate": False, "beside": False}),
        (["."], {"top": False, "member": True, "mate": False, "beside": False}),
        (["-r", "pyproject.toml"], {"member": True, "mate": False, "beside": False}),
        (["--group", "some"], {"mate": False}),
        (["-e", "parts/one"], {"member": True, "mate": False}),
        (["-r", "pyproject.toml", "--no-sources"], {}),
    ],
    ids=str,
)
def test_requirements_are_installed_from_uv_sources(
    venv: Venv, project: Path, words: list[str], expected: dict[str, bool]
) -> None:
    venv.install(*words)

    assert editable(venv) == expected
    assert project.exists()
    assert venv.install(*words).changes == ()


@pytest.fixture
def pinned(tmp_path: Path, index: Indexer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose ``alpha`` and ``beta`` come from an index of their own; others have newer versions."""
    index(*(Project(name, "9.0") for name in ("alpha", "beta", "gamma")))
    url = make_index(tmp_path / "special", [Project(name, "1.0") for name in ("alpha", "beta", "gamma")])
    folder = make_source(tmp_path / "mine", Project("mine", requires=("alpha", "beta", "gamma")))
    table = """
[tool.uv.sources]
alpha = { index = "special" }
beta = [{ index = "special", marker = "python_version > '3'" }]
gamma = [{ index = "special", marker = "python_version < '3'" }]
[[tool.uv.index]]
name = "special"
explicit = true
"""
    with (folder / "pyproject.toml").open("a") as file:
        file.write(f'{table}url = "{url}"\n')
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize("words", [["-r", "mine/pyproject.toml"], ["./mine"]], ids=str)
def test_requirements_are_installed_from_the_index_of_their_source(venv: Venv, pinned: Path, words: list[str]) -> None:
    versions = {step.name: step.version for step in venv.install(*words).installed if step.name != "mine"}

    assert versions == {"alpha": "1.0", "beta": "1.0", "gamma": "9.0"}
    assert pinned.exists()
    assert venv.install(*words).changes == ()


def test_pip_has_no_index_for_one_requirement(venv: Venv, pinned: Path) -> None:
    assert pinned.exists()
    with pytest.raises(UsageError, match="pip cannot take `alpha` from one index only"):
        venv.install("-r", "mine/pyproject.toml", backend="pip")


def test_every_kind_of_uv_source(project: Path) -> None:
    table = """
[tool.uv.sources]
a = { git = "https://example.invalid/a", tag = "v1", subdirectory = "sub" }
b = { url = "https://example.invalid/b.whl" }
c = { index = "other" }
d = [{ path = "../beside", marker = "sys_platform == 'linux'" }, { index = "undeclared", marker = "os_name == 'nt'" }]
member = { workspace = true }
absent = { workspace = true }
[[tool.uv.index]]
name = "other"
url = "https://example.invalid/simple"
"""
    where = project / "parts" / "two"
    where.joinpath("pyproject.toml").write_text(
        "[project]\nname = 'mate'\n" + table.replace("../beside", "../../beside")
    )

    wanted = ["a[x]>1", "b ; python_version > '3'", "c", "d", "member[y]", "absent", "no requirement", "e @ file:///e"]
    roots = list(roots_from(wanted, str(where), "here"))

    assert [root.text for root in roots] == [
        "a[x] @ git+https://example.invalid/a@v1#subdirectory=sub",
        'b @ https://example.invalid/b.whl ; (python_version > "3")',
        "c",
        f"d @ {(project / 'beside').as_uri()} ; (sys_platform == 'linux')",
        "d ; (os_name == 'nt')",
        "d",
        f"{project / 'parts' / 'one'}[y]",
        "absent",
        "no requirement",
        "e @ file:///e",
    ]
    assert [root.editable for root in roots] == [root.text.endswith("[y]") for root in roots]
    assert {root.origin for root in roots} == {"here"}
    assert [root.only_index for root in roots if root.only_index] == [
        "other=https://example.invalid/simple",
        "undeclared",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "tool = 3",
        "[tool]\nuv = 3",
        "[tool.uv]\nworkspace = 3\nsources = 3\nindex = 3",
        '[tool.uv]\nindex = [3]\nworkspace = { members = [3], exclude = "x" }\nsources = { alpha = 3, beta = [3] }',
        "project = 3\n[tool.uv.workspace]\nmembers = 3",
        "[tool.uv.sources]\nalpha = { path = 3 }\nbeta = { git = 3, rev = 3 }\n[project]\nname = 3",
        "a = " + "[" * 5000,
        "caf\udce9 = 1",
    ],
)
@pytest.mark.parametrize("place", ["project", "."])
def test_a_project_that_is_not_valid_has_no_sources(text: str, place: str, tmp_path: Path) -> None:
    """uv warns of a ``pyproject.toml`` with other types, in the project or a folder above, and goes on."""
    (tmp_path / "project").mkdir()
    (tmp_path / place / "pyproject.toml").write_bytes(text.encode(errors="surrogateescape"))

    roots = roots_from(["alpha", "beta>=1"], str(tmp_path / "project"), "")

    assert [root.text for root in roots] == ["alpha", "beta>=1"]
    assert workspace_root(str(tmp_path / "project")) in {"", str(tmp_path / place)}
