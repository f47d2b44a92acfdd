"""Requirements, extras and dependency groups from ``pyproject.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import NO_PIP_FILES
from thinvenv.errors import RequirementError
from thinvenv.model import Request, Root
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.projects import group_roots

if TYPE_CHECKING:
    from pathlib import Path


def texts(request: Request) -> list[str]:
    return [root.text for root in request.roots]


def test_a_dependency_group(project: Path) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ntest = ["pytest>=8", {include-group = "more"}]\nmore = ["alpha"]\n')

    assert [root.text for root in group_roots("test", str(project))] == ["pytest>=8", "alpha"]
    for place in (project, project / "pyproject.toml"):
        assert [root.text for root in group_roots(f"{place}:more", "/")] == ["alpha"]
    with pytest.raises(RequirementError, match="cannot use the dependency group `doc`") as caught:
        group_roots("doc", str(project))
    assert "more, test" in str(caught.value)


PYPROJECT = """
[project]
name = "mine"
version = "1"
dependencies = ["alpha>=1"]
[project.optional-dependencies]
Test = ["beta", "mine[more]"]
more = ["gamma", "mine[test]"]
"""


def test_requirements_from_pyproject_toml(project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT)

    plain = request_from(["-r", "pyproject.toml"], str(project), NO_PIP_FILES)
    assert plain.roots == (Root("alpha>=1", "-r pyproject.toml"),)
    for extra in (["--extra", "test"], ["--all-extras"], ["--all-extras", "--extra", "test"]):
        with_extra = request_from([*extra, "-r", str(project / "pyproject.toml")], "/", NO_PIP_FILES)
        assert texts(with_extra) == ["alpha>=1", "beta", "gamma"]


@pytest.mark.parametrize(
    ("text", "extra", "what", "why"),
    [
        (PYPROJECT, "absent", "has no extra absent", "its extras: more, test"),
        ("[tool.x]\n", "", "cannot read pyproject.toml", "it has no [project] table"),
        ("[project]\n", "x", "has no extra x", "its extras: none"),
        (
            '[project]\nname = "mine"\ndynamic = ["dependencies"]\n',
            "",
            "does not list",
            "only a build can determine them",
        ),
        ("[project\n", "", "cannot read", "line 1"),
    ],
)
def test_a_pyproject_toml_without_static_requirements_is_rejected(
    project: Path, text: str, extra: str, what: str, why: str
) -> None:
    (project / "pyproject.toml").write_text(text)

    with pytest.raises(RequirementError) as caught:
        request_from(["-r", "pyproject.toml", *(["--extra", extra] if extra else [])], str(project), NO_PIP_FILES)

    assert what in caught.value.what.replace(str(project) + "/", "")
    assert any(why in line for line in caught.value.why)


@pytest.mark.parametrize(
    "content",
    [
        *(b"project = 3", b"[project]\ndependencies = 3", b"[project]\ndependencies = [3]", b"\xff\xfe", b"x ="),
        *(b"[project]\noptional-dependencies = 3", b"[project]\noptional-dependencies.a = 'b'"),
        b"dependency-groups = 3\nproject.dynamic = 3",
    ],
)
def test_an_invalid_pyproject_toml_is_rejected(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)

    for words in (["-r", "pyproject.toml", "--extra", "a"], ["--group", "a"]):
        with pytest.raises(RequirementError, match=r"pyproject\.toml|dependency group"):
            request_from(words, str(tmp_path), NO_PIP_FILES)
