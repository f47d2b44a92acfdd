"""The `thin_*` settings: how they are read, which value wins, and how they are documented."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from thinvenv.choices import SharedBase
from thinvenv.config.settings import SETTINGS, Settings, configured, files, from_environ, from_files, user_file
from thinvenv.errors import UsageError
from thinvenv.model import Policy, Request
from thinvenv.nox.defaults import from_values

PAGE = Path(__file__).parents[3] / "docs" / "tox.md"


def test_settings_are_read_from_variables() -> None:
    environ = {
        "THINVENV_REUSE": "inherit",
        "THINVENV_BASE": os.pathsep.join(["/opt/a b", "/opt/c"]),
        "THINVENV_ONLY_REUSE": "numpy, scipy",
        "THINVENV_NEVER_REUSE": "pytest*",
        "THINVENV_BACKEND": "pip",
    }

    assert from_environ(environ) == Settings("inherit", ("/opt/a b", "/opt/c"), ("numpy", "scipy"), ("pytest*",), "pip")


def test_bases_of_variables_and_files_are_those_of_many_environments(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.thinvenv]\nbase = ["stack"]\n')
    environ = {"THINVENV_CONFIG_FILE": os.devnull}

    for variables in (environ, environ | {"THINVENV_BASE": "/opt/a"}):
        bases = configured(variables, str(tmp_path)).bases or ()
        assert [type(base) for base in bases] == [SharedBase]
    own = Settings(bases=("/opt/b",)).or_else(configured(environ, str(tmp_path)))
    assert [type(base) for base in own.bases or ()] == [str]


def test_an_empty_variable_sets_nothing() -> None:
    assert from_environ({"THINVENV_REUSE": "", "THINVENV_BASE": ""}) == Settings()


def test_an_unknown_value_is_rejected_with_the_name_of_its_variable() -> None:
    with pytest.raises(UsageError, match="THINVENV_REUSE cannot be `inherits`") as caught:
        from_environ({"THINVENV_REUSE": "inherits"})

    assert caught.value.why == ("it is one of inherit, link, off",)


def test_an_almost_right_variable_is_rejected_and_others_are_left_to_others() -> None:
    with pytest.raises(UsageError, match="THINVENV_RESUE is unknown") as caught:
        from_environ({"THINVENV_RESUE": "link"})

    assert caught.value.hint == "did you mean `THINVENV_REUSE`?"
    assert from_environ({"THINVENV_CACHE_DIR": "/x", "THINVENV_DEMO_OF_MINE": "1"}) == Settings()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder within a project."""
    (tmp_path / "project" / "inner").mkdir(parents=True)
    return tmp_path / "project" / "inner"


def test_a_stronger_place_wins_setting_by_setting(project: Path, tmp_path: Path) -> None:
    (project.parent / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.thinvenv]\nreuse = "link"\nbase = ["stack", "~/own"]\nonly-reuse = []\n'
    )
    (tmp_path / "thinvenv").mkdir()
    (tmp_path / "thinvenv" / "thinvenv.toml").write_text(
        'reuse = "off"\nbase = "/opt/x"\nbackend = "uv"\nonly-reuse = "numpy"\nnever-reuse = ["pytest*"]\n'
    )
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "THINVENV_BACKEND": "pip"}

    assert configured(environ, str(project)) == Settings(
        "link", (str(project.parent / "stack"), "~/own"), (), ("pytest*",), "pip"
    )
    assert configured({**environ, "THINVENV_REUSE": "off"}, str(project)).bases is None
    assert configured({**environ, "THINVENV_CONFIG_FILE": os.devnull}, str(tmp_path)) == Settings(backend="pip")


@pytest.mark.parametrize(
    ("text", "has_settings"),
    [
        ("[tool.thinvenv]\n", True),
        ("[tool]\nthinvenv = {}\n", True),
        ('[ tool . "thinvenv" ]\n', True),
        ("tool.thinvenv.reuse = 'link'\n", True),
        ('[dependency-groups]\ntest = [\n  "thinvenv>=0.1",\n  "thinvenv",\n]\n', False),
        ("tool = { thinvenv = {} }\n", True),
        ("[project.scripts]\nthinvenv = 'thinvenv.cli:main'\n[tool.ruff]\nsrc = ['thinvenv']\n", False),
        ("[tool.mypy]\nfiles = 'thinvenv'\n[[tool.mypy.overrides]]\nmodule = 'thinvenv.x'\n", False),
        ("# thinvenv\n[project]\nname = 'thinvenv'\n", False),
    ],
)
def test_a_project_without_a_table_is_not_parsed(text: str, has_settings: bool, project: Path) -> None:  # noqa: FBT001 - a parameter of the test
    (project / "pyproject.toml").write_text(text)

    assert list(files({"THINVENV_CONFIG_FILE": os.devnull}, str(project))) == (
        [str(project / "pyproject.toml")] if has_settings else []
    )


@pytest.mark.parametrize(
    ("text", "message", "explanation"),
    [
        ('resue = "link"', "unknown key `resue` in {path}", "did you mean `reuse`?"),
        ('only_reuse = "x"\nstroe = 1', "unknown keys `only_reuse`, `stroe` in {path}", "did you mean `only-reuse`?"),
        ('reuse = "lnik"', "`reuse` in {path} cannot be `lnik`", "did you mean `link`?"),
        ("reuse = true", "`reuse` in {path} cannot be `True`", "it is one of inherit, link, off"),
        ("base = 3", "`base` in {path} cannot be `3`", "it is a string or a list of strings"),
        ('never-reuse = ["a", 3]', "`never-reuse` in {path} cannot be", "it is a string or a list of strings"),
        ("never-reuse = {}", "`never-reuse` in {path} cannot be `{{}}`", "it is a string or a list of strings"),
        ('[tool.thinvenv]\nreuse = "link"', "unknown key `tool` in {path}", "at the top of the file, without a table"),
        ('only-reuse = ""', "`only-reuse` in {path} cannot contain an empty string", ""),
        ("reuse = link", "cannot read the settings in {path}", "line 1"),
    ],
)
def test_a_wrong_file_is_rejected_with_its_path_and_the_nearest_right_key(
    text: str, message: str, explanation: str, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(UsageError) as caught:
        configured({"THINVENV_CONFIG_FILE": "own.toml"}, str(tmp_path))

    assert message.format(path=path) in caught.value.what
    assert explanation in str(caught.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize(
    ("mode", "owner", "reuse"), [(0o1777, 54321, None), (0o1777, 0, "link"), (0o755, 54321, "link")]
)
def test_settings_that_another_user_puts_into_a_folder_of_all_users_are_passed_over(
    mode: int, owner: int, reuse: str | None, tmp_path: Path
) -> None:
    """They could name a base with any code, for everyone who works somewhere below ``/tmp``."""
    tmp_path.chmod(mode)
    (tmp_path / "work").mkdir()
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.thinvenv]\nreuse = "link"\n')
    os.chown(file, owner, owner)

    environ = {"THINVENV_CONFIG_FILE": os.devnull}
    assert from_files(environ, str(tmp_path / "work")).reuse == reuse


def test_a_pipe_is_no_file_with_settings(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pyproject.toml")

    assert from_files({"THINVENV_CONFIG_FILE": os.devnull}, str(tmp_path)).reuse is None


def test_a_named_file_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"THINVENV_CONFIG_FILE names {tmp_path / 'own.toml'}, which does not exist"):
        configured({"THINVENV_CONFIG_FILE": "own.toml"}, str(tmp_path))
    assert configured({"THINVENV_CONFIG_FILE": os.devnull}, str(tmp_path)) == Settings()


def test_a_wrong_table_of_a_project_is_rejected(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool]\nthinvenv = 3\n")

    with pytest.raises(UsageError, match=r"\[tool.thinvenv\] of .* is not a table"):
        configured({}, str(project))


@pytest.mark.parametrize(
    "text", ["[tool.thinvenv\nreuse = 'link'\n", "[tool.thinvenv]\nreuse = \n", "[tool.thinvenv\t\n"]
)
def test_a_project_with_a_table_that_is_not_valid_toml_is_named(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text)

    with pytest.raises(UsageError, match=f"cannot read the settings in {project / 'pyproject.toml'}"):
        configured({}, str(project))


def test_the_file_of_the_user_is_where_the_platform_has_configuration() -> None:
    assert user_file({"HOME": "/home/me"}, "/", "linux") == "/home/me/.config/thinvenv/thinvenv.toml"
    assert user_file({"XDG_CONFIG_HOME": "/x"}, "/", "linux") == "/x/thinvenv/thinvenv.toml"
    assert user_file({"APPDATA": "/roaming"}, "/", "win32") == "/roaming/thinvenv/thinvenv.toml"
    assert user_file({"THINVENV_CONFIG_FILE": "a.toml"}, "/here", "linux") == "/here/a.toml"


def test_settings_are_read_from_keywords() -> None:
    values = {"thin_reuse": "link", "thin_base": Path("/opt/a"), "thin_never_reuse": iter(["numpy"])}

    assert from_values(values) == Settings(reuse="link", bases=("/opt/a",), never_reuse=("numpy",))


@pytest.mark.parametrize(("key", "value"), [("thin_backend", "conda"), ("thin_base", 3), ("thin_only_reuse", [None])])
def test_a_wrong_keyword_is_rejected_by_name(key: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{key} cannot be"):
        from_values({key: value})


def test_the_stronger_settings_win_field_by_field_and_an_empty_list_is_a_value() -> None:
    strong = Settings(reuse="off", never_reuse=())
    weak = Settings(reuse="inherit", only_reuse=("a",), never_reuse=("b",))

    assert strong.or_else(weak) == Settings(reuse="off", only_reuse=("a",), never_reuse=())


def test_a_request_gets_only_the_values_that_are_set() -> None:
    request = Request(policy=Policy(only_reuse=("kept",)), backend="uv")

    assert Settings(never_reuse=("x",)).apply_to(request) == Request(
        policy=Policy(only_reuse=("kept",), never_reuse=("x",)), backend="uv"
    )
    assert Settings(only_reuse=("a, b", "c")).apply_to(Request()).policy.only_reuse == ("a", "b", "c")


def test_the_page_about_tox_documents_every_setting_in_each_of_its_spellings() -> None:
    rows = re.findall(r"^\| `(thin_\w+)` \| `([\w-]+)(?: true)?` \| `(\w+)`", PAGE.read_text(), re.MULTILINE)

    assert rows == [(setting.key, setting.option, setting.variable) for setting in SETTINGS]
