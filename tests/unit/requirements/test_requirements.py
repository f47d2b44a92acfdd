"""Arguments, requirements files and projects are read into requests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.server import serve
from thinvenv.errors import RequirementError, UsageError
from thinvenv.model import Policy, Request, Root
from thinvenv.requirements.arguments import build_request, request_from
from thinvenv.requirements.files import read_file
from thinvenv.requirements.options import Argument
from thinvenv.requirements.projects import group_roots
from thinvenv.requirements.roots import ReadContext, editable_root, root

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.requirements.files import FileContent

NO_FILES = {"PIP_CONFIG_FILE": os.devnull}
"""Environment variables that disable the configuration files of pip."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "mine"\n')
    return folder


def read(path: str, folder: Path, **environ: str) -> FileContent:
    return read_file("-r", path, ReadContext(str(folder), environ, {}))


def texts(request: Request) -> list[str]:
    return [requirement.text for requirement in request.roots]


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


def test_an_editable_requirement_is_a_project_directory(project: Path, tmp_path: Path) -> None:
    assert editable_root("./project[x]", str(tmp_path)) == Root(
        f"{project}[x]", path=str(project), extras=("x",), editable=True
    )
    (tmp_path / "a.whl").touch()
    with pytest.raises(RequirementError, match="cannot install") as caught:
        editable_root("./a.whl", str(tmp_path))
    assert "it is not a project directory" in str(caught.value)


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
    assert [constraint.text for constraint in content.constraints] == ["alpha<2", "alpha<2"]
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


def test_a_missing_file_is_reported_with_its_origin(tmp_path: Path) -> None:
    with pytest.raises(RequirementError) as caught:
        read("absent.txt", tmp_path)

    assert str(caught.value).splitlines()[1:] == ["  requested by -r absent.txt", "  there is no such file"]


def test_pip_arguments_become_a_request(tmp_path: Path, project: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    words = ["alpha", "-U", "--pre", f"-e{project}", "-climits.txt", "-i", "https://u:p@example.org/simple", "-vv"]
    words += [
        "--find-links=wheels",
        "--no-index",
        "--no-deps",
        "--force-reinstall",
        "-C",
        "a=b",
        "--progress-bar",
        "off",
    ]

    request = request_from([*words, "--", "beta"], str(tmp_path), NO_FILES)

    assert texts(request) == ["alpha", str(project), "beta"]
    assert request.roots[1].editable
    assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2"]
    assert request.options == (
        "--index-url=https://u:p@example.org/simple",
        "--find-links=wheels",
        "--no-index",
        "--config-settings=a=b",
    )
    assert (request.upgrade, request.pre, request.no_deps, request.reinstall) == (True, True, True, True)


def test_options_in_a_file_apply_to_the_request(tmp_path: Path) -> None:
    (tmp_path / "wanted.txt").write_text("--pre\n--no-binary :all:\n-i 'https://example.org/a b'\nalpha\n")

    request = request_from(["-r", "wanted.txt"], str(tmp_path), NO_FILES)

    assert (request.pre, request.options) == (True, ("--no-binary=:all:", "--index-url=https://example.org/a b"))


@pytest.mark.parametrize("word", ["--target=x", "--user", "-t", "--prefix", "--frobnicate"])
def test_an_unsupported_option_is_rejected(word: str, tmp_path: Path) -> None:
    (tmp_path / "wanted.txt").write_text(f"alpha\n{word}\n")

    with pytest.raises(UsageError, match=word.partition("=")[0]) as caught:
        request_from(["-r", "wanted.txt"], str(tmp_path), NO_FILES)
    assert "-r wanted.txt, line 2" in str(caught.value)


def test_an_option_without_its_value_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`-r` needs a value"):
        request_from(["-r"], str(tmp_path), NO_FILES)


def test_a_dependency_group(project: Path) -> None:
    with (project / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ntest = ["pytest>=8", {include-group = "more"}]\nmore = ["alpha"]\n')

    assert [root.text for root in group_roots("test", str(project))] == ["pytest>=8", "alpha"]
    for place in (project, project / "pyproject.toml"):
        assert [root.text for root in group_roots(f"{place}:more", "/")] == ["alpha"]
    with pytest.raises(RequirementError, match="cannot use the dependency group `doc`") as caught:
        group_roots("doc", str(project))
    assert "more, test" in str(caught.value)


@pytest.mark.parametrize(
    ("words", "alone"),
    [
        (["-ve.[test]"], ["-v", "-e", ".[test]"]),
        (["-qU", "numpy"], ["-q", "-U", "numpy"]),
        (["-Urrequirements.txt"], ["-U", "-r", "requirements.txt"]),
        (["-qqq", "numpy"], ["numpy"]),
    ],
)
def test_short_options_can_be_combined(words: list[str], alone: list[str], project: Path) -> None:
    (project / "requirements.txt").write_text("numpy\n")

    assert request_from(words, str(project), NO_FILES) == request_from(alone, str(project), NO_FILES)


def test_uv_options_are_kept() -> None:
    request = request_from(["--prerelease=allow", "--exclude-newer", "2026-01-01", "--no-sources", "a"], "/", NO_FILES)

    assert request == Request(
        roots=(Root("a"),), options=("--prerelease=allow", "--exclude-newer=2026-01-01", "--no-sources")
    )


def test_uv_spellings_of_pip_options(tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("a")
    (tmp_path / "limits.txt").write_text("b<2")
    words = [
        "--requirements",
        "asked.txt",
        "--constraints=limits.txt",
        "--allow-insecure-host=h",
        "--strict",
        "--debug",
    ]

    request = request_from(words, str(tmp_path), NO_FILES)

    assert (texts(request), [constraint.text for constraint in request.policy.constraints]) == (["a"], ["b<2"])
    assert request.options == ("--trusted-host=h",)


def test_lowest_resolution_implies_upgrade() -> None:
    assert request_from(["--resolution=lowest-direct", "a"], "/", NO_FILES).upgrade
    assert not request_from(["--resolution=highest", "a"], "/", NO_FILES).upgrade


def test_reinstall_package_names_a_distribution() -> None:
    request = request_from(["--reinstall-package", "My_Own", "--reinstall-package=b", "a"], "/", NO_FILES)

    assert (request.reinstall_names, request.ignores_installed, texts(request)) == (("my-own", "b"), True, ["a"])


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

    plain = request_from(["-r", "pyproject.toml"], str(project), NO_FILES)
    assert plain.roots == (Root("alpha>=1", "-r pyproject.toml"),)
    for extra in (["--extra", "test"], ["--all-extras"], ["--all-extras", "--extra", "test"]):
        with_extra = request_from([*extra, "-r", str(project / "pyproject.toml")], "/", NO_FILES)
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
        request_from(["-r", "pyproject.toml", *(["--extra", extra] if extra else [])], str(project), NO_FILES)

    assert what in caught.value.what.replace(str(project) + "/", "")
    assert any(why in line for line in caught.value.why)


@pytest.mark.parametrize(("extra", "hint"), [(["--extra", "test"], "`.[test]`"), (["--all-extras"], None)])
def test_extras_without_a_project_are_rejected_with_a_hint(extra: list[str], hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        request_from([*extra, "a"], "/", NO_FILES)

    assert caught.value.hint == hint


def test_settings_of_pip_apply_to_every_request(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    environ = {**NO_FILES, "PIP_CONSTRAINT": "limits.txt", "PIP_PRE": "yes", "PIP_NO_DEPS": "0"}

    request = request_from(["alpha"], str(tmp_path), environ)

    assert [constraint.text for constraint in request.policy.constraints] == ["alpha<2"]
    assert (request.pre, request.no_deps) == (True, False)
    assert not request_from(["alpha"], str(tmp_path), {**environ, "UV_CONSTRAINT": ""}).policy.constraints


def test_requirements_files_are_fetched_from_a_server(tmp_path: Path) -> None:
    pages = {"/a/limits.txt": b"alpha<2\n-c ../more.txt\n", "/more.txt": b"beta<3\n"}
    with serve(pages, "user:secret") as url:
        request = request_from(["-c", f"{url}/a/limits.txt"], str(tmp_path), {**NO_FILES, "no_proxy": "*"})
        with pytest.raises(RequirementError, match="404") as caught:
            request_from(["-r", f"{url}/none.txt"], str(tmp_path), {**NO_FILES, "no_proxy": "*"})

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

    options = request_from(["-r", "sub/r.txt"], str(tmp_path), NO_FILES).options

    assert options == (
        f"--find-links={tmp_path}/sub/my wheels",
        "--find-links=elsewhere",
        "--find-links=https://x.test/y",
    )


@pytest.mark.parametrize("option", ["--config-settings='a=b'", "--global-option x", "--no-binary a"])
def test_an_option_for_one_requirement_is_rejected(option: str, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(f"b\na==1 {option} --hash=sha256:00\n")

    with pytest.raises(UsageError, match=r"cannot be used here \(-r r.txt, line 2\)") as caught:
        read("r.txt", tmp_path)
    assert caught.value.what.split("`")[1] in option


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
            request_from(words, str(tmp_path), NO_FILES)


def test_quoted_option_values_in_files(project: Path, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(f"-r 'my file.txt'\n-c\"my file.txt\"\n-e '{project}'\n")
    (tmp_path / "my file.txt").write_text("alpha\n")
    (tmp_path / "open.txt").write_text("--index-url 'https://x.test\n")

    request = request_from(["-r", "r.txt"], str(tmp_path), NO_FILES)

    roots = (*request.roots, *request.policy.constraints)
    assert [root.path or root.text for root in roots] == ["alpha", str(project), "alpha"]
    with pytest.raises(RequirementError, match="No closing quotation"):
        request_from(["-r", "open.txt"], str(tmp_path), NO_FILES)


def test_values_make_the_same_request_as_arguments(project: Path, tmp_path: Path) -> None:
    (tmp_path / "-r odd name.txt").write_text("alpha\n--no-index\n")
    (tmp_path / "limits.txt").write_text("beta<2\n")
    with (project / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ntest = ["pytest>=8"]\n')
    group = f"{project}:test"

    request = build_request(
        str(tmp_path),
        NO_FILES,
        requirements=["gamma"],
        requirement_files=["-r odd name.txt"],
        constraint_files=["limits.txt"],
        editables=[str(project)],
        groups=[group],
        options=["--pre", "-i", "https://example.org/simple"],
        policy=Policy(never_reuse=("delta",)),
        upgrade=True,
    )

    arguments = ["--pre", "-i", "https://example.org/simple", "-r", "-r odd name.txt", "-c", "limits.txt", "-U"]
    arguments += ["-e", str(project), "--group", group, "--", "gamma"]
    expected = request_from(arguments, str(tmp_path), NO_FILES)
    assert request == expected._replace(policy=expected.policy._replace(never_reuse=("delta",)))
    with pytest.raises(TypeError, match="unheard_of"):
        build_request(str(tmp_path), NO_FILES, unheard_of=True)


def test_the_configuration_of_an_environment_counts_for_no_other(tmp_path: Path) -> None:
    (tmp_path / "limits.txt").write_text("alpha<2\n")
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "pip.conf").write_text(f"[install]\nconstraint = {tmp_path}/limits.txt\n")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}

    constraints = {
        name: request_from(["alpha"], "/", environ, str(tmp_path / name)).policy.constraints
        for name in ("one", "other")
    }

    assert {root.text for root in constraints["one"]} - {root.text for root in constraints["other"]} == {"alpha<2"}
