"""A cached probe equals what the interpreter would answer now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.projects import Project
from thinvenv.environments import probe, probe_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.bases import Base
    from support.venv import Venv

    Make = Callable[..., Venv]


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that from then on forbids to start an interpreter."""

    def refuse(*_args: object) -> None:
        raise AssertionError("an interpreter was started")

    return lambda: monkeypatch.setattr(probe, "probe", refuse)


def test_environments_over_one_base_share_a_cached_probe(
    make_venv: Make, base: Base, no_process: Callable[[], None]
) -> None:
    base.install(Project("alpha"))
    make_venv("one", str(base.python))
    truth = probe.probe(make_venv("elsewhere/other", str(base.python)).python, os.environ)
    no_process()

    third = make_venv("elsewhere/third", str(base.python))
    answer = probe_cache.probe_cached(third.python, third.context)

    assert answer.prefix.endswith("third")
    assert answer.markers == truth.markers
    assert [path.replace("third", "other") for path in answer.path] == list(truth.path)


def test_environments_over_another_environment_share_cached_probes(
    make_venv: Make, base: Base, no_process: Callable[[], None]
) -> None:
    """Such an environment gets start-up files of its own, and is asked before and after that."""
    parent = make_venv("parent", str(base.python))
    parent.site.joinpath("code.pth").write_text("import os; os.environ.get('STATE')\n")
    make_venv("one", str(parent.python))
    no_process()

    second = make_venv("two", str(parent.python))

    assert str(parent.site) in probe_cache.probe_cached(second.python, second.context).path


@pytest.mark.parametrize("where", ["base", "venv"])
def test_a_new_pth_file_invalidates_the_cached_probe(make_venv: Make, base: Base, where: str) -> None:
    venv = make_venv("one", str(base.python))
    folder = base.prefix / "more"
    folder.mkdir()
    (venv.site if where == "venv" else base.site).joinpath("more.pth").write_text(f"{folder}\n")

    assert str(folder) in probe_cache.probe_cached(venv.python, venv.context).path


def test_pth_files_of_another_environment_are_not_reused(make_venv: Make, base: Base) -> None:
    first, second = make_venv("one", str(base.python)), make_venv("two", str(base.python))
    for venv in (first, second):
        (venv.prefix / "more").mkdir()
        (venv.site / "more.pth").write_text(f"{venv.prefix / 'more'}\n")

    probe_cache.probe_cached(first.python, first.context)

    assert probe_cache.probe_cached(second.python, second.context) == probe.probe(second.python, os.environ)


def test_pth_files_with_code_are_probed_each_time(make_venv: Make, base: Base) -> None:
    venv = make_venv("one", str(base.python))
    listed = venv.prefix / "listed"
    (venv.site / "code.pth").write_text(f"import sys; sys.path += open({str(listed)!r}).read().split()\n")
    for name in ("first", "second"):
        (venv.prefix / name).mkdir()
        listed.write_text(str(venv.prefix / name))

        assert str(venv.prefix / name) in probe_cache.probe_cached(venv.python, venv.context).path


def test_a_sitecustomize_of_the_base_is_noticed(make_venv: Make, base: Base) -> None:
    venv = make_venv("one", str(base.python))
    (base.site / "sitecustomize.py").write_text(f"import sys; sys.path.append({str(base.prefix)!r})\n")

    assert str(base.prefix) in probe_cache.probe_cached(venv.python, venv.context).path


def test_pythonpath_is_part_of_the_cache_key(make_venv: Make, base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = make_venv("one", str(base.python))
    monkeypatch.setenv("PYTHONPATH", str(base.prefix))

    assert str(base.prefix) in probe_cache.probe_cached(venv.python, venv.context).path


def test_isolation_is_part_of_the_cache_key(make_venv: Make, base: Base) -> None:
    make_venv("one", str(base.python))

    isolated = make_venv("two", str(base.python), reuse="off")

    assert probe_cache.probe_cached(isolated.python, isolated.context) == probe.probe(isolated.python, os.environ)
    assert str(base.site) not in probe_cache.probe_cached(isolated.python, isolated.context).path
