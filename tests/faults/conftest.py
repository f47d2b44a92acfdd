"""The campaign: faults of every kind in the same scenarios. ``nox -s faults`` tries them all, CI a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.fault_scenarios import BASE, BY_NAME, INDEX, SCENARIOS, scenario_names
from support.faults import Scenario, World

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


@pytest.fixture(params=scenario_names(*(scenario.name for scenario in SCENARIOS)))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return each scenario of the campaign, or the one of a name."""
    return BY_NAME[request.param]


@pytest.fixture
def world(scenario: Scenario, tmp_path: Path, base: Base, index: Indexer) -> World:
    """Return the files of a scenario, before its command has run."""
    base.install(*BASE)
    index(*INDEX)
    return World(tmp_path, base, scenario)
