"""A layer that has changed is read again only where it has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from thinvenv.inventory import layer_contents
from thinvenv.inventory.metadata_entries import parse_entry
from thinvenv.model import Layer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

SUFFIXES = (".cpython-312-x86_64-linux-gnu.so", ".so")


def write(site: Path, name: str, version: str = "1", requires: str = "", record: str = "x.py,,\n") -> Path:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(lines + (f"Requires-Dist: {requires}\n" if requires else ""))
    (info / "RECORD").write_text(record)
    return info


def change_version(site: Path) -> None:
    (site / "beta-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: beta\nVersion: 1.5\n")


def add_newer(site: Path) -> None:
    write(site, "beta", "0.5")


def add(site: Path) -> None:
    write(site, "delta", requires="alpha")


def remove(site: Path) -> None:
    (site / "beta-1.dist-info" / "METADATA").unlink()


def add_foreign_module(site: Path) -> None:
    (site / "alpha-1.dist-info" / "RECORD").write_text("alpha.cpython-310-x86_64-linux-gnu.so,,\n")
    (site / "alpha.cpython-310-x86_64-linux-gnu.so").touch()


@pytest.mark.parametrize("change", [change_version, add_newer, add, remove, add_foreign_module])
def test_a_changed_layer_has_the_content_of_one_that_is_read_anew(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, requires in (("alpha", ""), ("beta", "alpha"), ("gamma", "not a requirement!")):
        write(tmp_path, name, requires=requires)
    layer = Layer(str(tmp_path), "base")
    earlier = layer_contents._read_layer(layer, SUFFIXES)
    restored = layer_contents._decode(layer_contents._encode(earlier))
    assert restored == earlier

    change(tmp_path)
    read: list[str] = []

    def note_and_parse(entry: Path, path: str, readable: Collection[str]) -> object:
        read.append(entry.name)
        return parse_entry(entry, path, readable)

    monkeypatch.setattr(layer_contents, "parse_entry", note_and_parse)
    current = layer_contents._read_layer(layer, SUFFIXES, earlier=restored)

    assert "gamma-1.dist-info" in read  # a line about its requirement has to be written again
    assert len(read) == 2
    assert current == layer_contents._read_layer(layer, SUFFIXES)


def test_a_change_while_a_layer_is_read_is_noticed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = write(tmp_path, "alpha")
    layer = Layer(str(tmp_path), "base")

    def parse_then_change(entry: Path, path: str, readable: Collection[str]) -> object:
        parsed = parse_entry(entry, path, readable)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: alpha\nVersion: 2\n")
        os.utime(info / "METADATA", (1, 1))
        return parsed

    with monkeypatch.context() as patched:
        patched.setattr(layer_contents, "parse_entry", parse_then_change)
        earlier = layer_contents._read_layer(layer, SUFFIXES)

    current = layer_contents._read_layer(layer, SUFFIXES, earlier=earlier)
    assert [dist.version for dist in (*earlier.distributions, *current.distributions)] == ["1", "2"]


def test_a_changed_layer_without_new_requirements_is_read_without_their_parser(tmp_path: Path) -> None:
    beta = write(tmp_path, "beta", requires="alpha>1; python_version > '3'")
    earlier = layer_contents._read_layer(Layer(str(tmp_path), "base"), SUFFIXES)
    os.utime(beta / "METADATA", (1, 1))
    code = (
        "import sys; from thinvenv.inventory import layer_contents, scan; from thinvenv.model import Layer\n"
        "earlier = layer_contents._decode(eval(sys.argv[2]))\n"
        "content = layer_contents._read_layer(Layer(sys.argv[1], 'base'), ('.so',), earlier=earlier)\n"
        "print([dist.requires for dist in content.distributions])\n"
        "print({'packaging.requirements', 'packaging.direct_url', 'dataclasses'} & {*sys.modules} or 'no parser')\n"
    )
    document = repr(layer_contents._encode(earlier))
    command = [sys.executable, "-S", "-c", code, str(tmp_path), document]  # without what start-up files load
    environ = {"PYTHONPATH": os.pathsep.join(sys.path)}

    completed = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)

    assert completed.stdout.splitlines() == [repr([dist.requires for dist in earlier.distributions]), "no parser"]
