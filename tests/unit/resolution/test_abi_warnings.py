"""Warnings about extension modules that were built against another version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from support.inventories import distribution, inventory
from support.projects import Project, unpack_into
from support.scenarios import MARKERS, VENV, distribution_of
from thinvenv.model import Layer
from thinvenv.resolution.abi_warnings import iter_warnings, may_break_abi

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.model import Inventory


@pytest.mark.parametrize(
    ("new", "old"), [("1.26.5", "1.26.4"), ("1.26.4", "1.26.4"), ("1.26.4+mkl", "1.26.4"), ("1.26.4", "1.26.4rc1")]
)
def test_a_patch_release_keeps_the_abi(new: str, old: str) -> None:
    assert not may_break_abi(new, old)


@pytest.mark.parametrize(("new", "old"), [("2.0", "1.26"), ("1.27", "1.26"), ("1.26.3", "1.26.4"), ("1.2", "1.20")])
def test_another_release_series_and_an_older_version_may_break_the_abi(new: str, old: str) -> None:
    assert may_break_abi(new, old)


@pytest.fixture
def base(tmp_path: Path) -> Inventory:
    """Return a base of compiled distributions, and one that is not compiled."""
    layer = Layer(str(tmp_path), "base")
    projects = (
        Project("arrays", "1.26", pure=False),
        Project("frames", "2.0", ("arrays>=1",), pure=False),
        Project("old-frames", "1.0", ("arrays<2",), pure=False),
        Project("plots", "3.0", ("arrays",)),
    )
    unpack_into(tmp_path, *projects)
    return replace(
        inventory(layers=(VENV, layer)), distributions=tuple(distribution_of(project, layer) for project in projects)
    )


@pytest.mark.parametrize(
    ("used", "hint"),
    [((), "reuse mode `link` leaves it out"), (("frames",), "`--never-reuse frames` installs what fits")],
    ids=["unused", "used"],
)
def test_compiled_dependents_that_the_new_version_satisfies_are_reported(
    base: Inventory, used: tuple[str, ...], hint: str
) -> None:
    after = base.replaced((), [distribution("arrays 2.2", VENV)])
    hidden = base.visible["arrays"]

    assert list(iter_warnings([("2.2", hidden)], after, MARKERS, used)) == [
        f"`frames 2.0` of the base may have been built against arrays 1.26 and will find 2.2; {hint}"
    ]


@pytest.mark.parametrize(("version", "name"), [("1.26.1", "arrays"), (None, "arrays"), ("4.0", "plots")])
def test_no_warning(base: Inventory, version: str | None, name: str) -> None:
    """A patch release, a version that is not known yet, and a distribution without extension modules."""
    assert list(iter_warnings([(version, base.visible[name])], base, MARKERS, ())) == []
