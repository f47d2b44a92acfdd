from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

import thinvenv as public
from support.command_line import thinvenv
from support.measured_fleets import SITE, add_distribution, make_environment, make_old
from thinvenv.cache import Cache
from thinvenv.environments import receipt
from thinvenv.fleet import cache as fleet_cache
from thinvenv.fleet import fleet as fleets
from thinvenv.fleet.description import describe
from thinvenv.fleet.discovery import find
from thinvenv.fleet.measure import Walk, time_of
from thinvenv.fleet.text import WIDTH, markdown_lines, table_lines
from thinvenv.inventory.layers import environment_fingerprint
from thinvenv.model import Distribution, Layer, Reuse

if TYPE_CHECKING:
    from thinvenv.fleet.values import Description, Fleet

FIELDS = {"path", "python", "tool", "mode", "distributions", "files", "apparent_bytes", "disk_bytes", "saved_bytes"}
NUMPY = {"numpy/__init__.py": 5000, "numpy/core/fast.so": 90_000, "../../../bin/f2py": 200}


def make_fleet(root: Path) -> list[Path]:
    """Create two environments with copies of numpy, and one whose numpy is linked to that of the first."""
    envs = [make_environment(root / f"project/.tox/py{number}") for number in range(3)]
    for env in envs[:2]:
        add_distribution(env / SITE, "numpy", "2.0", NUMPY)
    shutil.copytree(envs[0] / SITE, envs[2] / SITE, copy_function=os.link, dirs_exist_ok=True)
    os.link(envs[1] / SITE / "numpy/core/fast.so", root / "cache")
    return envs


def measure(*paths: Path, cache: Path) -> Fleet:
    return fleets.measure_fleet([*map(str, paths)], Cache(cache), lambda _text: None)


def du(*arguments: str | Path) -> int:
    done = subprocess.run(["du", *map(str, arguments)], stdout=subprocess.PIPE, check=True, text=True)
    return int(done.stdout.splitlines()[-1].split()[0])


@pytest.mark.skipif(shutil.which("du") is None or os.name == "nt", reason="there is no du")
def test_sums_are_those_of_du(tmp_path: Path) -> None:
    envs = make_fleet(tmp_path)
    fleet = measure(tmp_path, cache=tmp_path / "c")
    assert fleet.sizes.apparent_bytes == du("-lbcs", *envs)
    assert fleet.sizes.disk_bytes == du("-csB1", *envs)
    assert fleet.sizes.files == sum(len(names) for env in envs for _, _, names in os.walk(env))


def test_an_inode_counts_once_and_links_elsewhere_are_shown(tmp_path: Path) -> None:
    first, second, linked = make_fleet(tmp_path)
    fleet = measure(tmp_path, cache=tmp_path / "c")
    by_path = {Path(environment.description.path): environment for environment in fleet.environments}
    copy, links = by_path[second].distributions[0].sizes, by_path[linked].distributions[0].sizes
    assert copy == by_path[first].distributions[0].sizes
    assert links.apparent_bytes == copy.apparent_bytes - 200  # the script lies outside of what was linked
    assert links.disk_bytes < copy.disk_bytes - 90_000
    assert [by_path[env].cached_bytes > 0 for env in (first, second, linked)] == [False, True, False]


def test_repeated_copies_are_what_a_store_would_save(tmp_path: Path) -> None:
    first, second, third = [make_environment(tmp_path / name) for name in "abc"]
    for env in (first, second):
        add_distribution(env / SITE, "pure", "1.0", {"pure.py": 10_000})
        add_distribution(env / SITE, "other", "1.0" if env == first else "2.0", {"other.py": 10_000})
    (third / "pyvenv.cfg").write_text(f"home = {tmp_path}/bin\nversion = 3.13.0\n")
    add_distribution(third / SITE, "pure", "1.0", {"pure.py": 10_000})
    fleet = measure(tmp_path, cache=tmp_path / "cache")
    pure = next(repetition for repetition in fleet.repetitions if repetition.name == "pure")
    assert pure.copies == {"1.0": 3}
    assert pure.repeated_bytes == pure.sizes.disk_bytes * 2 // 3
    assert [environment.store_bytes > 0 for environment in fleet.environments] == [False, True, True]


def test_what_the_base_has_in_the_same_version_would_be_saved(tmp_path: Path) -> None:
    base, env = tmp_path / "base", make_environment(tmp_path / "env")
    (env / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.12.0\n")
    for site in (base / SITE, env / SITE):
        add_distribution(site, "same", "1.0", {"same.py": 10_000})
    add_distribution(base / SITE, "other", "1.0", {"other.py": 10_000})
    add_distribution(env / SITE, "other", "1.1", {"other.py": 10_000})
    (environment,) = measure(env, cache=tmp_path / "cache").environments
    sizes = {dist.name: dist.sizes.disk_bytes for dist in environment.distributions}
    assert environment.base_bytes == sizes["same"]


def test_what_a_thin_environment_reuses_is_saved_and_a_changed_base_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, env = tmp_path / "base" / SITE, make_environment(tmp_path / "env")
    location = str(add_distribution(base, "numpy", "2.0", {"numpy/__init__.py": 70_000}))
    layers = (Layer(str(base), "base"),)
    state = receipt.Receipt(
        layers=layers,
        fingerprint=environment_fingerprint(layers),
        reused=(Reuse(Distribution("numpy", "2.0", location, str(base)), ("numpy",)),),
    )
    receipt.save(env, state)
    (environment,) = measure(env, cache=tmp_path / "cache").environments
    assert 70_000 < environment.saved_bytes < 100_000
    assert (environment.reused, environment.drift, environment.base_bytes) == (1, False, 0)
    add_distribution(base, "new", "1.0", {})
    assert measure(env, cache=tmp_path / "cache").environments[0].drift

    scan = os.scandir

    def refusing(path: str) -> object:
        if path == str(base):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert not measure(env, cache=tmp_path / "cache").environments[0].drift


def test_paths_that_cannot_exist_are_no_error(tmp_path: Path) -> None:
    for number, path in enumerate(("/\0", "/\ud800")):
        env = make_environment(tmp_path / str(number))
        (env / "pyvenv.cfg").write_bytes(
            f"home = {path}\nversion = 3.12.\u0663\nthinvenv-bases = {json.dumps([path])}\n".encode(errors="replace")
        )
        numpy = Reuse(Distribution("numpy", "2.0", path, path), ("numpy",))
        receipt.save(env, receipt.Receipt(layers=(Layer(path, "base"),), fingerprint="0", reused=(numpy,)))
        (environment,) = measure(env, cache=tmp_path / "cache").environments
        assert (environment.description.python, environment.saved_bytes, environment.drift) == ("3.12", 0, True)
        (env / "thinvenv.json").unlink()
        assert measure(env, cache=tmp_path / "cache").environments[0].base_bytes == 0


def test_times_that_are_no_date_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = make_environment(tmp_path / "env")
    late = 2**41  # temporary file systems store any number of seconds
    status = SimpleNamespace(st_atime=float(late), st_mtime_ns=late * 10**9)
    assert array("q", [time_of(cast("os.stat_result", status))])[0] > time.time_ns()
    lstat = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: status if path.endswith("/bin/python") else lstat(path))
    assert describe(str(env)).last_use == 0


def test_links_to_a_store_save_what_they_lead_to(tmp_path: Path) -> None:
    entry = add_distribution(tmp_path / "store/entries/x" / SITE, "numpy", "2.0", {"numpy/__init__.py": 70_000})
    for name in "ab":
        env = make_environment(tmp_path / name)
        receipt.save(env, receipt.Receipt())
        dist_info = env / SITE / entry.name
        dist_info.mkdir()
        (dist_info / "METADATA").symlink_to(entry / "METADATA")
        (dist_info / "INSTALLER").write_text("thinvenv-store")
        (env / SITE / "numpy").symlink_to(entry.parent / "numpy")
    fleet = measure(tmp_path, cache=tmp_path / "cache")
    assert [environment.saved_bytes > 60_000 for environment in fleet.environments] == [True, True]
    assert 70_000 < fleet.stored_bytes < 100_000
    assert [repetition.copies for repetition in fleet.repetitions] == [{"2.0": 0}]
    assert [(repetition.copy_count, repetition.version_count) for repetition in fleet.repetitions] == [(0, 0)]


def test_files_of_shared_directories_belong_to_who_lists_them(tmp_path: Path) -> None:
    site = make_environment(tmp_path) / SITE
    add_distribution(site, "six", "1.0", {"six.py": 10})
    add_distribution(site, "google_a", "1.0", {"google/a/x.py": 1000, "google/a.py": 100})
    add_distribution(site, "google_b", "1.0", {"google/b/y.py": 5000, "google/b.py": 300})
    for path in ("__pycache__/six.cpython-312.pyc", "google/__pycache__/b.cpython-312.pyc", "google/a/data.bin"):
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_bytes(bytes(20_000))
    (site / "left.txt").write_bytes(bytes(7))
    measurement = Walk(describe(str(tmp_path))).measure()
    files = {dist.name: dist.sizes.files for dist in measurement.distributions}
    assert files == {"six": 4, "google-a": 5, "google-b": 5}
    assert measurement.other.files == 3  # pyvenv.cfg, the interpreter and what nobody lists


def test_what_was_measured_is_kept_until_a_directory_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env, cache = make_fleet(tmp_path)[0], Cache(tmp_path / "kept")
    description = describe(str(env))
    fleet_cache.measured(description, cache)
    assert not list(cache.folder(fleet_cache.KIND).glob("*.json"))  # it has changed just now
    make_old(env)
    measurement = fleet_cache.measured(description, cache)
    monkeypatch.setattr(fleet_cache, "Walk", None)
    assert fleet_cache.measured(description, cache) == measurement
    monkeypatch.undo()
    (env / SITE / "numpy/core/new.py").write_bytes(bytes(10))
    assert fleet_cache.measured(description, cache).distributions[0].sizes.files == 6
    make_old(env)
    shutil.rmtree(env / SITE / "numpy")
    assert fleet_cache.measured(description, cache).distributions[0].sizes.files == 3


def test_unreadable_directories_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = make_environment(tmp_path / "env")
    add_distribution(env / SITE, "numpy", "2.0", NUMPY)
    scan = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("core"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert measure(tmp_path, cache=tmp_path / "c").skipped == (f"{env / SITE}/numpy/core: Permission denied",)


def test_environments_that_vanish_meanwhile_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    envs = [make_environment(tmp_path / name) for name in "abc"]
    discovery = find([str(tmp_path)])
    shutil.rmtree(envs[1])
    monkeypatch.setattr(fleets, "find", lambda *_: discovery)
    assert len(measure(tmp_path, cache=tmp_path / "cache").environments) == 2


def test_many_environments_are_examined_with_progress_and_in_order(tmp_path: Path) -> None:
    envs = [make_environment(tmp_path / f"{number:03}") for number in range(120)]
    lines: list[str] = []
    fleet = fleets.measure_fleet([str(tmp_path)], Cache(tmp_path / "cache"), lines.append)
    assert [environment.description.path for environment in fleet.environments] == [*map(str, envs)]
    expected = ["100 environments found", "50 of 120 environments measured", "100 of 120 environments measured"]
    assert lines == expected


def test_environments_of_a_process_that_was_killed_are_examined_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    envs = [make_environment(tmp_path / f"{number:02}") for number in range(20)]
    parent = os.getpid()

    def describe_or_end(path: str) -> Description:
        if path == str(envs[10]) and os.getpid() != parent:
            os._exit(9)
        return describe(path)

    monkeypatch.setattr(fleets, "describe", describe_or_end)
    monkeypatch.setattr(fleets, "_SECONDS", 0.1)
    fleet = measure(tmp_path, cache=tmp_path / "cache")
    assert [environment.description.path for environment in fleet.environments] == [*map(str, envs)]


def test_a_lack_of_resources_ends_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = make_environment(tmp_path / "env")

    def fail(_path: str) -> None:
        raise OSError(24, "Too many open files")

    with pytest.raises(OSError, match="Too many open files"):  # noqa: PT012 - both look into directories
        monkeypatch.setattr(os, "scandir", fail)
        Walk(describe(str(env))).measure()
    with pytest.raises(OSError, match="Too many open files"):
        find([str(tmp_path)])


def test_renderings_fit_and_show_texts_as_they_are(tmp_path: Path) -> None:
    envs = [make_environment(tmp_path / f"[p|{number}]" / ("long" * 20), "") for number in range(44)]
    envs.append(make_environment(tmp_path / "a\nb"))
    add_distribution(envs[0] / SITE, "numpy", "2.0", NUMPY)
    fleet = measure(tmp_path, cache=tmp_path / "cache")
    lines = table_lines(fleet, str(tmp_path))
    assert max(len(line) for line in lines if "has no home" not in line) <= WIDTH
    assert "and 5 smaller ones: --all shows them" in lines
    assert "and 35 more: --all shows them" in lines
    assert len(table_lines(fleet, str(tmp_path), complete=True)) == len(lines) + 4 + 34
    assert next(line for line in lines if line.startswith("a\\nb")).index(" venv") == lines[0].index(" tool")
    assert any(line.startswith(r"| \[p\|0\]/longlong") for line in markdown_lines(fleet, str(tmp_path)))


def test_the_command_prints_the_documented_object(tmp_path: Path) -> None:
    make_fleet(tmp_path)
    document = thinvenv("report", "--json", tmp_path).json
    assert document["schema"] == 1
    assert {
        "path",
        "python",
        "tool",
        "mode",
        "distributions",
        "files",
        "apparent_bytes",
        "disk_bytes",
        "saved_bytes",
    } <= {*document["environments"][0]}
    for name in ("files", "folders", "apparent_bytes", "disk_bytes", "cached_bytes", "saved_bytes", "distributions"):
        assert document["totals"][name] == sum(environment[name] for environment in document["environments"])
    assert document["distributions"][0]["name"] == "numpy"
    assert document["distributions"][0]["versions"] == {"2.0": 3}
    assert "3 environments: " in thinvenv("report", tmp_path).out
    assert " of this has links elsewhere" in thinvenv("report", tmp_path).out
    assert "| environment | Python |" in thinvenv("report", "--markdown", tmp_path).out


def test_the_best_base_saves_all_copies_but_its_own(tmp_path: Path) -> None:
    for name in "abc":
        env = make_environment(tmp_path / name)
        add_distribution(env / SITE, "numpy", "2.0", {"numpy/__init__.py": 70_000})
    totals = thinvenv("report", "--bases", "1", "--json", tmp_path).json["totals"]
    assert 2 * 70_000 < totals["would_save"]["bases_bytes"] < 3 * 70_000
    assert thinvenv("report", "--json", tmp_path).json["totals"]["would_save"]["bases_bytes"] is None
    assert "over the best bases" in thinvenv("report", "--bases", "1", tmp_path).out


def test_a_fleet_is_measured_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    envs = make_fleet(tmp_path)
    monkeypatch.chdir(tmp_path)
    fleet = public.measure()
    assert [environment.description.path for environment in fleet.environments] == [*map(str, envs)]
    assert len(public.measure(envs[0], str(envs[1])).environments) == 2
    with pytest.raises(public.UsageError, match="there is no directory"):
        public.measure("absent")


def test_the_command_wants_directories_that_exist(tmp_path: Path) -> None:
    done = thinvenv("report", tmp_path / "absent")
    assert (done.code, done.err.startswith("error: there is no directory ")) == (2, True)
    assert thinvenv("report", tmp_path).out.startswith("there are no environments: ")
    assert thinvenv("report", "--markdown", tmp_path).out.splitlines()[2].startswith("there are no environments: ")


@pytest.mark.parametrize("command", [("report", "--html"), ("base", "suggest", "-o")])
def test_a_file_that_cannot_be_written_is_noticed_first(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, why in (("", "it is a directory"), ("absent/file", "there is no directory ")):
        done = thinvenv(*command, tmp_path / name, tmp_path)
        assert (done.code, f"\n  {why}" in done.err) == (2, True)
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path)
    assert "cannot be written" in thinvenv(*command, tmp_path / "file", tmp_path).err
