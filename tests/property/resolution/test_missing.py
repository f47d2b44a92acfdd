"""What is missing, resolved by itself, comes to what it would come to resolved with all the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from support.projects import make_index
from support.worlds import World, venv_of, worlds
from thinvenv.errors import ResolutionError
from thinvenv.resolution import missing

if TYPE_CHECKING:
    from support.venvs import Venv
    from thinvenv.model import Plan


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(world=worlds(plain=True))
def test_an_answer_for_the_missing_is_the_answer(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", make_index(folder / "index", world.index))
        venv = venv_of(world, folder)
        alone = _planned(venv, world)
        patch.setattr(missing, "apart", lambda _roots, _used: ())

        assert alone == _planned(venv, world)


def _planned(venv: Venv, world: World) -> Plan | str:
    try:
        return venv.plan(*world.roots)
    except ResolutionError as error:
        return str(error)
