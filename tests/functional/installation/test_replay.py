"""An install is replayed into another environment over the same base, if it would be the same there."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from support.audit import recorded_audit_events
from support.bases import snapshot
from support.projects import Project, unpack_into
from support.sample_projects import SAMPLE_NAMES, SAMPLE_PROJECTS
from support.venv import actions
from thinvenv.config import index_settings
from thinvenv.environments import receipt
from thinvenv.installation import check, replay
from thinvenv.requirements.arguments import request_from
from thinvenv.store import staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

TOOL = Project(
    "tool",
    requires=("alpha",),
    modules={"tool.py": "import sys\ndef main():\n    print(sys.prefix)\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)


@pytest.fixture
def new(base: Base, make_venv: Callable[..., Venv]) -> Callable[[str], Venv]:
    """Return a function that makes an environment over ``base``, which has ``tool``."""
    base.install(TOOL, Project("alpha", "1.0"))
    return lambda name: make_venv(name, str(base.python))


def opened_metadata(events: list[tuple[str, str]]) -> list[str]:
    """Return the metadata files that were opened, so that it can be seen whether an inventory was taken."""
    return [arguments for event, arguments in events if event == "open" and "METADATA" in arguments]


def test_a_replay_leaves_what_a_whole_install_would_have_left(new: Callable[[str], Venv]) -> None:
    first, other = new("one"), new("other")
    with recorded_audit_events() as events:
        plan = first.install("tool")
    assert opened_metadata(events)

    with recorded_audit_events() as events:
        replayed = other.install("tool")

    assert not opened_metadata(events)
    assert actions(replayed) == actions(plan)
    assert other.call(other.prefix / "bin" / "tool") == str(other.prefix)
    mine, its = receipt.load(first.prefix), receipt.load(other.prefix)
    assert mine is not None
    assert its is not None
    assert (its.roots, its.reused, its.requests) == (mine.roots, mine.reused, mine.requests)
    assert (other.prefix / "bin" / "tool").read_text() == (first.prefix / "bin" / "tool").read_text().replace(
        str(first.prefix), str(other.prefix)
    )
    assert other.install("tool") == replayed  # by its own receipt, which is whole


def test_a_replay_from_another_installation_of_thinvenv_is_recognised_without_comparing_contents(
    new: Callable[[str], Venv], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = new("one"), new("other")
    with monkeypatch.context() as patch:
        patch.setattr("thinvenv.plugins.manager.path_fingerprint", lambda: "another installation")
        first.install("tool")
    other.install("tool")
    monkeypatch.setattr("thinvenv.installation.content_check.is_satisfied", pytest.fail)

    assert not other.install("tool").changes


def test_the_pip_that_a_new_environment_gets_is_replaced_by_a_replay(new: Callable[[str], Venv], base: Base) -> None:
    base.install(Project("pip", entry_points="[console_scripts]\npip = sys:exit\n"))
    first, other = new("one"), new("other")
    first.install("pip")

    with recorded_audit_events() as events:
        other.install("pip")

    assert not opened_metadata(events)
    assert "sys.exit(exit())" in (other.prefix / "bin" / "pip").read_text()


def test_another_request_is_not_replayed(new: Callable[[str], Venv]) -> None:
    new("one").install("tool")

    assert set(actions(new("other").install("alpha"))) == {"alpha"}


def test_nothing_is_replayed_over_a_changed_base(new: Callable[[str], Venv], base: Base, index: Indexer) -> None:
    new("one").install("tool")
    for entry in base.site.glob("alpha*"):
        entry.rename(base.prefix / entry.name)
    index(Project("alpha", "1.1"))

    assert actions(new("other").install("tool")) == {"tool": "reuse", "alpha": "install"}


def test_a_script_of_the_base_that_was_edited_or_removed_alone_is_not_replayed(
    new: Callable[[str], Venv], base: Base
) -> None:
    base.install(Project("beta", scripts={"beta": "#!python\nprint('old')\n"}))
    new("one").install("beta")
    script = base.prefix / "bin" / "beta"
    script.write_text(script.read_text().replace("old", "edited"))

    edited = new("two")
    edited.install("beta")
    script.unlink()
    removed = new("three")
    removed.install("beta")

    assert edited.call(edited.prefix / "bin" / "beta") == "edited"
    assert not (removed.prefix / "bin" / "beta").exists()


def test_entry_points_of_the_base_that_were_edited_alone_are_not_replayed(
    new: Callable[[str], Venv], base: Base
) -> None:
    new("one").install("tool")
    (points,) = base.site.glob("tool-*/entry_points.txt")
    points.write_text("[console_scripts]\nrenamed = tool:main\n")

    other = new("other")
    other.install("tool")

    assert other.call(other.prefix / "bin" / "renamed") == str(other.prefix)


def test_nothing_is_replayed_into_an_environment_with_distributions(new: Callable[[str], Venv], index: Indexer) -> None:
    new("one").install("tool")
    index(Project("alpha", "2.0"), Project("beta", requires=("alpha>=2",)))
    other = new("other")
    other.install("beta")

    other.install("tool")

    assert other.version("alpha") == "2.0"
    receipt_before = receipt.load(other.prefix)
    assert receipt_before is not None
    assert [root.text for root in receipt_before.roots] == ["beta", "tool"]


def test_a_cached_install_in_another_format_is_ignored(new: Callable[[str], Venv]) -> None:
    first, other = new("one"), new("other")
    first.install("tool")
    for kept in (first.context.cache.folder("recorded-installs")).iterdir():
        kept.write_text('{"receipt": {"schema": 0}, "scripts": {}}')

    assert set(actions(other.install("tool"))) == {"tool", "alpha"}
    assert (other.prefix / "bin" / "tool").exists()


def test_an_install_with_other_plugins_is_not_replayed(new: Callable[[str], Venv]) -> None:
    new("one").install("tool")
    other = new("other")
    request = request_from(["tool"], other.context.cwd, other.context.environ)

    other.context.cache.store("plugins", "with-one", {"plugins": ["a = plugin (a 1.0)"]})

    assert replay.try_replay(request, other.prefix, other.context._replace(plugins_fingerprint="with-one")) is None
    assert replay.try_replay(request, other.prefix, other.context) is not None


def test_a_replay_keeps_foreign_scripts(new: Callable[[str], Venv]) -> None:
    new("one").install("tool")
    other = new("other")
    (other.prefix / "bin" / "tool").write_text("mine")

    other.install("tool")

    assert (other.prefix / "bin" / "tool").read_text() == "mine"


FRESH = Project(
    "fresh",
    requires=("alpha",),
    modules={"fresh/__init__.py": "def main():\n    import sys\n    print(sys.prefix)\n", "fresh/data.txt": "data"},
    entry_points="[console_scripts]\nfresh = fresh:main\n",
)
"""What the base does not have, so that uv installs it."""


def started_programs(events: list[tuple[str, str]]) -> list[str]:
    """Return the arguments of the processes that were started."""
    return [arguments for event, arguments in events if event == "subprocess.Popen"]


def test_what_uv_has_installed_is_linked_into_another_environment(new: Callable[[str], Venv], index: Indexer) -> None:
    index(FRESH)
    first, other = new("one"), new("other")
    plan = first.install("tool", "fresh")

    with recorded_audit_events() as events:
        replayed = other.install("tool", "fresh")

    assert started_programs(events) == []
    assert actions(replayed) == actions(plan) == {"tool": "reuse", "alpha": "reuse", "fresh": "install"}
    assert [str(dist) for dist in replayed.placed] == ["fresh 1.0"]
    assert _shape(other).keys() == _shape(first).keys() - {".lock"}
    assert (other.site / "fresh" / "data.txt").samefile(first.site / "fresh" / "data.txt")
    assert other.call(other.prefix / "bin" / "fresh") == str(other.prefix)
    entry = staged.read(str(other.prefix))[0]
    assert entry.damage() == ""
    assert {path: os.path.getsize(other.prefix / path) for path in entry.hashes if path.startswith("bin/")}
    assert check.check(other.prefix, other.context).ok
    assert not other.install("tool", "fresh").changes


def test_uv_installs_what_the_index_or_the_settings_or_an_edit_have_changed(
    new: Callable[[str], Venv], index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_replayed(name: str) -> bool:
        with recorded_audit_events() as events:
            venv = new(name)
            before = len(started_programs(events))
            assert actions(venv.install("fresh"))["fresh"] == "install"
            return len(started_programs(events)) == before

    index(FRESH)
    first = new("one")
    first.install("fresh")
    assert is_replayed("same")
    monkeypatch.setenv("UV_PRERELEASE", "allow")
    assert not is_replayed("settings")
    (first.site / "fresh" / "data.txt").chmod(0o600)
    assert not is_replayed("mode")
    (first.site / "fresh" / "data.txt").write_text("an edit of a file that environments share")
    assert not is_replayed("edited")
    assert is_replayed("twice")
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: time.time_ns() / 1e9 + index_settings.FRESH_SECONDS)
        assert not is_replayed("later")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    assert not is_replayed("uncached")
    monkeypatch.delenv("UV_NO_CACHE")
    index(replace(FRESH, version="2.0"))
    assert not is_replayed("newer")
    assert list(first.prefix.with_name("newer").rglob("fresh-2.0.dist-info"))


def test_uv_installs_if_a_file_is_in_the_way_of_a_replay(new: Callable[[str], Venv], index: Indexer) -> None:
    data = {"fresh-1.0.data/data/share/fresh.txt": "of the distribution"}
    index(replace(FRESH, modules={**FRESH.modules, **data}))
    new("one").install("tool", "fresh")
    other = new("other")
    (other.prefix / "share").mkdir()
    (other.prefix / "share" / "fresh.txt").write_text("in the way")

    plan = other.install("tool", "fresh")

    assert actions(plan) == {"tool": "reuse", "alpha": "reuse", "fresh": "install"}
    assert (other.prefix / "share" / "fresh.txt").read_text() == "of the distribution"
    saved = receipt.load(other.prefix)
    assert saved is not None
    assert saved.pending == ()
    assert check.check(other.prefix, other.context).ok


def test_warnings_are_repeated_on_replay(new: Callable[[str], Venv], base: Base, notes: list[str]) -> None:
    (base.site / "broken-1.0.dist-info").mkdir()
    for name in ("one", "other"):
        notes.clear()
        new(name).install("tool")
        assert any("broken-1.0" in note for note in notes)


@pytest.fixture
def linking(base: Base, make_venv: Callable[..., Venv]) -> Callable[[str], Venv]:
    """Return a function that makes an environment over ``base`` in reuse mode ``link``."""
    base.install(*SAMPLE_PROJECTS)
    return lambda name: make_venv(name, str(base.python), reuse="link")


def _shape(venv: Venv) -> dict[str, str]:
    """Return the mode and content of every path in an environment, without what has its own prefix or times in it."""
    own = str(venv.prefix)
    shape = {}
    for path, (_, mode, content) in snapshot(venv.prefix).items():
        is_own = path in {"pyvenv.cfg", receipt.FILE_NAME} or path.startswith("bin/") or path.endswith(".pyc")
        shape[path] = f"{mode:o} {'' if is_own or own in content else content}"
    return shape


def test_a_replay_makes_the_same_links(linking: Callable[[str], Venv], base: Base) -> None:
    first, other = linking("one"), linking("other")
    before = snapshot(base.prefix)
    with recorded_audit_events() as events:
        plan = first.install(*SAMPLE_NAMES)
    assert opened_metadata(events)

    with recorded_audit_events() as events:
        replayed = other.install(*SAMPLE_NAMES)

    assert not opened_metadata(events)
    assert actions(replayed) == actions(plan)
    assert _shape(other) == _shape(first)
    assert other.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""
    assert check.check(other.prefix, other.context).ok
    assert snapshot(base.prefix) == before


def test_what_the_code_of_a_linked_path_file_reads_is_compared(
    make_venv: Callable[..., Venv], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, more = tmp_path / "base", tmp_path / "more"
    code = "import os, sys; sys.path += filter(None, [os.environ.get('MORE')])\n"
    unpack_into(base, Project("starter", modules={"starter.py": "", "starter.pth": code}))
    more.mkdir()
    first, second, other = (make_venv(name, bases=[str(base)], reuse="link") for name in ("one", "two", "other"))
    first.install("starter")
    with recorded_audit_events() as events:
        second.install("starter")
    assert not opened_metadata(events)

    monkeypatch.setenv("MORE", str(more))
    other.install("starter")

    saved = receipt.load(other.prefix)
    assert saved
    assert saved.environment
    assert str(more) in saved.environment.path


def test_links_to_lost_base_files_are_not_replayed(linking: Callable[[str], Venv], base: Base) -> None:
    first, other = linking("one"), linking("other")
    first.install(*SAMPLE_NAMES)
    (base.site / "tree" / "leaf.py").unlink()

    other.install(*SAMPLE_NAMES)

    assert not [path for path in other.prefix.rglob("*") if path.is_symlink() and not path.exists()]


def test_nothing_is_replayed_into_an_environment_with_links(linking: Callable[[str], Venv]) -> None:
    first, other = linking("one"), linking("other")
    first.install(*SAMPLE_NAMES)
    other.install("single")

    other.install(*SAMPLE_NAMES)

    assert other.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""
    assert _shape(other) == _shape(first)


def test_links_outlive_the_cache_and_each_other(linking: Callable[[str], Venv], tmp_path: Path) -> None:
    """Links of two environments may be hard links to one file; each can be removed."""
    first, other = linking("one"), linking("other")
    first.install(*SAMPLE_NAMES)
    other.install(*SAMPLE_NAMES)
    assert (other.site / "tree" / "leaf.py").lstat().st_ino == (first.site / "tree" / "leaf.py").lstat().st_ino

    shutil.rmtree(first.prefix)
    shutil.rmtree(tmp_path / "thinvenv-cache")

    assert other.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""
    third = linking("third")
    third.install(*SAMPLE_NAMES)
    assert third.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""


def test_unused_links_in_the_pool_are_removed_after_a_while(linking: Callable[[str], Venv]) -> None:
    first, other = linking("one"), linking("other")
    first.install(*SAMPLE_NAMES)
    pool = first.context.cache.folder("links")
    old, *_ = (path for path in pool.iterdir() if path.is_symlink())
    os.utime(old, (0, 0), follow_symlinks=False)
    os.utime(pool / ".swept", (0, 0))

    other.install("single")

    assert not os.path.lexists(old)
    assert first.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""
    assert len([path for path in pool.iterdir() if path.is_symlink()]) > 10


def test_links_are_made_without_a_cache(
    linking: Callable[[str], Venv], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "file"))
    venv = linking("one")

    venv.install(*SAMPLE_NAMES)

    assert venv.run("import tree.leaf, ns.deep.one, pk.two, single, plug.hooks") == ""
