"""The value that a misspelt text was probably meant to be."""

from __future__ import annotations

import pytest

from thinvenv.choices import nearest


@pytest.mark.parametrize(
    ("text", "values", "value"),
    [
        ("numpi", ["numpy", "pandas"], "numpy"),
        ("lbi", ["lib", "app"], "lib"),
        ("umpy", ["numpy", "pandas"], "numpy"),
        ("lnik", ["inherit", "link", "off"], "link"),
        ("THINVENV_STROE", ["THINVENV_STORE", "THINVENV_BASE"], "THINVENV_STORE"),
        ("torch", ["rich", "attrs"], None),
        ("THINVENV_X", ["THINVENV_STORE", "THINVENV_BASE"], None),
    ],
)
def test_only_a_similar_value_is_suggested(text: str, values: list[str], value: str | None) -> None:
    assert nearest(text, values) == value
