"""What counts for a session, of all that was said."""

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
def test_the_sessions_word_counts_before_the_variable_and_that_before_the_noxfiles(
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
def test_the_backend_thinvenv_and_a_further_base_reuse_where_nothing_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(thin=True).reuse == "inherit"
    assert of(thin_base="/opt/layer") == Settings(reuse="inherit", bases=("/opt/layer",))
    monkeypatch.setenv("THINVENV_REUSE", "off")
    assert of(thin=True).reuse == "off"


def test_one_word_and_several(tmp_path: Path) -> None:
    single = Defaults(thin_base=tmp_path, thin_never_reuse="pytest").settings()
    several = Defaults(thin_base=[str(tmp_path)], thin_never_reuse=iter(["pytest"])).settings()

    assert single == several == Settings(bases=(str(tmp_path),), never_reuse=("pytest",))


def test_a_wrong_word_is_refused() -> None:
    with pytest.raises(UsageError, match="thin_reuse cannot be `inherits`"):
        Defaults(thin_reuse="inherits").settings()  # type: ignore[arg-type]


def test_a_misspelt_default_is_refused() -> None:
    with pytest.raises(AttributeError, match="thin_resue"):
        Defaults().thin_resue = "off"  # type: ignore[attr-defined]
