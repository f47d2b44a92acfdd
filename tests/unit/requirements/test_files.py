"""Requirements files and constraints files."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from support import NO_PIP_FILES
from support.server import serve
from thinvenv.errors import RequirementError, UsageError
from thinvenv.requirements.arguments import request_from
from thinvenv.requirements.files import read_file
from thinvenv.requirements.options import Argument
from thinvenv.requirements.roots import ReadContext

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.requirements.files import FileContent


def read(path: str, folder: Path, **environ: str) -> FileContent:
    return read_file("-r", path, ReadContext(str(folder), environ, {}))


def test_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "wanted.txt").write_text(
        "# a comment\n"
        "alpha >= 1.0  # why\n"
        "beta==2 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "\n"
        "-r sub/more.txt\n"
        "--constraint=limits.txt\n"
        "gamma @ https://${USER_NAME}:${ABSENT}@example.org/gamma.whl#frag\n"
        "--extra-index-url https://example.org/simple\n"
    )
    (tmp_path / "sub" / "more.txt").write_text("\ufeffdelta;python_version>'3'\n-c ../limits.txt\n", encoding="utf-8")
    (tmp_path / "limits.txt").write_text("alpha<2\n")

    content = read("wanted.txt", tmp_path, USER_NAME="me")

    assert [(root.text, root.origin) for root in content.roots] == [
        ("alpha >= 1.0", "-r wanted.txt, line 2"),
        ("beta==2", "-r wanted.txt, line 3"),
        ("delta;python_version>'3'", "-r sub/more.txt, line 1"),
        ("gamma @ https://me:${ABSENT}@example.org/gamma.whl#frag", "-r wanted.txt, line 9"),
    ]
    assert content.roots[1].hashes == ("sha256:aa", "sha256:bb")
    assert [constraint.text for constraint in content.constraints] == ["alpha<2"]
    assert content.options == (Argument("--extra-index-url", "https://example.org/simple", "-r wanted.txt, line 10"),)


@pytest.mark.parametrize(
    "data",
    [
        "alpha\r\nbeta # é\r\n".encode("utf-8-sig"),
        "alpha\r\nbeta # é\r\n".encode("utf-16"),
        b"\xfe\xff" + "alpha\nbeta # é\n".encode("utf-16-be"),
        "alpha\nbeta # é\n".encode("utf-32"),
        "# -*- coding: latin-1 -*-\nalpha\nbeta # é\n".encode("latin-1"),
        "# ours\n# vim: set fileencoding=cp1252 :\nalpha\nbeta # é\n".encode("cp1252"),
    ],
    ids=["bom", "powershell", "big endian", "utf-32", "comment", "second line"],
)
def test_a_file_in_its_declared_encoding(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "told.txt").write_bytes(data)

    assert [root.text for root in read("told.txt", tmp_path).roots] == ["alpha", "beta"]


@pytest.mark.parametrize("data", [b"alpha # \xe9\n", b"# coding: klingon\nalpha\n", b"\xff\xfea"])
def test_a_file_in_an_unknown_encoding_is_rejected(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes(data)

    with pytest.raises(RequirementError, match=r"cannot read .*odd\.txt"):
        read("odd.txt", tmp_path)


def test_a_file_that_includes_itself_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r b.txt\n")
    (tmp_path / "b.txt").write_text("-r a.txt\n")

    with pytest.raises(RequirementError, match="includes itself"):
        read("a.txt", tmp_path)


def test_all_faults_of_nested_files_are_reported_at_once_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("alpha\n-r b.txt\n./gone\n")
    (tmp_path / "b.txt").write_text("-r missing.txt\n--target x\n-c limits.txt\n")
    (tmp_path / "limits.txt").write_text("-r absent.txt\n")

    with pytest.raises(RequirementError) as caught:
        request_from(["-r", "a.txt", "-r", "nothing.txt", "--find-links=x"], str(tmp_path), NO_PIP_FILES)

    lines = str(caught.value).splitlines()
    assert lines[0] == "5 requirements cannot be read"
    assert lines[1:4] == [
        f"  cannot read {tmp_path / 'missing.txt'}",
        "    requested by -r b.txt, line 1",
        "    there is no such file",
    ]
    assert "  `--target` cannot be used here (-r b.txt, line 2)" in lines
    assert "    requested by -c limits.txt, line 1" in lines
    assert "    requested by -r a.txt, line 3" in lines
    assert lines[-2:] == ["    requested by -r nothing.txt", "    there is no such file"]
    (tmp_path / "b.txt").write_text("--target x\n--user\n")
    with pytest.raises(UsageError, match="2 requirements cannot be read"):
        read("b.txt", tmp_path)


def test_requirements_that_cannot_be_parsed_are_faults_too_and_only_the_first_faults_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("beta==\n" + "--user\n" * 11)

    with pytest.raises(RequirementError, match="12 requirements cannot be read") as caught:
        read("a.txt", tmp_path)

    assert [part.what for part in caught.value.parts if "--user" not in part.what] == [
        "cannot read the requirement `beta==`"
    ]
    assert str(caught.value).splitlines()[-1] == "  and 2 more"


@pytest.mark.parametrize(
    ("name", "hint"), [("uv.lock", "thinvenv sync --locked"), ("setup.py", "thinvenv install -e .")]
)
def test_a_file_of_another_format_is_named_as_that(name: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"-r {name}\n")

    with pytest.raises(RequirementError, match=f"{name} is not a requirements file") as caught:
        read("a.txt", tmp_path)

    assert hint in str(caught.value.hint)


def test_a_missing_file_is_reported_with_its_origin(tmp_path: Path) -> None:
    with pytest.raises(RequirementError) as caught:
        read("absent.txt", tmp_path)

    assert str(caught.value).splitlines()[1:] == ["  requested by -r absent.txt", "  there is no such file"]


def test_options_in_a_file_apply_to_the_request(tmp_path: Path) -> None:
    (tmp_path / "wanted.txt").write_text("--pre\n--no-binary :all:\n-i 'https://example.org/a b'\nalpha\n")

    request = request_from(["-r", "wanted.txt"], str(tmp_path), NO_PIP_FILES)

    assert (request.pre, request.options) == (True, ("--no-binary=:all:", "--index-url=https://example.org/a b"))


@pytest.mark.parametrize("word", ["--target=x", "--user", "-t", "--prefix", "--frobnicate"])
def test_an_unsupported_option_is_rejected(word: str, tmp_path: Path) -> None:
    (tmp_path / "wanted.txt").write_text(f"alpha\n{word}\n")

    with pytest.raises(UsageError, match=word.partition("=")[0]) as caught:
        request_from(["-r", "wanted.txt"], str(tmp_path), NO_PIP_FILES)
    assert "-r wanted.txt, line 2" in str(caught.value)


def test_requirements_files_are_fetched_from_a_server(tmp_path: Path) -> None:
    pages = {"/a/limits.txt": b"alpha<2\n-c ../more.txt\n", "/more.txt": b"beta<3\n"}
    with serve(pages, "user:secret") as url:
        request = request_from(["-c", f"{url}/a/limits.txt"], str(tmp_path), {**NO_PIP_FILES, "no_proxy": "*"})
        with pytest.raises(RequirementError, match="404") as caught:
            request_from(["-r", f"{url}/none.txt"], str(tmp_path), {**NO_PIP_FILES, "no_proxy": "*"})

    assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2", "beta<3"]
    assert "secret" not in f"{caught.value}{request.policy.constraints}"


def test_relative_paths_in_a_file_are_resolved_as_pip_does(tmp_path: Path) -> None:
    """``requirements/dev.txt`` with ``-e .``, as many projects have it."""
    for place in (".", "here", "requirements/there", "requirements/both", "both"):
        project = tmp_path / place
        project.mkdir(parents=True, exist_ok=True)
        (project / "pyproject.toml").touch()
    (tmp_path / "requirements" / "dev.txt").write_text("-e .\n./here\n-e ./there\n./both\n")
    (tmp_path / "all.txt").write_text("-r requirements/dev.txt\n")

    for name in ("all.txt", "requirements/dev.txt"):
        roots = read(name, tmp_path).roots
        places = [os.path.relpath(root.path, tmp_path) for root in roots]
        assert places == [".", "here", "requirements/there", "both"]


def test_find_links_in_a_file_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "sub" / "my wheels").mkdir(parents=True)
    (tmp_path / "sub" / "r.txt").write_text("--find-links='my wheels'\n-f elsewhere\n--find-links=https://x.test/y\n")

    options = request_from(["-r", "sub/r.txt"], str(tmp_path), NO_PIP_FILES).options

    assert options == (
        f"--find-links={tmp_path}/sub/my wheels",
        "--find-links=elsewhere",
        "--find-links=https://x.test/y",
    )


def test_a_misspelt_option_is_compared_with_those_that_exist(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("--index-ulr https://example.org/simple\n")

    with pytest.raises(UsageError, match="`--index-ulr` cannot be used here") as caught:
        read("r.txt", tmp_path)
    assert (caught.value.why, caught.value.hint) == (
        ("`thinvenv install` has no such option",),
        "did you mean `--index-url`?",
    )


@pytest.mark.parametrize("option", ["--config-settings='a=b'", "--global-option x", "--no-binary a"])
def test_an_option_for_one_requirement_is_rejected(option: str, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(f"b\na==1 {option} --hash=sha256:00\n")

    with pytest.raises(UsageError, match=r"cannot be used here \(-r r.txt, line 2\)") as caught:
        read("r.txt", tmp_path)
    assert caught.value.what.split("`")[1] in option


def test_quoted_option_values_in_files(project: Path, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(f"-r 'my file.txt'\n-c\"my file.txt\"\n-e '{project}'\n")
    (tmp_path / "my file.txt").write_text("alpha\n")
    (tmp_path / "open.txt").write_text("--index-url 'https://x.test\n")

    request = request_from(["-r", "r.txt"], str(tmp_path), NO_PIP_FILES)

    roots = (*request.roots, *request.policy.constraints)
    assert [root.path or root.text for root in roots] == ["alpha", str(project), "alpha"]
    with pytest.raises(RequirementError, match="No closing quotation"):
        request_from(["-r", "open.txt"], str(tmp_path), NO_PIP_FILES)


def test_a_file_that_is_included_twice_is_read_once(tmp_path: Path) -> None:
    """Otherwise 30 files that each include the next one twice would take forever."""
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n-r {number + 1}.txt\nn{number}\n")
    (tmp_path / "30.txt").write_text("last\n")

    content = read("0.txt", tmp_path)

    assert [root.text for root in content.roots] == ["last", *(f"n{number}" for number in reversed(range(30)))]


@pytest.mark.parametrize("lines", ["-c limits.txt\n-r more.txt\n", "-r more.txt\n-c limits.txt\n"])
def test_a_file_can_hold_requirements_and_constraints_at_once(lines: str, tmp_path: Path) -> None:
    (tmp_path / "main.txt").write_text(lines)
    (tmp_path / "limits.txt").write_text("-r more.txt\n")
    (tmp_path / "more.txt").write_text("alpha<2\n")

    content = read("main.txt", tmp_path)

    assert [root.text for root in content.roots] == ["alpha<2"]
    assert [root.text for root in content.constraints] == ["alpha<2"]


def test_a_long_row_of_files_that_include_each_other_is_an_error(tmp_path: Path) -> None:
    for number in range(1200):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n")

    with pytest.raises(RequirementError, match=r"100\.txt is included more than 100 files deep"):
        read("0.txt", tmp_path)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("alpha" + " " * 100_000 + "# why", "alpha"),
        ("alpha" + " " * 100_000 + "x @", "alpha" + " " * 100_000 + "x @"),
        ("alpha" + "[" * 100_000, "alpha" + "[" * 100_000),
        ("alpha" + "#" * 100_000, "alpha" + "#" * 100_000),
    ],
)
def test_a_long_line_takes_no_longer_than_its_length(line: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text(line)
    start = time.process_time()

    content = read("file.txt", tmp_path)

    assert [root.text for root in content.roots] == [text]
    assert time.process_time() - start < 5  # with a quadratic pattern it is minutes
