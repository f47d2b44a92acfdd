"""A round trip through an archive: base, store and environments lie at the same paths, and times alone differ."""

from __future__ import annotations

import os
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from support.bases import Base, exact_snapshot
from support.projects import Project, make_source
from thinvenv.installation import check, content
from thinvenv.model import Distribution, Environment, Inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from support.venv import Indexer, Venv
    from thinvenv.context.context import Context
    from thinvenv.environments.receipt import Receipt

POINTS = "[console_scripts]\ntool = tool:main\n"
TOOL = Project("tool", modules={"tool.py": "def main(): ...\n"}, entry_points=POINTS)


def pack_and_unpack(folders: Iterable[Path], archive: Path, time: int | None) -> None:
    """Replace folders by what an archive with their content gives, as writers of images make it.

    Args:
        folders: The folders.
        archive: The archive to write.
        time: The time of all files; ``None`` cuts their own to seconds.

    """

    def changed(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = int(member.mtime) if time is None else time
        member.uid = member.gid = 12345
        return member

    for folder in folders:
        with tarfile.open(archive, "w") as file:
            paths = sorted(folder.rglob("*"), reverse=True)  # another order of the names in a folder
            file.add(folder, "", recursive=False, filter=changed)
            for path in sorted(paths, key=lambda path: path.is_symlink() or not path.is_dir()):
                file.add(path, path.relative_to(folder), recursive=False, filter=changed)
        shutil.rmtree(folder)
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="fully_trusted", numeric_owner=True)


@pytest.mark.parametrize(("reuse", "time"), [("inherit", None), ("link", 0)])
def test_after_a_round_trip_nothing_is_planned_and_nothing_written(
    make_venv: Callable[..., Venv],
    base: Base,
    index: Indexer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reuse: str,
    time: int | None,
) -> None:
    store, mine = tmp_path / "store", make_source(tmp_path / "mine", Project("mine"))
    base.install(Project("lib", requires=("deep",)), Project("deep"), TOOL)
    index(Project("app", requires=("lib",)))
    venv = make_venv("venv", str(base.python), reuse=reuse, stores=[str(store)])
    wanted = ("app", "tool", "-e", str(mine))
    if time is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(time))
    for arguments in (wanted, ()):
        venv.install(*arguments)

    folders = (base.prefix, store, venv.prefix, mine)
    pack_and_unpack(folders, tmp_path / "image.tar", time)
    monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "another-cache"))
    monkeypatch.setattr("thinvenv.engine._install_locked", None)
    monkeypatch.setattr("thinvenv.engine._prepare", None)
    before = [exact_snapshot(folder) for folder in folders]
    done = [venv.install(*arguments) for arguments in ((), wanted)]
    monkeypatch.setattr("thinvenv.installation.content.has_content", None)  # the cache remembers the answer
    done.append(venv.install(*wanted))

    flags = {path.read_bytes()[4] for path in store.rglob("*.pyc")}  # 3: it names a hash of its source, PEP 552
    assert flags == ({0} if time is None else {3})
    assert not any(plan.changes for plan in done)
    assert {step.name for step in done[0].reused} == {"lib", "deep", "tool"}
    assert [exact_snapshot(folder) for folder in folders] == before
    assert check.check(venv.prefix, venv.context).ok
    assert venv.notes == []


def test_a_change_beside_the_times_is_noticed(venv: Venv, base: Base, tmp_path: Path, index: Indexer) -> None:
    base.install(Project("lib", requires=("deep",)), Project("deep"))
    index(Project("peed"))
    venv.install("lib")
    metadata = base.site / "lib-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("deep", "peed"))

    pack_and_unpack([base.prefix, venv.prefix], tmp_path / "image.tar", 0)

    assert [step.name for step in venv.install("lib").installed] == ["peed"]


def test_the_answer_for_a_changed_base_counts_for_all_environments_over_it(
    base: Base, make_venv: Callable[..., Venv], monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("lib"), Project("other"))
    first, second, third = (make_venv(name, str(base.python)) for name in ("a", "b", "c"))
    for venv in (first, second, third):
        venv.install("lib")
    os.utime(base.site / "other-1.0.dist-info" / "METADATA", (1, 1))
    (third.site / "mine-1.0.dist-info").mkdir()
    monkeypatch.setattr("thinvenv.engine._prepare", None)
    looked_at: list[str] = []

    def look(_saved: Receipt, prefix: str, _context: Context) -> bool:
        looked_at.append(prefix)
        return True

    monkeypatch.setattr(content, "has_content", look)

    assert not any(venv.install("lib").changes for venv in (first, second))
    assert looked_at == [str(first.prefix)]  # it told what counts for the second one
    monkeypatch.setattr("thinvenv.installation.content_check._is_intact", lambda *_: True)
    assert not third.install("lib").changes
    assert looked_at == [str(first.prefix), str(third.prefix)]  # the environment itself has changed


def test_a_receipt_can_be_the_same_whenever_it_is_written(
    base: Base, make_venv: Callable[..., Venv], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    base.install(Project("lib"), TOOL)
    written = []
    for number in range(2):
        venv = make_venv(python=str(base.python), reuse="link")
        venv.install("lib", "tool")
        written.append({path: path.read_bytes() for path in venv.prefix.rglob("*") if path.is_file()})
        assert not venv.install("lib", "tool").changes
        assert check.check(venv.prefix, venv.context).ok
        for folder in (venv.prefix, tmp_path / "thinvenv-cache"):
            shutil.rmtree(folder)
        pack_and_unpack([base.prefix], tmp_path / "image.tar", number)

    assert written[0] == written[1]


def test_the_content_is_what_decides_a_plan() -> None:
    def digest(requires: str = "", *, path: str = "/base", release: str = "6", prefix: str = "/env") -> str:
        markers = {"platform_release": release, "python_version": "3.12"}
        strings = ("", prefix, "/usr", "", "", "", "", "", "", "")
        environment = Environment(*strings, (path, f"{prefix}/site"), markers, reads=(("file", release),))
        dists = [Distribution("a", "1", "/base/a", "/base", (requires,)), Distribution("b", "1", "/x/b", prefix)]
        return content.digest_of(environment, Inventory((), tuple(dists[:: 1 if release == "6" else -1])), dists[:1])

    assert digest() == digest(release="7") == digest(prefix="/elsewhere")
    assert len({digest(), digest("c"), digest(path="/other"), digest("c; platform_release > '5'")}) == 4
    assert digest("c; platform_release > '5'") != digest("c; platform_release > '5'", release="7")
