"""The settings of a session, merged from keywords, variables and defaults of the noxfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


def test_an_invalid_default_is_rejected() -> None:
    with pytest.raises(UsageError, match="thin_reuse cannot be `inherits`"):
        Defaults(thin_reuse="inherits").settings()  # type: ignore[arg-type]


def test_a_misspelt_default_is_rejected() -> None:
    with pytest.raises(AttributeError, match="thin_resue"):
        Defaults().thin_resue = "off"  # type: ignore[attr-defined]
