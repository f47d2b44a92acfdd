"""Whether a requirement is only for an extra can be read from its text, before it is parsed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from support.scenarios import MARKERS
from thinvenv.distributions import requirement_cache

TERMS = (
    *("extra == 'a'", 'extra=="b"', "extra == ''", 'extra == ""', "'c' == extra", "extra != 'd'", "extra == 'tor'"),
    *("python_version >= '3'", "python_version < '3'", "os_name != 'posix'"),
)
markers = st.recursive(
    st.sampled_from(TERMS),
    lambda inner: st.builds(
        "{}{}{}".format,
        inner.map("({})".format) | inner,
        st.sampled_from((" and ", " or ", " and  ", "\tor\t")),
        inner.map("({})".format) | inner,
    ),
    max_leaves=4,
)


@given(markers)
def test_a_requirement_for_an_extra_does_not_apply_without_it(marker: str) -> None:
    text = f"name>=1; {marker}"
    parsed = Requirement(text).marker

    assert parsed is not None
    assert not (requirement_cache.is_only_for_extra(text) and parsed.evaluate({**MARKERS, "extra": ""}))


def test_requirements_for_an_extra_are_recognized() -> None:
    assert requirement_cache.is_only_for_extra('pytest>=7; extra == "test"')
    assert requirement_cache.is_only_for_extra("numpy; python_version >= '3' and extra == 'all'")
    assert not requirement_cache.is_only_for_extra("numpy; python_version >= '3'")
    assert not requirement_cache.is_only_for_extra("numpy")
