"""Stores: what has to be installed lies in a store, and the environment has links to it."""

from __future__ import annotations

import errno
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import Base, snapshot
from support.projects import Project, make_index, make_source
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv import Uv
from thinvenv.config import index_settings
from thinvenv.errors import StoreError, UsageError
from thinvenv.installation import check, uninstall

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = "[console_scripts]\ntool = tool:main\n"
TOOL = Project("tool", modules={"tool.py": "import sys\ndef main():\n    print(sys.prefix)\n"}, entry_points=POINTS)
NAMESPACE = tuple(Project(f"ns-{name}", modules={f"ns/{name}.py": "", "same/x": ""}) for name in ("a", "b"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the path of a store that does not exist yet."""
    return tmp_path / "store"


@pytest.mark.parametrize(("reuse", "backend"), [("inherit", "uv"), ("link", "uv"), ("off", "pip")])
def test_a_second_environment_is_linked_without_an_installer(
    make_venv: Callable[..., Venv],
    base: Base,
    index: Indexer,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    reuse: str,
    backend: str,
) -> None:
    base.install(Project("alpha"))
    index(Project("beta", requires=("alpha",)), Project("alpha"), TOOL, *NAMESPACE)
    wanted = ("beta", "tool", "ns-a", "ns-b")
    environments = [make_venv(name, str(base.python), reuse=reuse, stores=[str(store)]) for name in ("one", "two")]
    before = snapshot(base.prefix)

    plan = environments[0].install(*wanted, backend=backend)
    filled = snapshot(store / "entries")
    monkeypatch.setattr("thinvenv.backends.uv.Uv.install", None)
    monkeypatch.setattr("thinvenv.backends.pip.Pip.install", None)
    environments[1].install(*wanted, backend=backend)

    assert actions(plan) == {
        "alpha": "install" if reuse == "off" else "reuse",
        **dict.fromkeys(wanted, "install"),
    }
    for venv in environments:
        assert venv.version("beta") == "1.0"
        assert venv.run("import ns.a, ns.b, alpha") == ""
        assert venv.call(venv.prefix / "bin" / "tool") == str(venv.prefix)
        assert (venv.site / "tool.py").is_symlink()
        assert check.check(venv.prefix, venv.context).ok
    assert snapshot(base.prefix) == before
    assert snapshot(store / "entries") == filled
    assert not list((store / "staging").iterdir())


def test_versions_are_replaced_and_removed_and_no_uninstaller_reaches_the_store(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, tmp_path: Path
) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0"), Project("beta"), Project("gamma"))
    source = make_source(tmp_path / "work", Project("local"))
    plain, venv = make_venv("plain", reuse="off"), make_venv(reuse="off", stores=[str(store)])
    venv.install("alpha<2", "beta", "gamma", str(source))
    before = snapshot(store / "entries")

    venv.install("alpha>=2", keep=False)
    assert venv.version("alpha") == "2.0"
    venv.install("alpha<2", keep=False)
    assert snapshot(store / "entries").items() >= before.items()
    assert venv.version("alpha") == "1.0"
    assert not (venv.site / "local").is_symlink()

    complete = snapshot(store / "entries")
    venv.call("uv", "pip", "uninstall", "--python", str(venv.python), "alpha")
    venv.call(shutil.which("python") or "", "-m", "pip", "--python", str(venv.python), "uninstall", "--yes", "beta")
    venv.call("uv", "pip", "install", "--python", str(venv.python), "--reinstall", "gamma")
    assert sorted(os.listdir(venv.site)) != sorted(os.listdir(plain.site))
    shutil.rmtree(venv.prefix)
    assert snapshot(store / "entries") == complete


def test_what_is_uninstalled_is_no_longer_linked(make_venv: Callable[..., Venv], index: Indexer, store: Path) -> None:
    index(Project("alpha", requires=("beta",)), Project("beta"), Project("gamma"))
    venv = make_venv(stores=[str(store)])
    venv.install("alpha", "gamma")

    assert actions(uninstall.uninstall(["alpha"], venv.prefix, venv.context)) == {"alpha": "remove", "beta": "remove"}
    assert sorted(path.name.partition("-")[0] for path in venv.site.glob("*.dist-info")) == ["gamma"]
    assert sorted(path.name for path in venv.site.iterdir() if path.name in {"alpha", "beta", "gamma"}) == ["gamma"]
    assert venv.install("gamma").changes == ()
    uninstall.uninstall(["gamma"], venv.prefix, venv.context)
    assert not (venv.site / "gamma").exists()


def test_an_environment_with_copies_gets_links_for_what_is_replaced(
    make_venv: Callable[..., Venv], index: Indexer, store: Path
) -> None:
    index(Project("alpha", "1.0"), Project("alpha", "2.0"))
    venv = make_venv(reuse="off")
    venv.install("alpha<2")

    venv.install("alpha>=2", stores=(str(store),), keep=False)
    linked = (venv.site / "alpha" / "__init__.py").is_symlink()
    venv.install("alpha<2", stores=("none",), keep=False)

    assert linked
    assert venv.version("alpha") == "1.0"
    assert not (venv.site / "alpha" / "__init__.py").is_symlink()


def test_a_shadowed_distribution_comes_from_the_store(
    make_venv: Callable[..., Venv], base: Base, index: Indexer, store: Path
) -> None:
    base.install(Project("alpha", "1.0"), Project("beta", requires=("alpha",)))
    index(Project("alpha", "2.0"))
    venv = make_venv("venv", str(base.python), stores=[str(store)])

    plan = venv.install("alpha>=2", "beta")

    assert actions(plan) == {"alpha": "shadow", "beta": "reuse"}
    assert venv.version("alpha") == "2.0"
    assert (venv.site / "alpha" / "__init__.py").is_symlink()


def test_an_entry_that_is_gone_is_noticed_and_comes_back(
    make_venv: Callable[..., Venv], index: Indexer, store: Path
) -> None:
    index(Project("alpha"))
    venv = make_venv(stores=[str(store)])
    venv.install("alpha")

    entry = next((store / "entries").iterdir())
    entry.rename(store / "gone")
    findings = check.check(venv.prefix, venv.context).findings
    venv.install("alpha")

    assert [finding.text for finding in findings] == [
        "`alpha` is not installed",
        f"alpha 1.0 is gone from the store {store}",
    ]
    assert venv.version("alpha") == "1.0"
    assert entry.is_dir()


def test_another_build_of_the_same_version_is_another_entry(
    make_venv: Callable[..., Venv], store: Path, tmp_path: Path
) -> None:
    versions = []
    for name in ("one", "two"):
        url = make_index(tmp_path / name, [Project("alpha", modules={"alpha.py": f"__version__ = {name!r}\n"})])
        venv = make_venv(f"{name}-venv", stores=[str(store)])
        venv.install("alpha", "--index-url", url, "--no-cache")
        versions.append(venv.version("alpha"))

    assert versions == ["one", "two"]
    assert len(list((store / "entries").iterdir())) == 2


def test_the_same_request_gives_the_same_store_whenever_it_is_filled(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha", modules={"alpha/__init__.py": "def f():\n    pass\n", "alpha/tests/a.py": ""}), TOOL)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    contents = []
    for number in range(2):
        venv = make_venv("venv", stores=[str(store)])
        venv.install("alpha", "tool")
        paths = [path for path in sorted(store.rglob("*")) if path.is_file()]
        contents.append({str(path): (path.stat().st_mode, path.read_bytes()) for path in paths})
        store.rename(tmp_path / f"store-{number}")
        shutil.rmtree(venv.prefix)

    assert contents[0] == contents[1]
    compiled = [name for name in contents[0] if name.endswith(".pyc")]
    assert sorted(Path(name).name.partition(".")[0] for name in compiled) == ["__init__", "tool"]
    assert str(store).encode() in contents[0][compiled[0]][1]  # not the folder that it was compiled in


def test_no_byte_code_is_made_where_nobody_wants_it(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("alpha"), Project("beta"))
    monkeypatch.setenv("UV_COMPILE_BYTECODE", "1")
    make_venv("one", stores=[str(store)]).install("alpha", "--no-compile")
    monkeypatch.setenv("PIP_NO_COMPILE", "1")
    make_venv("two", stores=[str(store)]).install("beta")

    assert not list(store.rglob("*.pyc"))


def test_what_does_not_match_its_record_is_installed_without_the_store(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, tmp_path: Path
) -> None:
    index(Project("alpha", modules={"alpha.py": "", "tests/x.py": "1"}), Project("beta", modules={"tests/x.py": "2"}))
    index(Project("broken"))
    wheel = next((tmp_path / "index" / "files").glob("broken*"))
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, b"__version__ = 'other'\n" if name == "broken/__init__.py" else content)
    page = tmp_path / "index" / "simple" / "broken" / "index.html"
    page.write_text(page.read_text().partition("#")[0] + f'">{wheel.name}</a>')
    venv = make_venv(stores=[str(store)])

    venv.install("alpha", "beta", "broken")

    assert venv.version("broken") == "other"
    assert sorted(path.name.partition("-")[0] for path in (store / "entries").iterdir()) == ["alpha", "beta"]
    assert not (venv.site / "broken").joinpath("__init__.py").is_symlink()


@pytest.mark.parametrize("content", ["__version__ = 'edited'\n", ""], ids=["edited", "truncated"])
def test_what_is_damaged_in_the_cache_of_uv_is_in_no_store(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    modules = {"alpha/__init__.py": "", "alpha/_a.so": "library", "beta/__init__.py": "", "beta/_b.so": "library"}
    index(Project("alpha", modules={path: text for path, text in modules.items() if path.startswith("a")}, pure=False))
    index(Project("beta", modules={path: text for path, text in modules.items() if path.startswith("b")}, pure=False))
    index(Project("gamma"))
    plain = make_venv("plain")
    plain.install("alpha", "beta", "gamma")
    damaged = (plain.site / "alpha" / "_a.so", plain.site / "gamma" / "__init__.py")
    if any(path.stat().st_nlink == 1 for path in damaged):
        pytest.skip("uv cannot create hard links here")
    for path in damaged:
        path.write_text(content)

    make_venv(stores=[str(store)]).install("alpha", "beta", "gamma")

    assert [path.name.partition("-")[0] for path in (store / "entries").iterdir()] == ["beta"]


def test_a_failed_install_leaves_the_environment_as_it_was(
    make_venv: Callable[..., Venv], index: Indexer, store: Path
) -> None:
    index(Project("alpha"), Project("beta"))
    venv = make_venv(stores=[str(store)])
    venv.install("alpha")
    before = snapshot(venv.site)
    (store / "staging").rmdir()
    (store / "staging").touch()

    with pytest.raises(StoreError, match="cannot write to the store"):
        venv.install("beta")

    assert snapshot(venv.site) == before


def test_a_disk_that_is_full_in_the_middle_leaves_nothing_half_made(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    index(Project("alpha"))
    venv = make_venv(stores=[str(store)])
    with monkeypatch.context() as patch:
        patch.setattr("thinvenv.store.syncing._can_sync_file_system", lambda _root: False)
        patch.setattr("thinvenv.store.syncing._sync", fail)
        with pytest.raises(StoreError, match="cannot write to the store") as raised:
            venv.install("alpha")

    assert "No space left" in str(raised.value)
    assert not [*(store / "entries").iterdir(), *(store / "staging").iterdir()]
    venv.install("alpha")
    assert venv.version("alpha") == "1.0"


def test_stores_that_cannot_be_used_are_refused(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, tmp_path: Path
) -> None:
    index(Project("alpha"))
    venv = make_venv()
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="cannot contain each other"):
        venv.install("alpha", stores=(str(venv.prefix / "store"),))
    for path, message in ((tmp_path / "file", "is no directory"), (tmp_path / "index", "is not a store")):
        with pytest.raises(StoreError, match=message):
            venv.install("alpha", stores=(str(path),))
        assert "thinvenv-store" not in (venv.prefix / "pyvenv.cfg").read_text()
    store.mkdir()
    (store / "thinvenv-store.json").write_text('{"format": 2}')
    with pytest.raises(StoreError, match="has another format"):
        venv.install("alpha", stores=(str(store),))
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(StoreError, match="cannot write to the store") as raised:
        venv.install("alpha", stores=(str(tmp_path / "dangling"),))
    assert "is a link to nowhere, which does not exist" in str(raised.value)
    assert list(venv.site.glob("alpha*")) == []


def test_a_fleet_resolves_once_until_the_answer_may_have_changed(
    make_venv: Callable[..., Venv], index: Indexer, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(Project("beta", requires=("alpha",)), Project("alpha"))
    calls: list[object] = []
    resolve = Uv.resolve

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return resolve(*arguments)

    monkeypatch.setattr(Uv, "resolve", counted)

    def install(name: str, *arguments: str) -> tuple[str, int]:
        venv = make_venv(name, stores=[str(store)])
        calls.clear()
        plan = venv.install("beta", *arguments)
        assert {step.name for step in plan.installed} == plan.stored == {"alpha", "beta"}
        assert check.check(venv.prefix, venv.context).ok
        return venv.version("alpha"), len(calls)

    assert install("first") == ("1.0", 1)
    assert install("second") == ("1.0", 0)
    assert install("refreshed", "--refresh") == ("1.0", 1)
    with monkeypatch.context() as patch:
        patch.setattr(index_settings, "FRESH_SECONDS", -1)
        assert install("later") == ("1.0", 1)
    monkeypatch.setenv("UV_PRERELEASE", "allow")
    assert install("limited") == ("1.0", 1)
    index(Project("alpha", "2.0"))
    assert install("newer") == ("2.0", 1)
    shutil.move(next((store / "entries").glob("alpha-2.0*")), store / "gone")
    assert install("refilled") == ("2.0", 1)
