"""What is missing, resolved by itself, comes to what it would come to resolved with all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from support.projects import make_index
from support.scenarios import Scenario, scenarios, venv_of
from thinvenv.errors import ResolutionError
from thinvenv.resolution import missing

if TYPE_CHECKING:
    from support.venv import Venv
    from thinvenv.model import Plan


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(scenario=scenarios(plain=True))
def test_resolving_the_missing_alone_equals_a_full_resolution(
    scenario: Scenario, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", scenario.index))
        venv = venv_of(scenario, folder)
        alone = _planned(venv, scenario)
        patch.setattr(missing, "missing_roots", lambda _roots, _closure: ())

        assert alone == _planned(venv, scenario)


def _planned(venv: Venv, scenario: Scenario) -> Plan | str:
    try:
        return venv.plan(*scenario.roots)
    except ResolutionError as error:
        return str(error)
