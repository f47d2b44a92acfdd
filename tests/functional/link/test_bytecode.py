"""Reuse mode ``link``: imports write no byte code into a writable base."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters, make_base, snapshot
from support.projects import Project
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from thinvenv.cache import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.venv import Venv

_IMPORTS = "import tree.leaf, tree.inner, ns.deep.one, ns.deep.two, pk.one, pk.two, single, plug.hooks"


@pytest.mark.parametrize("python", installed_interpreters().values(), ids=installed_interpreters())
def test_imports_do_not_write_to_the_base_and_are_compiled_once(
    tmp_path: Path, make_venv: Callable[..., Venv], python: str
) -> None:
    base = make_base(tmp_path / "base", python).install(*SAMPLE_PROJECTS)
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install(*SAMPLE_NAMES)
    before = snapshot(base.prefix)

    linked.call(linked.python, "-c", _IMPORTS)
    kept = snapshot(linked.context.cache.folder("pycache"))
    linked.call(linked.python, "-c", _IMPORTS)

    assert snapshot(base.prefix) == before
    assert [name for name in kept if name.endswith(".pyc") and "/tree/leaf." in name]
    assert snapshot(linked.context.cache.folder("pycache")) == kept


def test_a_changed_base_module_is_compiled_again(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base").install(Project("tree", modules={"tree/__init__.py": "age = 'old'\n"}))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install("tree")
    script = "import tree; print(tree.age)"
    assert linked.call(linked.python, "-c", script) == "old"

    (base.site / "tree" / "__init__.py").write_text("age = 'newer'\n")

    assert linked.call(linked.python, "-c", script) == "newer"


def test_byte_code_of_the_base_is_used(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base").install(*SAMPLE_PROJECTS)
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install(*SAMPLE_NAMES)
    linked.call(base.python, "-c", _IMPORTS)

    linked.call(linked.python, "-c", _IMPORTS)

    assert not list((linked.context.cache.folder("pycache")).rglob("*.pyc"))


def test_pytest_does_not_write_rewritten_plugins_to_the_base(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base").install(*SAMPLE_PROJECTS)
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install(*SAMPLE_NAMES)
    # pytest itself is imported from the environment of these tests.
    (linked.site / "tests.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    before = snapshot(base.prefix)
    test = tmp_path / "test_plug.py"
    test.write_text("import plug.hooks, tree.leaf\ndef test_it(pytestconfig):\n    assert True\n")

    linked.call(linked.python, "-m", "pytest", "-p", "no:cacheprovider", test)

    assert snapshot(base.prefix) == before
    assert list((linked.site / "plug" / "__pycache__").glob("hooks.*pytest*.pyc"))


def test_pytest_does_not_write_rewritten_tests_to_the_base(
    tmp_path: Path, make_venv: Callable[..., Venv], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tests = {"tree/__init__.py": "", "tree/tests/__init__.py": "", "tree/tests/test_it.py": "def test_it(): assert 1\n"}
    base = make_base(tmp_path / "base").install(Project("tree", modules=tests))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install("tree")
    # pytest itself is imported from the environment of these tests.
    (linked.site / "tests.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    before = snapshot(base.prefix)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    for _ in range(2):
        words = ("-p", "no:cacheprovider", "-c", tmp_path / "pytest.ini", "--pyargs", "tree")
        out = linked.call(linked.python, "-m", "pytest", *words)
        assert "1 passed" in out

    assert snapshot(base.prefix) == before
    assert list((linked.context.cache.folder("pycache")).rglob("test_it.*pytest*.pyc"))


_NUMBA = """
import os, tempfile
class _CacheLocator:
    def ensure_cache_path(self):
        path = self.get_cache_path()
        os.makedirs(path, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
class _InTreeCacheLocator(_CacheLocator):
    def __init__(self, file):
        self.file = file
    def get_cache_path(self):
        return os.path.join(os.path.dirname(self.file), "__pycache__")
def is_kept_beside(file):
    try:
        _InTreeCacheLocator(file).ensure_cache_path()
    except OSError:
        return False
    return True
"""
"""The part of numba that decides where its cache is written."""


def test_numba_does_not_write_its_cache_to_the_base(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    modules = {"numba/__init__.py": "", "numba/core/__init__.py": "", "numba/core/caching.py": _NUMBA}
    used = {"used/__init__.py": "", "used/inner/__init__.py": ""}
    base = make_base(tmp_path / "base").install(Project("numba", modules=modules), Project("used", modules=used))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install("numba", "used")
    before = snapshot(base.prefix)
    script = "import used, used.inner; from numba.core import caching as c; "
    script += "print(c.is_kept_beside(used.inner.__file__), c.is_kept_beside(used.__file__))"

    assert linked.run(script) == "False True"

    assert snapshot(base.prefix) == before


def test_execnet_sends_the_files_behind_links(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base").install(*SAMPLE_PROJECTS)
    linked = make_venv("linked", str(base.python), reuse="link")
    linked.install("tree")
    # execnet itself is imported from the environment of these tests.
    (linked.site / "tests.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    (linked.site / "tree" / "own.txt").write_text("own")
    (linked.site / "tree" / "link.txt").symlink_to("own.txt")
    script = (
        "import execnet, execnet.rsync, sys; group = execnet.Group()\n"
        "sync = execnet.rsync.RSync(sys.argv[1], verbose=False)\n"
        "sync.add_target(group.makegateway('popen'), sys.argv[2]); sync.send(); group.terminate()"
    )
    assert any(path.is_symlink() and path.is_dir() for path in (linked.site / "tree").iterdir())

    linked.run(script, str(linked.site / "tree"), str(tmp_path / "copy"))

    copies = {path.relative_to(tmp_path / "copy"): path for path in (tmp_path / "copy").rglob("*")}
    originals = {path.relative_to(base.site / "tree"): path for path in (base.site / "tree").rglob("*")}
    assert {str(path) for path, copy in copies.items() if copy.is_symlink()} == {"link.txt"}
    assert copies.keys() - originals.keys() == {Path("link.txt"), Path("own.txt")}
    assert all(copies[path].read_bytes() == file.read_bytes() for path, file in originals.items() if file.is_file())


def test_the_import_hook_leaves_other_modules_alone(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    """A module of that name can have another content, or not exist."""
    modules = {"numba/__init__.py": "", "numba/core/__init__.py": "", "numba/core/caching.py": "own = 1\n"}
    base = make_base(tmp_path / "base").install(Project("numba", modules=modules), Project("alpha"))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    linked.install("alpha")
    assert linked.run("import importlib.util as u; print(u.find_spec('_pytest'), u.find_spec('numba'))") == "None None"

    linked.install("numba")

    assert linked.run("from numba.core import caching; print(caching.own)") == "1"


def test_byte_code_is_kept_once_the_cache_can_be_used(tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base").install(Project("alpha"))
    linked = make_venv("linked", python=str(base.python), reuse="link")
    root = linked.context.cache.root
    shutil.rmtree(root, ignore_errors=True)
    root.write_text("in the way")
    linked.install("alpha")
    start = linked.site / "_thinvenv_link.start"
    assert NOWHERE in start.read_text()
    root.unlink()

    linked.install("alpha")

    assert str(linked.context.cache.folder("pycache")) in start.read_text()
