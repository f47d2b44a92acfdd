"""The settings of a session, merged from keywords, variables and defaults of the noxfile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from nox.virtualenv import ALL_VENVS

from thinvenv.choices import SharedBase
from thinvenv.config.settings import Settings
from thinvenv.errors import UsageError
from thinvenv.nox.decorator import session
from thinvenv.nox.defaults import Defaults, defaults, settings_of

if TYPE_CHECKING:
    from pathlib import Path

INHERITS = ("--system-site-packages",)


def of(*, venv_params: tuple[str, ...] = (), thin: bool = False, **keywords: str) -> Settings:
    @session(name="tests", venv_params=venv_params, **keywords)  # type: ignore[call-overload, untyped-decorator, unused-ignore]
    def tests(_session: object) -> None:
        """Do nothing."""

    return settings_of(tests, thin=thin)


@pytest.fixture(autouse=True)
def _own_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Defaults.__slots__:
        monkeypatch.setattr(defaults, name, None)
    monkeypatch.setattr("nox.registry._REGISTRY", {})


@pytest.mark.filterwarnings("ignore:The session")
def test_a_session_can_choose_the_backend_without_registering_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ALL_VENVS, "thinvenv", raising=False)
    of(venv_backend="uv")
    assert "thinvenv" not in ALL_VENVS

    of(venv_backend="conda|thinvenv")

    assert "thinvenv" in ALL_VENVS


@pytest.mark.filterwarnings("ignore:The session")
def test_session_overrides_variable_and_variable_overrides_noxfile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert of().reuse is None
    monkeypatch.setattr(defaults, "thin_reuse", "link")
    assert of().reuse == "link"
    monkeypatch.setenv("THINVENV_REUSE", "off")
    assert of().reuse == "off"
    assert of(venv_params=INHERITS).reuse == "inherit"
    assert of(thin_reuse="link").reuse == "link"


@pytest.mark.filterwarnings("ignore:The session")
def test_thinvenv_backend_and_further_base_imply_reuse(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(thin=True).reuse == "inherit"
    assert of(thin_base="/opt/layer") == Settings(reuse="inherit", bases=("/opt/layer",))
    monkeypatch.setenv("THINVENV_REUSE", "off")
    assert of(thin=True).reuse == "off"


def test_a_default_can_be_one_value_or_several(tmp_path: Path) -> None:
    single = Defaults(thin_base=tmp_path, thin_never_reuse="pytest").settings()
    several = Defaults(thin_base=[str(tmp_path)], thin_never_reuse=iter(["pytest"])).settings()

    assert single == several == Settings(bases=(str(tmp_path),), never_reuse=("pytest",))


def test_an_invalid_keyword_is_rejected() -> None:
    with pytest.raises(UsageError, match="thin_reuse cannot be `inherits`"):
        Defaults(thin_reuse="inherits")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("thin_resue", "off", "`thin_resue` is unknown"),
        ("thin_reuse", "lnik", "thin_reuse cannot be `lnik`"),
        ("thin_base", 3, "thin_base cannot be `3`"),
    ],
)
def test_a_wrong_default_ends_nox_with_the_line_of_the_noxfile(
    name: str, value: object, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SystemExit) as caught:
        setattr(defaults, name, value)

    assert caught.value.code == 2
    assert f"{__file__}, line " in caplog.text
    assert message in caplog.text
    assert "hint: did you mean `" in caplog.text or value == 3


@pytest.mark.filterwarnings("ignore:The session")
def test_the_project_comes_after_the_noxfile_and_the_user_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.thinvenv]\nreuse = "link"\nbackend = "pip"\n')
    (tmp_path / "user.toml").write_text('backend = "uv"\nnever-reuse = "pytest*"\n')
    monkeypatch.setattr(sys.modules[Defaults.__module__], "PROJECT", str(tmp_path))
    monkeypatch.setenv("THINVENV_CONFIG_FILE", str(tmp_path / "user.toml"))
    monkeypatch.setattr(defaults, "thin_reuse", "off")

    assert of() == Settings(reuse="off", never_reuse=("pytest*",), backend="pip")


@pytest.mark.filterwarnings("ignore:The session")
def test_bases_of_the_noxfile_are_those_of_many_sessions_and_bases_of_a_session_are_its_own() -> None:
    defaults.thin_base = "/opt/stack"

    assert [type(base) for base in of().bases or ()] == [SharedBase]
    assert [type(base) for base in of(thin_base="/opt/own").bases or ()] == [str]
