"""The dependencies of Debian packages: dpkg itself judges the order of versions."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from thinvenv.inventory.debian_relations import (
    Relation,
    join_markers,
    marker_of,
    parse_relations,
    specifier_of,
)

VERSIONS = (
    *("0", "1.0", "1.0-0", "1.0-1", "1.0-1~", "1.0-1.1", "1.0-10", "1.0-1+b1", "1.0-1-2", "1.0~", "1.0~~", "1.0~rc1-1"),
    *("1:0.1", "1.0+dfsg-1", "1.0.1", "1.00", "1.0a", "1.", "2~dev", "1.15.1-5+c", "1.15.1-5+b1", "1.0-2~bpo12+1"),
)


def single(text: str) -> Relation:
    ((relation,),) = parse_relations(text)
    return relation


def test_relations_have_a_name_and_perhaps_a_bound_and_alternatives() -> None:
    field = (
        "python3:any, python3-numpy (>= 1:1.22.0),\n python3-a|python3-b (<<2~), libx [amd64] <!nocheck>, (broken), "
    )

    assert parse_relations(field) == (
        (Relation("python3"),),
        (Relation("python3-numpy", ">=", "1:1.22.0"),),
        (Relation("python3-a"), Relation("python3-b", "<<", "2~")),
        (Relation("libx"),),
    )


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg is not here")
@pytest.mark.parametrize("comparison", ["<<", "<=", "=", ">=", ">>"])
def test_versions_are_compared_as_dpkg_compares_them(comparison: str) -> None:
    for version, bound in product(VERSIONS, VERSIONS):
        command = ["dpkg", "--compare-versions", version, comparison, bound]
        expected = subprocess.run(command, capture_output=True, check=False).returncode == 0
        assert Relation("name", comparison, bound).allows(version) is expected, (version, comparison, bound)


def test_any_version_satisfies_a_relation_without_bound_and_no_version_satisfies_none() -> None:
    assert Relation("name").allows("")
    assert Relation("name").allows("1.0-1")
    assert not Relation("name", ">=", "0").allows("")


@pytest.mark.parametrize(
    ("relation", "package", "version", "expected"),
    [
        ("python3-cryptography (<< 40)", "38.0.4-3+deb12u1", "38.0.4", "<40"),
        ("python3-cryptography (<< 40~)", "38.0.4-3+deb12u1", "38.0.4", "<40"),
        ("python3-cryptography (>= 38.0.0)", "38.0.4-3+deb12u1", "38.0.4", ">=38.0.0"),
        ("python3-numpy (>= 1:1.22.0)", "1:1.24.2-1+deb12u1", "1.24.2", ">=1.22.0"),
        ("python3-six (<< 2~dev)", "1.16.0-4", "1.16.0", "<2.dev0"),
        ("python3-black (<< 22.0~b1)", "21.12-1", "21.12", "<22.0b1"),
        ("python3-name (<< 2.0~git20230101)", "1.0-1", "1.0", "<2.0"),
        # The revision is Debian's: the first one of a version is that version, and those before a later one allow it.
        ("python3-name (<< 2.0-1)", "1.0-1", "1.0", "<2.0"),
        ("python3-name (<< 2.0-1~)", "1.0-1", "1.0", "<2.0"),
        ("python3-name (<< 2.0-3)", "1.0-1", "1.0", "<=2.0"),
        ("python3-name (<< 1.0-3)", "1.0-1", "1.0", "<=1.0"),
        ("python3-name (<< 1.0+dfsg.1~)", "1.0+dfsg-2", "1.0", "<=1.0"),
        ("python3-name (<= 2.0-5)", "1.0-1", "1.0", "<=2.0"),
        ("python3-name (>> 1.0)", "1.0-1", "1.0", ">=1.0"),
        ("python3-pil (= 9.4.0-1.1+b1)", "9.4.0-1.1+b1", "9.4.0", "==9.4.0"),
        ("python3-lz4 (<< 5)", "4.0.2+dfsg-1", "4.0.2+dfsg", "<5"),
        ("python3-mako (>= 1.2.4+ds)", "1.2.4+ds-1", "1.2.4", ">=1.2.4"),
        # No bound, or one that does not speak of a version of upstream.
        ("python3-name", "1.0-1", "1.0", ""),
        ("python3-name (<< 1:2.0)", "1.0-1", "1.0", ""),
        ("python3-name (<< 40)", "1:1.0-1", "1.0", ""),
        ("python3-mpmath (<< 2)", "1.2.1-2", "0.0.0", ""),
        ("python3-name (>= 20200101)", "20230101-1", "1.3", ""),
        ("python3-name (<< 2.0+really1.9)", "2.0+really1.8-1", "1.8", ""),
        ("python3-name (<< nonsense)", "1.0-1", "1.0", ""),
        ("python3-name (>= 1.2~)", "1.2~rc1-1", "1.2rc1", ""),
    ],
)
def test_a_bound_counts_if_it_speaks_of_a_version_of_upstream(
    relation: str, package: str, version: str, expected: str
) -> None:
    assert specifier_of(single(relation), package, version) == expected


@pytest.mark.parametrize(
    ("alternatives", "expected"),
    [
        ("python3-typing-extensions | python3 (>> 3.8)", 'python_full_version < "3.8"'),
        ("python3-tomli | python3:any (>= 3.11~)", 'python_full_version < "3.11"'),
        ("python3-distro | python3 (<< 3.8)", 'python_full_version >= "3.8"'),
        ("python3-unicodedata2 | python3-all (>= 3.11.0)", 'python_full_version < "3.11.0"'),
        (
            "python3-name | python3 (<< 3.6) | python3 (>> 3.7)",
            'python_full_version >= "3.6" and python_full_version < "3.7"',
        ),
        ("python3-scipy (>= 1.8.1) | python3-munkres", ""),
    ],
)
def test_the_interpreter_as_an_alternative_is_a_marker(alternatives: str, expected: str) -> None:
    (group,) = parse_relations(alternatives)
    marker = marker_of(group)

    assert marker == expected
    if marker:
        Marker(marker)


def test_joined_markers_hold_where_all_do() -> None:
    assert join_markers(["", "a", "", "b", "a"]) == "a and b"
    assert join_markers(["", ""]) == ""


@given(st.text(alphabet="ab0123.~+-: (<>=)|,", max_size=40), st.text(alphabet="a0129.~+-:", max_size=12))
def test_no_field_is_too_odd(field: str, version: str) -> None:
    for alternatives in parse_relations(f"name (<< {version or 0}), {field}"):
        marker_of(alternatives)
        for relation in alternatives:
            relation.allows(version)
            specifier_of(relation, version, "1.0")
