"""The receipt: what is damaged counts as none."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import default_environment

from thinvenv.environments import receipt
from thinvenv.environments.receipt import Receipt
from thinvenv.files import json_with_checksum
from thinvenv.model import Distribution, Environment, Layer, MetadataRule, Policy, Reuse, Root, WrittenScript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKERS = {name: str(value) for name, value in default_environment().items() if name != "extra"}
FULL = Receipt(
    environment=Environment(
        *("/env/bin/python", "/env", "/usr", "/usr/bin/python3", "cpython-312", ".cpython-312.so", "linux"),
        *("/env/site", "/env/site", "/env/bin", ("/env/site",), MARKERS),
        reads=(("file", "/etc/x"),),
    ),
    environment_key="key",
    layers=(Layer("/env/site", "venv"),),
    fingerprint="fingerprint",
    roots=(Root("numpy", hashes=("sha256:0",)),),
    policy=Policy(constraints=(Root("a<2"),), metadata=(MetadataRule("override", "a", requires=("b",)),)),
    reused=(Reuse(Distribution("numpy", "2.0", "/usr/numpy.dist-info", "/usr"), ("numpy",)),),
    sources={"/src": "digest"},
    requests=("digest",),
    shared=("b",),
    scripts={"f2py": WrittenScript("numpy", "digest")},
    data_files={"numpy": {"share/numpy/x": "-> /usr/share/numpy/x"}},
    pending=("c",),
    boot="boot",
    replaced_files=("lib/site/a.py",),
)
DOCUMENT: dict[str, Any] = json.loads(json.dumps(receipt.encode(FULL)))
OTHER_VALUES: tuple[Any, ...] = (
    None,
    3,
    1.5,
    True,
    "x",
    [],
    [3],
    ["x"],
    {},
    {"x": 3},
    [[3]],
    {"x": "y"},
    "../x",
    {"../x": "y"},
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of each value in a JSON value, as the keys that lead to it."""
    if place:
        yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield from places(item, (*place, key))


def replaced(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    """Return a JSON value with another one at a place."""
    if not place:
        return other
    copy = value.copy()
    copy[place[0]] = replaced(value[place[0]], place[1:], other)
    return copy


def test_a_receipt_is_loaded_as_it_was_saved(tmp_path: Path) -> None:
    receipt.save(tmp_path, FULL)

    assert receipt.load(tmp_path) == FULL._replace(boot=receipt.boot_id())
    assert isinstance(json.loads((tmp_path / receipt.FILE_NAME).read_bytes()), dict)


@given(st.sampled_from(list(places(DOCUMENT))), st.sampled_from(OTHER_VALUES))
def test_a_receipt_with_a_value_of_another_type_counts_as_none(place: tuple[Any, ...], other: Any) -> None:
    """What is accepted has the right types everywhere: it can be written, and read to the same receipt again."""
    document = replaced(DOCUMENT, place, other)

    try:
        decoded = receipt.decode(json.loads(json.dumps(document)))
    except (AttributeError, KeyError, TypeError, ValueError):
        return

    assert json.loads(json.dumps(receipt.encode(decoded))) == {**document, "schema": receipt.SCHEMA}


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (("scripts",), {"../../name": ["numpy", "digest"]}),
        (("data_files", "numpy"), {"../name": "digest"}),
        (("data_files", "numpy"), {"/etc/name": "digest"}),
        (("layers",), [["/env", "writable"]]),
        (("replaced_files",), ["../name"]),
        (("pending",), "numpy"),
    ],
)
def test_names_that_lead_out_of_the_environment_are_rejected(
    place: tuple[str, ...], other: Any, tmp_path: Path
) -> None:
    document = replaced(DOCUMENT, place, other)
    (tmp_path / receipt.FILE_NAME).write_bytes(json_with_checksum(json.dumps(document)))

    assert receipt.load(tmp_path) is None


def test_a_receipt_that_is_no_file_counts_as_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / receipt.FILE_NAME)

    assert receipt.load(tmp_path) is None
