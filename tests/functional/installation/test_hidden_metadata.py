"""Distributions that an environment shadows are hidden from the discovery of entry points, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters, make_base
from support.projects import Project, build_wheel, install_into

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

PYTHONS = installed_interpreters()
OLD = Project("host-tool", "1.0", modules={"host_tool.py": "", "gone.py": ""}, entry_points="[plugins]\nold = gone\n")
NEW = Project("Host.Tool", "2.0", modules={"host_tool.py": ""}, entry_points="[plugins]\nnew = host_tool\n")
# As pluggy does, which loads the entry points of every distribution on the path.
LOAD = """
from importlib.metadata import distributions
print(*(point.name for dist in distributions() for point in dist.entry_points if point.group == "plugins"))
"""
COUNT = """
import sys
from importlib.metadata import distributions, distribution
print(len(list(distributions(path=sys.path, name="host-tool"))), distribution("host-tool").version)
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_plugins_of_a_hidden_version_are_not_found(
    version: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    base = make_base(tmp_path / "base", PYTHONS[version])
    install_into(base.prefix, base.python, OLD, Project("other", entry_points="[plugins]\nother = other\n"))
    venv = make_venv(python=str(base.python))
    index(NEW)

    assert venv.run(LOAD).split() == ["old", "other"] or venv.run(LOAD).split() == ["other", "old"]
    venv.install("host-tool>=2")

    assert sorted(venv.run(LOAD).split()) == ["new", "other"]
    # Installers list the distributions of a path, and have to see all of them.
    assert venv.run(COUNT) == "2 2.0"


@pytest.mark.registry
@pytest.mark.parametrize("backport", ["importlib-metadata<2", "importlib-metadata"])
@pytest.mark.parametrize("version", sorted({min(PYTHONS), max(PYTHONS)}))
def test_the_backport_shows_no_hidden_version(
    version: str, backport: str, tmp_path: Path, make_venv: Callable[..., Venv]
) -> None:
    base = make_base(tmp_path / "base", PYTHONS[version])
    install_into(base.prefix, base.python, OLD)
    venv = make_venv(python=str(base.python))
    build_wheel(NEW, tmp_path)

    venv.install("--find-links", str(tmp_path), "host-tool>=2", backport)

    script = LOAD + "import importlib_metadata\n" + LOAD + LOAD.replace("importlib.metadata", "importlib_metadata")
    assert venv.run(script).split() == ["new"] * 3
    # The backport removes the finder of the standard library, here before the environment has changed it.
    (venv.site / "A.pth").write_text("import importlib_metadata\n")
    assert venv.run(script).split() == ["new"] * 3


def test_distributions_with_similar_names_are_distinguished(venv: Venv, base: Base) -> None:
    for name in ("my-one", "my-two"):
        folder = base.site / f"{name}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    egg = base.site / "my_egg-1.0-py3.egg" / "EGG-INFO"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: my-egg\nVersion: 1\n")
    (base.site / "eggs.pth").write_text("my_egg-1.0-py3.egg\n")

    script = "from importlib.metadata import distributions as d; print(*sorted(dist.metadata['Name'] for dist in d()))"
    assert venv.run(script).split() == ["my-egg", "my-one", "my-two"]
