"""The module ``_thinvenv_link``, run in this process with a class of loaders of its own."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[str], Any]


@pytest.fixture
def base(tmp_path: Path, site: Path) -> Path:
    """Return a base with a package and a module, which are linked into ``site``."""
    folder = tmp_path / "base"
    (folder / "package").mkdir(parents=True)
    for name in ("package/__init__.py", "single.py"):
        (folder / name).write_text("value = 1\n")
    (site / "package").symlink_to(folder / "package")
    (site / "single.py").symlink_to(folder / "single.py")
    return folder


@pytest.fixture
def link(load: Load, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return ``_thinvenv_link``, in a process that writes byte code."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return load("_thinvenv_link")


def run(loader: type[SourceFileLoader], file: Path) -> Any:
    spec = spec_from_file_location("module", file, loader=loader("module", str(file)))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def byte_code(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.pyc")}


def test_byte_code_of_linked_modules_is_written_elsewhere(
    link: Any, base: Path, site: Path, tmp_path: Path, loader: type[SourceFileLoader]
) -> None:
    (site / "own.py").touch()
    names = ("package/__init__.py", "single.py", "own.py")
    link.__file__ = str(site / "_thinvenv_link.py")
    arguments = ((str(base),), str(tmp_path / "cache"))
    (site / "_thinvenv_link.start").write_text(f"# {arguments}\n_thinvenv_link:start\n")
    link.start()
    link.start()  # once in a process

    for name in names:
        run(loader, site / name)

    files = [Path(cache_from_source(name)) for name in names]
    assert byte_code(base) == set()
    assert byte_code(site) == {str(files[2])}
    written = byte_code(tmp_path / "cache")
    assert written == {f"{base}/{path.parent.parent}/{path.name}".replace("/./", "/")[1:] for path in files[:2]}
    (base / "single.py").unlink()  # the byte code is not read without the source
    with pytest.raises(OSError, match="single"):
        run(loader, site / "single.py")


def test_byte_code_of_the_base_is_read(
    link: Any, base: Path, site: Path, tmp_path: Path, loader: type[SourceFileLoader]
) -> None:
    for name in ("package/__init__.py", "single.py"):
        run(SourceFileLoader, base / name)
    link.start(((str(base),), str(tmp_path / "cache")))

    assert run(loader, site / "single.py").value == 1
    assert run(loader, site / "package" / "__init__.py").value == 1

    assert byte_code(tmp_path / "cache") == set()
    assert byte_code(site) == set()


def test_files_of_other_directories_stay_where_they_are(link: Any, base: Path, tmp_path: Path, site: Path) -> None:
    redirection = link.Redirection([str(base)], "/cache")
    other = tmp_path / "other"
    other.mkdir()
    (other / "module.py").touch()
    (site / "module.py").symlink_to(other / "module.py")

    assert redirection.alternatives(cache_from_source(str(site / "module.py"))) == []
    assert redirection.redirected(str(other / "__pycache__")) == str(other / "__pycache__")
    assert redirection.redirected(str(base / "data")) == str(base / "data")
    assert redirection.redirected(str(site / "package" / "__pycache__")) == f"/cache{base}/package"


# Modules that write byte code without a loader, or that send links, as far as they matter here.
PYTEST = "from pathlib import Path\ndef get_cache_dir(path): return path.parent / '__pycache__'\n"
NUMBA = """
class _CacheLocator:
    def __init__(self, path): self.path = path
    def get_cache_path(self): return self.path
    def ensure_cache_path(self): return "written"
"""
EXECNET = """
class RSync:
    def __init__(self): self.sent = []
    def _send_link_structure(self, path): self.sent.append(("link", path))
    def _send_directory(self, path): self.sent.append(("directory", path))
    def _broadcast(self, message): self.sent.append(("file", message[2]))
"""


@pytest.fixture
def patched(
    link: Any, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unload: Callable[..., None]
) -> Callable[[str, str], Any]:
    """Return a function that imports a module of a content after byte code has been redirected."""

    def import_module(name: str, text: str) -> Any:
        parts = name.split(".")
        for count in range(1, len(parts)):
            package = tmp_path.joinpath("modules", *parts[:count])
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
        tmp_path.joinpath("modules", *parts[:-1], f"{parts[-1]}.py").write_text(text)
        # The modules of the same name that this process has imported are put back after the test.
        names = [".".join(parts[: count + 1]) for count in range(len(parts))]
        unload(*names)
        monkeypatch.syspath_prepend(str(tmp_path / "modules"))
        link.start(((str(base),), str(tmp_path / "cache")))
        module = importlib.import_module(name)
        unload(*names)
        return module

    return import_module


def test_pytest_writes_rewritten_modules_elsewhere(
    patched: Callable[[str, str], Any], base: Path, site: Path, tmp_path: Path
) -> None:
    module = patched("_pytest.assertion.rewrite", PYTEST)

    assert module.get_cache_dir(site / "package" / "test.py") == Path(f"{tmp_path / 'cache'}{base}", "package")
    assert module.get_cache_dir(site / "test.py") == site / "__pycache__"


def test_numba_cannot_write_into_a_base(patched: Callable[[str, str], Any], base: Path, site: Path) -> None:
    module = patched("numba.core.caching", NUMBA)

    with pytest.raises(OSError, match="leads into a base"):
        module._CacheLocator(str(base / "__pycache__")).ensure_cache_path()
    assert module._CacheLocator(str(site / "__pycache__")).ensure_cache_path() == "written"


def test_execnet_sends_what_links_lead_to(patched: Callable[[str, str], Any], base: Path, site: Path) -> None:
    rsync = patched("execnet.rsync", EXECNET).RSync()
    (site / "own").symlink_to("nowhere")

    for name in ("package", "single.py", "own"):
        rsync._send_link_structure(str(site / name))

    size = os.stat(base / "single.py").st_size
    assert rsync.sent == [("directory", str(base / "package")), ("file", size), ("link", str(site / "own"))]


@pytest.mark.parametrize("name", ["_pytest.assertion.rewrite", "numba.core.caching", "execnet.rsync"])
def test_a_module_of_another_content_is_left_alone(patched: Callable[[str, str], Any], name: str) -> None:
    module = patched(name, "own = 1\n")

    assert {key for key in vars(module) if not key.startswith("__")} == {"own"}


def test_a_module_that_does_not_exist_is_not_found(link: Any) -> None:
    finder = link.PatchingFinder(link.Redirection([], "/cache"))

    assert finder.find_spec("numba.core.caching", []) is None
    assert finder.find_spec("alpha") is None
