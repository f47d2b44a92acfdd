"""A store changes where bytes lie, and nothing else: random scenarios with it and without it."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from support.projects import make_index
from support.scenarios import NAMES, Scenario, scenarios, venv_of
from thinvenv.errors import ResolutionError
from thinvenv.installation import check

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.venv import Venv

STATE = f"""
import importlib, json
from importlib.metadata import distributions
def version(name):
    try:
        return importlib.import_module(name).__version__
    except ImportError:
        return None
versions = sorted((dist.metadata["Name"], dist.version, sorted(dist.requires or ())) for dist in distributions())
print(json.dumps([versions, [version(name) for name in {NAMES}]]))
"""


def installed(venv: Venv, scenario: Scenario, index: str, store: tuple[str, ...]) -> object:
    """Return what an install does: its steps, the distributions and modules, and the scripts; or that it fails."""
    try:
        plan = venv.install("--index-url", index, *scenario.roots, stores=store)
    except ResolutionError:
        return None
    assert check.check(venv.prefix, venv.context).ok
    steps = [(step.action, step.name, step.version, step.because) for step in plan.steps]
    return steps, json.loads(venv.run(STATE)), sorted(os.listdir(venv.prefix / "bin"))


def test_versions_imports_and_scripts_are_the_same_with_a_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, seen = tmp_path_factory.mktemp("same"), Counter[str]()

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(scenario=scenarios(plain=True))
    def run(scenario: Scenario) -> None:
        root: Path = folder / str(seen.total())
        index = make_index(root / "index", scenario.index)
        results = []
        for name, store in (("without", ()), ("with", (str(folder / "store"),))):
            venv = venv_of(scenario, root / name)
            results.append(installed(venv, scenario, index, store))
        assert results[0] == results[1]
        seen["solved" if results[0] else "unsolved"] += 1

    run()

    assert seen.total() >= 3
