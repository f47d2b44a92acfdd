"""The cache folder, and atomic writes."""

from __future__ import annotations

import os
import pwd
import stat
import time
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from platformdirs import user_cache_path

from thinvenv.cache import DAY, FORMAT, VERSION, Cache, _user_folder, default_cache, write_atomically
from thinvenv.config import pip
from thinvenv.files import json_with_checksum
from thinvenv.inventory import layer_contents
from thinvenv.model import Distribution
from thinvenv.plugins.manager import installed_plugins
from thinvenv.resolution import metadata_view

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.venv import Venv


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_atomic_write_respects_the_umask(tmp_path: Path) -> None:
    """Other users use an environment that root has made."""
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "file", "text")
    finally:
        os.umask(before)

    assert (mode(tmp_path / "file"), (tmp_path / "file").read_text()) == (0o644, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_atomic_write_keeps_the_old_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", "old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(tmp_path / "file", "half \udc80", durable=True)

    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_stored_document_is_loaded(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")

    cache.store("kind", "key", {"a": [1]})

    assert cache.load("kind", "key") == {"a": [1]}
    assert cache.load("kind", "other") is None
    assert mode(cache.folder("kind")) == 0o700


def test_a_document_under_another_name_is_not_loaded(tmp_path: Path) -> None:
    """Whoever could only rename documents could give one base the distributions of another."""
    cache = Cache(tmp_path)
    cache.store("kind", "key", {"a": 1})
    folder = cache.folder("kind")
    (folder / f"key-{VERSION}.json").rename(folder / f"other-{VERSION}.json")

    assert cache.load("kind", "other") is None


@pytest.mark.parametrize("level", ["", FORMAT, f"{FORMAT}/kind", f"{FORMAT}/kind/key-{VERSION}.json"])
@pytest.mark.parametrize("change", ["mode", "link"])
def test_what_others_may_have_written_is_not_used(change: str, level: str, tmp_path: Path) -> None:
    """Neither the folders of the cache nor a document may be writable for others, or lead elsewhere."""
    cache = Cache(tmp_path / "cache")
    cache.store("kind", "key", {"a": 1})
    path, elsewhere = tmp_path / "cache" / level, tmp_path / "elsewhere"
    if change == "mode":
        path.chmod(path.stat().st_mode | stat.S_IWOTH)
    else:
        path.rename(elsewhere)
        path.symlink_to(elsewhere)
    is_own_link = change == "link" and level == ""  # a user may keep the whole cache elsewhere
    before = set(tmp_path.rglob("*"))

    assert (cache.load("kind", "key") == {"a": 1}) is is_own_link
    if not level.endswith(".json"):
        assert bool(cache.folder_if_any("kind")) is is_own_link
        cache.store("kind", "new", {})
        assert (set(tmp_path.rglob("*")) == before) is not is_own_link


@pytest.mark.parametrize("level", ["", FORMAT, f"{FORMAT}/kind"])
def test_the_cache_of_another_user_is_not_used(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``sudo``, which keeps the variables that lead to the cache of the caller."""
    cache = Cache(tmp_path / "cache")
    cache.store("kind", "key", {"a": 1})
    owner = os.geteuid()
    others = (tmp_path / "cache" / level).stat().st_ino
    lstat = os.lstat

    def lstat_with_owner(path: str | os.PathLike[str]) -> os.stat_result:
        status = lstat(path)
        uid = owner + 1 if status.st_ino == others else owner
        return os.stat_result((*status[:4], uid, *status[5:]), {})

    monkeypatch.setattr(os, "lstat", lstat_with_owner)

    assert cache.load("kind", "key") is None
    assert cache.folder_if_any("kind") == ""
    assert cache.problem() == (
        "" if level.endswith("kind") else f"{tmp_path / 'cache' / level} belongs to another user"
    )


def test_only_its_user_can_enter_the_cache_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        cache = Cache(tmp_path / "cache")
        cache.store("kind", "key", {"a": 1})
    finally:
        os.umask(before)

    assert {mode(path) for path in (tmp_path / "cache").rglob("*") if path.is_dir()} == {0o700}
    assert mode(tmp_path / "cache") == 0o700
    assert cache.load("kind", "key") == {"a": 1}
    assert cache.problem() == ""


def test_the_documents_of_another_version_of_thinvenv_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    cache.store("kind", "key", {"a": 1})

    with monkeypatch.context() as patch:
        patch.setattr("thinvenv.cache.VERSION", "0.0.1")
        assert cache.load("kind", "key") is None
        cache.store("kind", "key", {"a": 0})

    assert cache.load("kind", "key") == {"a": 1}
    assert metadata.version("thinvenv") == VERSION


def aged(path: Path, days: float) -> None:
    moment = time.time() - days * DAY
    os.utime(path, (moment, moment))


def test_unused_documents_are_removed_after_a_month(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for key in ("old", "used", "young"):
        cache.store("kind", key, {"key": key})
    folder = cache.folder("kind")
    young = folder / f"young-{VERSION}.json"
    for name, days in {f"old-{VERSION}.json": 31, f"used-{VERSION}.json": 31, young.name: 29, ".swept": 2}.items():
        aged(folder / name, days)
    cache.load("kind", "used")

    cache.store("kind", "new", {})
    aged(young, 31)
    cache.store("kind", "newer", {})  # the folder was already swept today

    assert [key for key in ("old", "used", "young", "new", "newer") if cache.load("kind", key) is None] == ["old"]


def test_scratch_folders_are_removed_after_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name, days in {"left": 1.5, "busy": 0.5}.items():
        (cache.scratch() / name).mkdir()
        (cache.scratch() / name / "requirements.txt").touch()
        aged(cache.scratch() / name, days)

    assert [path.name for path in cache.scratch().iterdir()] == ["busy"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_damaged_document_is_ignored(content: str, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.store("kind", "key", {})
    (cache.folder("kind") / f"key-{VERSION}.json").write_text(content)

    assert cache.load("kind", "key") is None


@pytest.mark.parametrize("content", ["{}", '{"distributions": 3, "environment": 3, "plugins": 3, "receipt": 3}'])
def test_documents_in_another_format_are_ignored(content: str, make_venv: Callable[..., Venv]) -> None:
    """A cache may be damaged or of another version: its documents are ignored, and made again."""
    make_venv("one").install()
    documents = list(default_cache(os.environ).root.rglob("*.json"))
    assert {path.parent.name for path in documents} >= {"environments", "layers"}

    for path in documents:
        path.write_bytes(json_with_checksum(content, f"{path.parent.name}/{path.stem}"))
    installed_plugins.cache_clear()
    layer_contents._contents.clear()

    assert make_venv("two").install().changes == ()


def test_an_unwritable_cache_is_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file")

    cache.store("kind", "key", {"a": 1})

    assert cache.load("kind", "key") is None


@pytest.mark.parametrize("taken", ["views", "views/{key}"])
def test_a_view_is_made_outside_an_unwritable_cache(taken: str, tmp_path: Path) -> None:
    alpha = Distribution("alpha", "1.0", "/base/alpha-1.0.dist-info", "/base")
    key = metadata_view.create_view([alpha], Cache(tmp_path / "other")).name
    path = tmp_path / "cache" / FORMAT / taken.format(key=key)
    path.parent.mkdir(parents=True)
    path.touch()

    folder = metadata_view.create_view([alpha], Cache(tmp_path / "cache"))

    assert [path.name for path in folder.iterdir()] == ["alpha-1.0.dist-info"]


def test_a_user_without_a_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs with a numeric user id."""
    _user_folder.cache_clear()
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)

    cache = default_cache({})
    cache.store("kind", "key", {})
    _user_folder.cache_clear()

    assert cache.load("kind", "key") is None
    assert pip.load({"XDG_CONFIG_DIRS": "", "PIP_PRE": "1"}, "/")["pre"] == "1"


@pytest.mark.parametrize("cache_home", ["", "/caches", "caches", "/with blank /", "~"])
@pytest.mark.parametrize("home", ["/home/me", "/home/me/", "/", "home", ""])
def test_the_folder_is_that_of_platformdirs(cache_home: str, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache_home)
    monkeypatch.setenv("HOME", home)
    _user_folder.cache_clear()

    folder, expected = default_cache({}).root, user_cache_path("thinvenv", appauthor=False)

    _user_folder.cache_clear()
    assert folder.is_absolute()
    assert folder == expected or not expected.is_absolute()  # an older platformdirs accepts relative folders


def test_the_folder_of_the_default_cache(tmp_path: Path) -> None:
    assert default_cache({"THINVENV_CACHE_DIR": str(tmp_path)}).root == tmp_path
    assert default_cache({}).root.name == "thinvenv"
