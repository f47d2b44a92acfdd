"""Whatever two layers share, imports find every module once the conflicts are solved."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from thinvenv.environments import bootstrap
from thinvenv.environments.probe import probe
from thinvenv.installation.import_conflicts import Conflicts, find_conflicts
from thinvenv.model import Distribution, Environment, Inventory, Layer

EXTENDS_PATH = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
IMPORT_ALL = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
import _thinvenv
_thinvenv.start(json.loads(sys.argv[3]))
print(json.dumps({name: importlib.import_module(name).OWNER for name in sys.argv[4:]}))
"""

# What a distribution has of a package: nothing but a module, or an `__init__.py` of one kind as well.
kinds = st.sampled_from(["native", "regular", "pkgutil"])
# The packages `p` and `p.q`, or `q` alone.
packages = st.sampled_from([("p",), ("p", "q"), ("q",)])


class Spec(NamedTuple):
    """A distribution to install."""

    in_venv: bool
    is_used: bool
    package: tuple[str, ...]
    kind: str


specs = st.builds(Spec, st.booleans(), st.booleans(), packages, kinds)


@lru_cache
def this_environment() -> Environment:
    return probe(Path(sys.executable), {})


def modules_of(name: str, package: tuple[str, ...], kind: str) -> dict[str, str]:
    """Return the files of a distribution, which has one module in each package down to the last."""
    files = {}
    for depth in range(1, len(package) + 1):
        folder = "/".join(package[:depth])
        files[f"{folder}/{name}{depth}.py"] = f"OWNER = {name!r}\n"
        if kind != "native":
            files[f"{folder}/__init__.py"] = EXTENDS_PATH if kind == "pkgutil" else ""
    return files


def install(layer: Layer, name: str, files: dict[str, str]) -> Distribution:
    metadata = f"{name}-1.0.dist-info"
    for path, text in {**files, f"{metadata}/RECORD": "".join(f"{path},,\n" for path in files)}.items():
        file = Path(layer.path, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Distribution(name, "1.0", f"{layer.path}/{metadata}", layer.path)


def solve(inventory: Inventory, used: list[str], contents: dict[str, dict[str, str]]) -> Conflicts:
    """Install the owners of hidden modules into the venv until there are none; return what else is to be done."""
    venv = inventory.layers[0]
    while True:
        conflicts = find_conflicts(inventory, [inventory.visible[name] for name in used])
        if not conflicts.hidden:
            return conflicts
        owners = [conflict.owner for conflict in conflicts.hidden]
        assert not any(owner.layer == venv.path for owner in owners)
        inventory = inventory.replaced((), [install(venv, owner.name, contents[owner.name]) for owner in owners])


@settings(max_examples=60, deadline=None)
@given(st.lists(specs, min_size=2, max_size=5))
def test_every_module_of_a_used_distribution_is_imported(drawn: list[Spec]) -> None:
    with TemporaryDirectory() as folder:
        layers = (Layer(f"{folder}/venv", "venv"), Layer(f"{folder}/base", "base"))
        for layer in layers:
            Path(layer.path).mkdir()
        by_name = {f"d{number}": spec for number, spec in enumerate(drawn)}
        contents = {name: modules_of(name, spec.package, spec.kind) for name, spec in by_name.items()}
        installed = [install(layers[not spec.in_venv], name, contents[name]) for name, spec in by_name.items()]
        used = [name for name, spec in by_name.items() if spec.in_venv or spec.is_used]

        conflicts = solve(Inventory(layers, tuple(installed)), used, contents)

        bootstrap.write_startup_files(this_environment()._replace(purelib=layers[0].path), conflicts.venv_first)
        namespaces = json.dumps(conflicts.venv_first)
        owners = {
            path[:-3].replace("/", "."): name for name in used for path in contents[name] if "__init__" not in path
        }
        process = subprocess.run(
            [sys.executable, "-I", "-S", "-c", IMPORT_ALL, *(layer.path for layer in layers), namespaces, *owners],
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        assert json.loads(process.stdout) == owners
