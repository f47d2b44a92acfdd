"""Compiled distributions for another interpreter: below the interpreter's own prefix, and Debian's for PyPy."""

from __future__ import annotations

import shutil
import sysconfig
from typing import TYPE_CHECKING

import pytest

from support.bases import make_base
from support.metadata_formats import write_files
from support.projects import Project
from support.venv import Indexer, Venv, actions
from thinvenv.environments.state import read_state
from thinvenv.installation.check import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base

FOREIGN = "_core.cpython-32-x86_64-linux-gnu.so"


@pytest.fixture
def shared_site(base: Base) -> Path:
    """Return a site directory below the prefix of a base, which other Pythons share, as Debian's is."""
    site = base.prefix / "lib" / "python3" / "dist-packages"
    (base.site / "debian.pth").write_text(f"{site}\n")
    write_files(
        site,
        {
            "numx-1.0.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: numx\nVersion: 1.0\n",
            "numx-1.0.egg-info/top_level.txt": "numx\n",
            "numx/__init__.py": "from numx import _core\n",
            f"numx/{FOREIGN}": "",
            "stable-1.0.egg-info": "Metadata-Version: 2.1\nName: stable\nVersion: 1.0\n",
            "stable/__init__.py": "__version__ = '1.0'\n",
            "stable/_core.abi3.so": "",
        },
    )
    return site


@pytest.mark.parametrize(("reuse", "backend"), [("inherit", "uv"), ("link", "pip")])
@pytest.mark.usefixtures("shared_site")
def test_what_has_no_module_for_the_interpreter_is_not_reused(
    reuse: str, backend: str, make_venv: Callable[..., Venv], base: Base, index: Indexer, notes: list[str]
) -> None:
    index(Project("numx", "1.1"), Project("pure"))
    venv = make_venv(python=str(base.python), reuse=reuse)

    plan = venv.install("numx", "stable", backend=backend)

    assert actions(plan) == {"numx": "shadow", "stable": "reuse"}
    assert venv.version("numx") == "1.1"
    assert venv.version("stable") == "1.0"
    warning = f"`numx 1.0` of the base cannot be reused: `numx/{FOREIGN}` is for another interpreter"
    assert plan.warnings == (warning,)
    assert check(venv.prefix, venv.context).ok
    assert not venv.install("pure", backend=backend).warnings
    assert notes == []  # nobody needs a line for it with every command


def test_a_module_that_goes_is_noticed(venv: Venv, shared_site: Path) -> None:
    """Debian removes the modules for a Python that it no longer supports."""
    native = shared_site / "numx" / f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"
    native.touch()
    assert actions(venv.install("numx")) == {"numx": "reuse"}

    native.unlink()
    (shared_site / "numx-1.0.egg-info" / "PKG-INFO").touch()

    assert any(FOREIGN in finding.text for finding in check(venv.prefix, venv.context).findings)


@pytest.mark.usefixtures("shared_site")
def test_it_hides_nothing_where_it_would_be_linked(make_venv: Callable[..., Venv], base: Base, tmp_path: Path) -> None:
    second = make_base(tmp_path / "second").install(Project("numx", "0.9"))
    venv = make_venv(python=str(second.python), reuse="link", bases=[str(base.prefix)])

    assert actions(venv.install("numx")) == {"numx": "reuse"}
    assert venv.version("numx") == "0.9"


@pytest.mark.registry
@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_pypy_over_the_distributions_of_debian(reuse: str, make_venv: Callable[..., Venv]) -> None:
    """https://foss.heptapod.net/pypy/pypy/-/issues/3293: apt's numpy and lxml are on PyPy's path, and for CPython."""
    python = shutil.which("pypy3", path="/usr/bin")
    if python is None:
        pytest.skip("`apt-get install pypy3 python3-lxml` is needed")
    venv = make_venv(python=python, reuse=reuse)
    listed = {dist.name: dist for dist in read_state(venv.prefix, venv.context).inventory.distributions}
    if "lxml" not in listed:
        pytest.skip("`apt-get install pypy3 python3-lxml` is needed")

    plan = venv.install("lxml")

    assert actions(plan) == {"lxml": "shadow"}
    venv.run("import lxml.etree")
    assert check(venv.prefix, venv.context).ok
