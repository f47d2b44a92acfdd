"""Metadata entries that cannot be read: each is named, and none blocks or breaks the others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.metadata_formats import write_files
from support.processes import without_descriptors
from thinvenv.cache import Cache
from thinvenv.errors import BaseError
from thinvenv.inventory import layer_contents, scan
from thinvenv.inventory.metadata_entries import UnreadableError, parse_entry
from thinvenv.model import Environment, Layer

if TYPE_CHECKING:
    from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: my-pkg\nVersion: 1.0\n"
SUFFIXES = (".cpython-312-x86_64-linux-gnu.so", ".abi3.so", ".so")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (METADATA + "Summary: " + "x" * 3_000_000 + "\n", "headers"),
        (METADATA + "Requires-Dist: other\n" * 10_001, "10001 requirements"),
        ("Name: " + "a" * 256 + "\nVersion: 1.0\n", "name has more than 255 characters"),
        ("Name: my-pkg\nVersion: " + "1." * 50_000 + "\n", "is not a version"),
    ],
)
def test_what_is_beyond_a_bound_is_named(text: str, reason: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"my_pkg-1.0.dist-info/METADATA": text})

    with pytest.raises(UnreadableError, match=reason) as caught:
        parse_entry(tmp_path / "my_pkg-1.0.dist-info", str(tmp_path))
    assert len(str(caught.value)) < 1000
    assert not caught.value.transient


def test_a_long_description_is_left_out(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_pkg-1.0.dist-info/METADATA": METADATA + "\n" + "a line\n" * 1_500_000})

    distribution, unreadable = parse_entry(tmp_path / "my_pkg-1.0.dist-info", str(tmp_path))

    assert (distribution.name, unreadable) == ("my-pkg", ())


@pytest.mark.parametrize("name", ["METADATA", "direct_url.json", "requires.txt"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_pipes_and_devices_are_not_read(kind: str, name: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"my_pkg-1.0.dist-info/METADATA": METADATA, "other-1.0.dist-info/METADATA": METADATA})
    path = tmp_path / "my_pkg-1.0.dist-info" / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")

    content = layer_contents._read_layer(Layer(str(tmp_path), "base"), SUFFIXES)

    assert [dist.location for dist in content.distributions] == [str(tmp_path / "other-1.0.dist-info")]
    assert content.ignored == (f"{tmp_path / 'my_pkg-1.0.dist-info'}: it is not a regular file",)


@pytest.mark.parametrize("text", ["/x\0y", "/dev", "\udcff", "", "x" * 5000])
def test_a_link_that_leads_nowhere_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "my_pkg.egg-link").write_bytes(os.fsencode(text))

    with pytest.raises(UnreadableError, match=r"my_pkg\.egg-link"):
        parse_entry(tmp_path / "my_pkg.egg-link", str(tmp_path))


@pytest.mark.parametrize("name", ["my_pkg-1.0.dist-info", "my_pkg.egg-link"])
def test_a_lack_of_open_files_stops_a_scan(name: str, tmp_path: Path) -> None:
    """It says nothing of the base: to count its distributions as missing would install them again."""
    entry = tmp_path / name
    if name.endswith("info"):
        entry.mkdir()
        os.mknod(entry / "METADATA")
    else:
        os.mknod(entry)

    with without_descriptors(), pytest.raises(BaseError, match="cannot read"):
        parse_entry(entry, str(tmp_path))
    with without_descriptors(), pytest.raises(BaseError, match="cannot read"):
        layer_contents._read_layer(Layer(str(tmp_path), "base"), SUFFIXES)


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="no file that fails to be read")
def test_an_error_that_may_pass_is_not_remembered(tmp_path: Path) -> None:
    """A failing disk hides a distribution only as long as it fails."""
    site, cache = tmp_path / "base", Cache(tmp_path / "cache")
    write_files(site, {"other-1.0.dist-info/METADATA": METADATA})
    (site / "my_pkg-1.0.dist-info").mkdir()
    (site / "my_pkg-1.0.dist-info" / "METADATA").symlink_to("/proc/self/mem")  # nothing is mapped at its start
    environment = Environment("", "", "", "", "", "", "", "", "", "", (str(site),), {}, suffixes=SUFFIXES)

    inventory = scan.scan(environment, cache)

    assert [dist.location for dist in inventory.distributions] == [str(site / "other-1.0.dist-info")]
    assert inventory.ignored == (f"{site / 'my_pkg-1.0.dist-info'}: Input/output error",)
    assert not list(cache.root.rglob("*.json"))
    (site / "my_pkg-1.0.dist-info" / "METADATA").unlink()
    scan.scan(environment, cache)
    assert {path.parent.name for path in cache.root.rglob("*.json")} == {"layers", "latest-layers"}
