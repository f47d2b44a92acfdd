"""Requirements, paths and URLs become roots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.errors import RequirementError
from thinvenv.model import Root
from thinvenv.requirements.roots import editable_root, root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "text",
    [
        "numpy",
        "numpy>=2,<3",
        "requests[socks,security]>=2.8.1",
        'numpy; python_version < "3.9" and sys_platform == "linux"',
        "pip @ https://example.org/pip-1.3.1-py3-none-any.whl",
        "git+https://example.org/mine.git@main#egg=mine",
        "https://example.org/mine-1.0.tar.gz",
        "My.Odd_Name==1!2.0+local",
    ],
)
def test_specifiers_and_urls_are_not_read_as_paths(text: str, tmp_path: Path) -> None:
    assert root(text, str(tmp_path)) == Root(text)


@pytest.mark.parametrize("text", ["http://[me:pw@bad/x.whl", "mine @ https://me:pw@[bad/x.whl", "file://[bad/x.whl"])
def test_an_invalid_url_is_rejected(text: str, tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match="cannot read the URL") as caught:
        root(text, str(tmp_path), origin="-r some.txt, line 1")

    assert "requested by -r some.txt, line 1" in str(caught.value)
    assert "pw" not in str(caught.value)


def test_an_invalid_editable_url_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match="cannot read the URL"):
        editable_root("git+https://[bad/mine.git", str(tmp_path))


@pytest.mark.parametrize("text", [".", "./", "../project", "{project}", "./."])
def test_a_path_to_a_project(text: str, project: Path) -> None:
    parsed = root(text.format(project=project), str(project))

    assert (parsed.path, parsed.editable) == (str(project), False)


def test_a_path_with_extras(project: Path) -> None:
    parsed = root(".[test,doc]", str(project))

    assert parsed == Root(f"{project}[doc,test]", path=str(project), extras=("doc", "test"))


def test_a_file_url_becomes_a_path(project: Path) -> None:
    assert root(f"mine @ {project.as_uri()}", "/").path == str(project)
    assert root(project.as_uri(), "/").path == str(project)


@pytest.mark.parametrize("text", ["./absent", "absent/", "dist/absent-1.0-py3-none-any.whl", "~/absent-thing"])
def test_a_missing_path_is_rejected(text: str, tmp_path: Path) -> None:
    with pytest.raises(RequirementError, match="there is no project or archive"):
        root(text, str(tmp_path), origin="-r wanted.txt, line 3")


@pytest.mark.parametrize("text", ["requirements.txt", "./requirements.txt", "pyproject.toml"])
def test_a_requirements_file_without_its_option_is_rejected(text: str, tmp_path: Path) -> None:
    (tmp_path / text).touch()

    with pytest.raises(RequirementError, match=f"cannot install the file {text}") as caught:
        root(text, str(tmp_path))
    assert caught.value.hint == f"-r {text} installs what it lists"


def test_an_editable_requirement_is_a_project_directory(project: Path, tmp_path: Path) -> None:
    assert editable_root("./project[x]", str(tmp_path)) == Root(
        f"{project}[x]", path=str(project), extras=("x",), editable=True
    )
    (tmp_path / "a.whl").touch()
    with pytest.raises(RequirementError, match="cannot install") as caught:
        editable_root("./a.whl", str(tmp_path))
    assert "it is not a project directory" in str(caught.value)
