"""The resolver completes a suggested base."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from support.projects import Project
from thinvenv.base_suggestion.closure import accepted_ranges, resolved
from thinvenv.base_suggestion.values import FleetMember, HeldDistribution, SuggestedBase, VersionRange

if TYPE_CHECKING:
    from pathlib import Path

    from support.venv import Indexer, Venv

BASE = SuggestedBase("3.12", ("lib==1.0", "numpy==2.1"), ("a", "b"), 0, 0)


def test_the_ranges_that_accept_a_version_limit_its_replacement() -> None:
    lib = HeldDistribution("lib", "1.0", (VersionRange("numpy", ">=1.20"),))
    users = [
        FleetMember("a", "3.12", (VersionRange("numpy", "<3"), VersionRange("lib")), (lib,)),
        FleetMember("b", "3.12", (VersionRange("numpy", "<2"),), (lib,)),
    ]

    assert accepted_ranges(BASE, users) == ["lib", "numpy<3,>=1.20"]


def test_a_base_for_an_absent_interpreter_is_not_resolved(venv: Venv, notes: list[str]) -> None:
    assert resolved(replace(BASE, python="2.1"), [], venv.context) == BASE.requirements
    assert notes == ["the base for Python 2.1 could not be resolved: there is no interpreter `2.1`"]


def test_an_interpreter_that_is_not_on_path_is_that_of_the_environments(
    venv: Venv, notes: list[str], tmp_path: Path, index: Indexer
) -> None:
    index(Project("lib"))
    (tmp_path / "installation" / "bin").mkdir(parents=True)
    python = tmp_path / "installation" / "bin" / "python9.9"
    python.symlink_to(sys.executable)
    member = FleetMember("a", "9.9", installation=str(tmp_path / "installation"))
    base = SuggestedBase("9.9", ("lib==1.0",), ("a",), 0, 0)

    assert resolved(base, [member], venv.context) == ("lib==1.0",)
    assert notes == []

    python.unlink()
    shutil.copy(sys.executable, python)
    python.chmod(0o777)  # anybody may have replaced it
    assert resolved(base, [member], venv.context) == ("lib==1.0",)
    assert notes == ["the base for Python 9.9 could not be resolved: there is no interpreter `9.9`"]


def test_what_no_index_has_is_left_out_with_what_requires_it(venv: Venv, notes: list[str], index: Indexer) -> None:
    index(Project("lib", "1.0"), Project("lib", "2.0"), Project("patched", "1.1"), Project("plugin"))
    distributions = {
        "lib": HeldDistribution("lib", "1.0"),
        "patched": HeldDistribution("patched", "1.0+debian"),
        "plugin": HeldDistribution("plugin", "1.0", (VersionRange("private"),)),
        "private": HeldDistribution("private", "3.0"),
    }
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    member = FleetMember("a", python, (), tuple(distributions.values()))
    base = SuggestedBase(python, tuple(f"{name}=={dist.version}" for name, dist in distributions.items()), ("a",), 0, 0)

    assert resolved(base, [member], venv.context) == ("lib==1.0", "patched==1.1")
    assert notes == [f"no index has private, so the base for Python {python} lacks it"]

    alone = replace(base, requirements=("private==3.0",))
    assert resolved(alone, [member], venv.context) == ()
