"""Prefixes as bases: every layout that the installation schemes of an interpreter have."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from support import debian
from support.bases import installed_interpreters
from support.projects import Project, unpack_into
from support.venv import Indexer, Venv, actions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base

_SCHEMES = """
import json, sys, sysconfig
keys = ("base", "platbase", "installed_base", "installed_platbase", "userbase")
variables = dict.fromkeys(keys, sys.argv[1])
print(json.dumps([sysconfig.get_path(key, name, variables) for name in sysconfig.get_scheme_names()
                  for key in ("purelib", "platlib")]))
"""

INTERPRETERS = {**installed_interpreters(), **({"debian": str(debian.PYTHON)} if debian.PYTHON.exists() else {})}


@pytest.mark.parametrize("python", INTERPRETERS.values(), ids=INTERPRETERS)
def test_what_any_scheme_of_an_interpreter_installs_below_a_prefix_is_reused(
    make_venv: Callable[..., Venv], tmp_path: Path, python: str
) -> None:
    prefix = tmp_path / "prefix"
    command = [python, "-c", _SCHEMES, str(prefix)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for index, site in enumerate(sorted(set(json.loads(output)))):
        if site.startswith(f"{prefix}/"):
            unpack_into(tmp_path / site, Project(f"part{index}"))
    names = [path.name.partition("-")[0] for path in prefix.rglob("*.dist-info")]
    assert len(names) > 3

    for reuse in ("inherit", "link"):
        venv = make_venv(reuse, python=python, bases=[str(prefix)], reuse=reuse)

        assert actions(venv.install(*names)) == dict.fromkeys(names, "reuse")
        assert venv.run(f"import {', '.join(names)}") == ""


def test_a_layout_of_debian_is_known_to_every_interpreter(
    make_venv: Callable[..., Venv], tmp_path: Path, base: Base
) -> None:
    """As ROS 2 has it: CMake installs into the first directory, pip into the second, apt into the third."""
    version = base.site.parent.name
    folders = (f"local/lib/{version}/dist-packages", f"lib/{version}/site-packages", "lib/python3/dist-packages")
    sites = [tmp_path / "ros" / folder for folder in folders]
    for number, site in enumerate(sites):
        unpack_into(site, Project(f"part{number}"), Project("every", f"{number}.0"))
    unpack_into(tmp_path / "ros" / "local" / "lib" / "python3.6" / "dist-packages", Project("old"))

    venv = make_venv(python=str(base.python), bases=[str(tmp_path / "ros")])

    plan = venv.install("part0", "part1", "part2")
    assert [step.distribution.layer for step in plan.reused] == [str(site) for site in sites]
    assert venv.run("import sys; print(*(path for path in sys.path if '/ros/' in path))").split() == [
        str(sites[index]) for index in (1, 0, 2)
    ]


@pytest.mark.skipif(not list(debian.SITE.glob("pip-*.dist-info")), reason="needs apt's python3-pip")
@pytest.mark.parametrize("reuse", ["inherit", "link"])
@pytest.mark.parametrize("below", ["", "local"])
def test_a_prefix_that_debians_pip_has_filled_is_a_base(
    make_venv: Callable[..., Venv], index: Indexer, tmp_path: Path, reuse: str, below: str
) -> None:
    plain = {"plain": "#!python\nimport sys\nprint(sys.prefix)\n"}
    index(Project("alpha", entry_points="[console_scripts]\nalpha = sys:exit\n", scripts=plain))
    command = [str(debian.PYTHON), "-m", "pip", "install", "--prefix", str(tmp_path / "apps"), "alpha"]
    subprocess.run([*command, "--break-system-packages"], check=True, capture_output=True)
    assert (tmp_path / "apps" / "local" / "bin" / "alpha").exists()

    venv = make_venv(python=str(debian.PYTHON), bases=[str(tmp_path / "apps" / below)], reuse=reuse)

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert venv.call(venv.prefix / "bin" / "plain") == str(venv.prefix)
    assert venv.call(venv.prefix / "bin" / "alpha") == ""
