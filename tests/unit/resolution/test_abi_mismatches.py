"""Distributions that were built against another version than the one that they will find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.inventories import distribution, inventory
from support.projects import Project, unpack_into
from support.scenarios import MARKERS, VENV, distribution_of
from thinvenv.model import Environment, Layer
from thinvenv.resolution.abi_mismatches import Certainty, find_mismatches, iter_warnings, may_break_abi

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.model import Inventory

ENVIRONMENT = Environment("", "", "", "", "", "", "", "", "", "", (), MARKERS, suffixes=(".so",))


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
    return base_of(
        tmp_path,
        Project("arrays", "1.26", pure=False),
        Project("frames", "2.0", ("arrays>=1",), pure=False),
        Project("old-frames", "1.0", ("arrays<2",), pure=False),
        Project("plots", "3.0", ("arrays",)),
    )


def base_of(folder: Path, *projects: Project, kind: str = "base") -> Inventory:
    """Return an inventory of a venv and a base with some projects."""
    layer = Layer(str(folder), "linkable" if kind == "linkable" else "base")
    unpack_into(folder, *projects)
    distributions = tuple(distribution_of(project, layer) for project in projects)
    return inventory(layers=(VENV, layer))._replace(distributions=distributions)


def mismatches(base: Inventory, *venv: str) -> dict[str, Certainty]:
    """Return the certainty for each distribution that does not fit, if the venv has some distributions."""
    after = base.replaced((), [distribution(text, VENV) for text in venv])
    return {mismatch.distribution.name: mismatch.certainty for mismatch in find_mismatches(after, ENVIRONMENT)}


@pytest.mark.parametrize(
    ("used", "hint"),
    [((), "reuse mode `link` leaves it out"), (("frames",), "`--never-reuse frames` installs what fits")],
    ids=["unused", "used"],
)
def test_compiled_dependents_that_the_new_version_satisfies_are_reported(
    base: Inventory, used: tuple[str, ...], hint: str
) -> None:
    after = base.replaced((), [distribution("arrays 2.2", VENV)])

    assert list(iter_warnings(find_mismatches(after, ENVIRONMENT), after, used)) == [
        f"`frames 2.0` of the base may have been built against arrays 1.26 and will find 2.2; {hint}"
    ]


@pytest.mark.parametrize(
    ("versions", "certainty"),
    [
        (("1.26", "2.2"), Certainty.PROBABLE),
        (("1.26", "1.30"), Certainty.POSSIBLE),
        (("1.26", "1.20"), Certainty.POSSIBLE),
        (("1.26", "1.26.1"), None),
        (("0.5", "0.6"), Certainty.PROBABLE),
        (("0.5", "0.5.1"), None),
    ],
)
def test_another_major_version_is_probably_incompatible(
    tmp_path: Path, versions: tuple[str, str], certainty: Certainty | None
) -> None:
    old, new = versions
    base = base_of(tmp_path, Project("arrays", old, pure=False), Project("frames", requires=("arrays",), pure=False))
    assert mismatches(base, f"arrays {new}").get("frames") == certainty


def test_a_range_that_ends_above_the_new_version_makes_it_less_likely(tmp_path: Path) -> None:
    frames = Project("frames", requires=("arrays>=1,<3",), pure=False)
    base = base_of(tmp_path, Project("arrays", "1.26", pure=False), frames)
    assert mismatches(base, "arrays 2.2") == {"frames": Certainty.POSSIBLE}


@pytest.mark.parametrize(("name", "version"), [("arrays", "1.26.1"), ("plots", "4.0")])
def test_no_mismatch(base: Inventory, name: str, version: str) -> None:
    """A patch release, and a distribution without extension modules."""
    assert mismatches(base, f"{name} {version}") == {}


def test_a_version_that_is_not_known_yet_is_no_mismatch(base: Inventory) -> None:
    planned = distribution("arrays 2.0", VENV)._replace(version="", planned=True)
    assert not list(find_mismatches(base.replaced((), [planned]), ENVIRONMENT))


def frames(text: str, *requires: str) -> Project:
    return Project("frames", modules={"frames.so": f"\x7fELF\0{text}\0"}, requires=requires, pure=False)


@pytest.mark.parametrize(("text", "certainty"), [("arrays.core", Certainty.PROBABLE), ("math", None)])
def test_modules_that_do_not_name_what_they_require_fit(tmp_path: Path, text: str, certainty: Certainty | None) -> None:
    """matplotlib requires Pillow, but its modules do not use it."""
    base = base_of(tmp_path, Project("arrays", "1.26", pure=False), frames(text, "arrays"))
    assert mismatches(base, "arrays 2.2").get("frames") == certainty


NUMPY_1 = "numpy.core.multiarray"
NUMPY_2 = f"numpy._core\0{NUMPY_1}\0NumPy C-API version 0x%x (NumPy 1.22) but"


@pytest.mark.parametrize(
    ("text", "new", "certainty"),
    [
        (NUMPY_1, "2.0.1", Certainty.CERTAIN),
        (NUMPY_1, "1.26.5", None),
        (NUMPY_1, "1.20.0", Certainty.POSSIBLE),
        (NUMPY_2, "2.3", None),
        (NUMPY_2, "1.26", None),
        (NUMPY_2, "1.20", Certainty.CERTAIN),
        ("math", "2.3", None),
    ],
)
@pytest.mark.parametrize("kind", ["base", "linkable"])
def test_modules_that_use_numpy_show_which_versions_fit(
    tmp_path: Path, text: str, new: str, certainty: Certainty | None, kind: str
) -> None:
    base = base_of(tmp_path, Project("numpy", "1.25.2", pure=False), frames(text, "numpy"), kind=kind)
    assert mismatches(base, f"numpy {new}").get("frames") == certainty


def test_modules_that_use_numpy_are_compared_without_one_in_their_base(tmp_path: Path) -> None:
    base = base_of(tmp_path, frames(NUMPY_1, "numpy"))
    assert mismatches(base, "numpy 2.3") == {"frames": Certainty.CERTAIN}
    assert mismatches(base, "numpy 1.26") == {}


def test_a_base_before_another_one_hides_its_version_too(tmp_path: Path) -> None:
    """A numpy of the user site before that of the system, with its pandas."""
    first = base_of(tmp_path / "first", Project("arrays", "2.2", pure=False))
    second = base_of(
        tmp_path / "second", Project("arrays", "1.26", pure=False), Project("frames", requires=("arrays",), pure=False)
    )
    both = first._replace(
        layers=(*first.layers, second.layers[1]), distributions=(*first.distributions, *second.distributions)
    )
    assert mismatches(both) == {"frames": Certainty.PROBABLE}
