"""The base class of named tuples makes the same classes as the one of the standard library."""

from __future__ import annotations

import pickle
import typing

import pytest

from thinvenv import named_tuples


class Ours(named_tuples.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    label: str = ""

    @property
    def total(self) -> int:
        """The sum of both."""
        return self.x + self.y

    def __str__(self) -> str:
        return f"{self.label}{self.total}"


class Theirs(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    label: str = ""

    @property
    def total(self) -> int:
        """The sum of both."""
        return self.x + self.y

    def __str__(self) -> str:
        return f"{self.label}{self.total}"


def test_values_behave_the_same() -> None:
    ours, theirs = Ours(1, label="sum "), Theirs(1, label="sum ")

    assert tuple(ours) == tuple(theirs) == (1, 2, "sum ")
    assert str(ours) == str(theirs) == "sum 3"
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert tuple(ours._replace(y=5)) == tuple(theirs._replace(y=5)) == (1, 5, "sum ")
    assert ours._asdict() == theirs._asdict()
    assert pickle.loads(pickle.dumps(ours)) == ours


@pytest.mark.parametrize(
    "name", ["__doc__", "__bases__", "__module__", "__annotations__", "_fields", "_field_defaults", "__match_args__"]
)
def test_classes_have_the_same_attributes(name: str) -> None:
    expected = getattr(Theirs, name)
    if name == "__annotations__":  # only the names of fields matter: types are left as they are written
        assert list(getattr(Ours, name)) == list(expected)
    else:
        assert getattr(Ours, name) == expected


def test_a_field_without_a_default_is_required() -> None:
    for kind in (Ours, Theirs):
        with pytest.raises(TypeError, match="x"):
            kind()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Ours(1).x = 2  # type: ignore[misc]
