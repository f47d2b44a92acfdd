"""Distributions that share a package with a new one are found as in a full environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, make_base
from support.projects import Project, install_into
from support.venv import Indexer, Venv, actions
from thinvenv.errors import BrokenInstallError

if TYPE_CHECKING:
    from collections.abc import Callable

PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
NSPKG = (
    "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('ns',));"
    "importlib = __import__('importlib.util');__import__('importlib.machinery');"
    "m = sys.modules.setdefault('ns', importlib.util.module_from_spec("
    "importlib.machinery.PathFinder.find_spec('ns', [os.path.dirname(p)])));"
    "mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)\n"
)


def part(name: str, version: str = "1.0", **more: str) -> Project:
    return Project(f"ns-{name}", version, modules={f"ns/{name}.py": f"version = {version!r}\n", **more})


def versions_of(venv: Venv, *modules: str) -> list[str]:
    script = "import importlib, sys; print(*(importlib.import_module(name).version for name in sys.argv[1:]))"
    return venv.run(script, *modules).split()


def test_a_native_namespace_spans_base_and_environment(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(part("old"))
    index(part("new"))

    plan = venv.install("ns-old", "ns-new")

    assert actions(plan) == {"ns-old": "reuse", "ns-new": "install"}
    assert versions_of(venv, "ns.old", "ns.new") == ["1.0", "1.0"]


def test_a_base_package_that_would_hide_a_new_part_is_installed_too(venv: Venv, base: Base, index: Indexer) -> None:
    core, old = Project("ns-core", modules={"ns/__init__.py": ""}), part("old")
    base.install(core, old)
    index(core, old, part("new"))

    plan = venv.install("ns-new", "ns-old")

    # The package in the venv hides that of the base, so the other part has to be installed, too.
    assert actions(plan) == {"ns-new": "install", "ns-core": "shadow", "ns-old": "shadow"}
    assert versions_of(venv, "ns.new", "ns.old") == ["1.0", "1.0"]
    assert venv.install("ns-new", "ns-old").changes == ()


def test_a_pkgutil_namespace_of_the_base_includes_a_new_part(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("ns-core", modules={"ns/__init__.py": PKGUTIL, "ns/core.py": "version = 'core'\n"}))
    index(part("new"))

    plan = venv.install("ns-core", "ns-new")

    assert actions(plan) == {"ns-core": "reuse", "ns-new": "install"}
    assert versions_of(venv, "ns.core", "ns.new") == ["core", "1.0"]


def test_a_new_version_of_a_part_brings_its_pkgutil_namespace_along(venv: Venv, base: Base, index: Indexer) -> None:
    core = Project("ns-core", modules={"ns/__init__.py": PKGUTIL})
    base.install(core, part("part", "1.0"))
    index(core, part("part", "2.0"))

    plan = venv.install("ns-part>=2", "ns-core")

    assert actions(plan) == {"ns-part": "shadow", "ns-core": "shadow"}
    assert versions_of(venv, "ns.part") == ["2.0"]


def test_a_package_that_a_new_module_would_hide_is_installed_too(venv: Venv, base: Base, index: Indexer) -> None:
    """pytest has a ``py.py`` that is meant to give way to a ``py/`` (pytest-dev/pytest#10603)."""
    py = Project("py", "1.11", modules={"py/__init__.py": "version = 'package'\n"})
    base.install(py)
    index(py, Project("testing", modules={"testing.py": "", "py.py": "version = 'shim'\n"}))

    plan = venv.install("testing", "py")

    assert actions(plan) == {"testing": "install", "py": "shadow"}
    assert versions_of(venv, "py") == ["package"]


def test_an_unavailable_owner_of_a_shared_package_is_reported(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("ns-core", "0.9+local", modules={"ns/__init__.py": ""}))
    index(part("new"))

    with pytest.raises(BrokenInstallError) as error:
        venv.install("ns-new")

    assert f"`ns` is shared with ns-core 0.9+local in {base.site}" in error.value.why
    assert error.value.hint
    assert "`link`" in error.value.hint


@pytest.mark.parametrize("path_file", [False, True], ids=["package", "nspkg"])
def test_a_base_package_without_a_reused_owner_is_ignored(
    venv: Venv, base: Base, index: Indexer, *, path_file: bool
) -> None:
    """The newer version has a native namespace where the base has a package (matplotlib#26827)."""
    old = {"plot.py": "", "ns/__init__.py": "", "ns/tool.py": "version = 'old'\n"}
    base.install(Project("plot", "1.0", modules=old | ({"plot-1.0-nspkg.pth": NSPKG} if path_file else {})))
    index(Project("plot", "2.0", modules={"plot.py": "", "ns/tool.py": "version = 'new'\n"}))

    plan = venv.install("plot>=2")

    assert actions(plan) == {"plot": "shadow"}
    assert versions_of(venv, "ns.tool") == ["new"]
    assert venv.install("plot>=2").changes == ()


def test_nspkg_pth_files_of_further_bases_are_ignored(
    tmp_path: Path, index: Indexer, make_venv: Callable[..., Venv]
) -> None:
    first, second = make_base(tmp_path / "first"), make_base(tmp_path / "second")
    plot = Project("plot", modules={"ns/tool.py": "version = 'old'\n", "plot-1.0-nspkg.pth": NSPKG})
    install_into(second.prefix, second.python, plot)
    venv = make_venv(python=str(first.python), bases=[str(second.prefix)])
    index(Project("plot", "2.0", modules={"ns/tool.py": "version = 'new'\n"}), part("more"))

    venv.install("plot>=2", "ns-more")

    assert versions_of(venv, "ns.tool", "ns.more") == ["new", "1.0"]


def test_a_stray_tests_package_brings_nothing_along(venv: Venv, base: Base, index: Indexer) -> None:
    stray = {"tests/__init__.py": ""}
    base.install(Project("old", modules={"old.py": "", **stray}))
    index(Project("new", modules={"new.py": "", **stray}))

    assert actions(venv.install("old", "new")) == {"old": "reuse", "new": "install"}


DEBIAN = Path("/usr/bin/python3")
CLAIM = next(Path("/usr/lib/python3/dist-packages").glob("matplotlib-*-nspkg.pth"), None)


@pytest.mark.skipif(CLAIM is None or not DEBIAN.exists(), reason="needs apt's python3-matplotlib")
def test_mpl_toolkits_of_debians_matplotlib_can_be_replaced(make_venv: Callable[..., Venv], index: Indexer) -> None:
    venv = make_venv(python=str(DEBIAN))
    modules = {"matplotlib/__init__.py": "version = 'new'\n", "mpl_toolkits/mplot3d/__init__.py": "version = 'new'\n"}
    index(Project("matplotlib", "99.0", modules=modules))

    assert actions(venv.install("matplotlib>=99")) == {"matplotlib": "shadow"}

    assert versions_of(venv, "matplotlib", "mpl_toolkits.mplot3d") == ["new", "new"]
