"""Further bases: which site directories they have, and the file that adds them to a path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from thinvenv.choices import SharedBase
from thinvenv.context.context import current_context
from thinvenv.context.reporter import Reporter
from thinvenv.creation import bases
from thinvenv.environments.probe import probe
from thinvenv.errors import BaseError

if TYPE_CHECKING:
    from thinvenv.model import Environment

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
OTHER = ".cpython-36m-x86_64-linux-gnu.so"


@pytest.fixture(scope="module")
def environment() -> Environment:
    return probe(Path(sys.executable), os.environ)


def layers_of(base: Path | str, environment: Environment, cwd: Path | None = None) -> list[str]:
    return bases.layers_of(str(base), environment, current_context(cwd=str(cwd) if cwd else None))


def site_in(prefix: Path, *parts: str) -> Path:
    site = prefix.joinpath(*parts)
    (site / "alpha-1.0.dist-info").mkdir(parents=True)
    return site


@pytest.mark.parametrize(
    "path", [f"lib/{VERSION}/site-packages", f"lib64/{VERSION}/dist-packages", "Lib/site-packages", "lib/python"]
)
def test_the_site_directory_below_a_prefix(tmp_path: Path, environment: Environment, path: str) -> None:
    site = site_in(tmp_path, path)

    assert layers_of(tmp_path, environment) == [str(site)]


def test_a_prefix_may_have_several_site_directories_and_those_of_other_versions(
    tmp_path: Path, environment: Environment
) -> None:
    first = site_in(tmp_path, "lib", VERSION, "site-packages")
    second = site_in(tmp_path, "lib64", VERSION, "site-packages")
    site_in(tmp_path, "lib", "python2.7", "site-packages")

    assert layers_of(tmp_path, environment) == [str(first), str(second)]


def test_a_folder_with_distributions_is_a_site_directory_itself(tmp_path: Path, environment: Environment) -> None:
    site_in(tmp_path, "lib", VERSION, "site-packages")
    (tmp_path / "beta-1.0.egg-info").mkdir()

    assert layers_of(tmp_path, environment) == [str(tmp_path)]


def test_a_relative_path_and_one_below_the_home(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_in(tmp_path, "sites", "own")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert layers_of("own", environment, tmp_path / "sites") == [str(site)]
    assert layers_of("~/sites/own", environment) == [str(site)]


def test_a_base_that_does_not_exist(tmp_path: Path, environment: Environment) -> None:
    with pytest.raises(BaseError, match="there is no base at"):
        layers_of(tmp_path / "absent", environment)
    with pytest.raises(BaseError, match="there is no base at"):
        layers_of(os.devnull, environment)


def test_a_prefix_for_other_versions_only(tmp_path: Path, environment: Environment) -> None:
    site_in(tmp_path, "lib", "python2.7", "site-packages")
    site_in(tmp_path, "lib", "python3.4", "site-packages")

    with pytest.raises(BaseError, match="is for another interpreter") as caught:
        layers_of(tmp_path, environment)
    assert "it is for Python 2.7, 3.4, and" in str(caught.value)


def test_a_base_for_all_environments_is_passed_over_by_those_of_other_interpreters(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    site_in(own, "lib", VERSION, "site-packages")
    site_in(other, "lib", "python2.7", "site-packages")
    notes: list[str] = []
    reporter = Reporter()
    monkeypatch.setattr(reporter, "note", notes.append)
    context = current_context(reporter=reporter)

    (tmp_path / "empty").mkdir()
    empty = SharedBase(tmp_path / "empty")

    chosen = bases.suitable([SharedBase(other), SharedBase(own), str(other), empty], environment, context)

    assert chosen == (str(own), str(other), empty)
    assert len(notes) == 1
    assert notes[0].startswith(f"the base {other} is not used: it is for Python 2.7, and ")
    with pytest.raises(BaseError, match="there is no base at"):
        bases.suitable([SharedBase(tmp_path / "absent")], environment, context)


def test_a_folder_with_modules_for_another_interpreter(tmp_path: Path, environment: Environment) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / f"fast{OTHER}").touch()

    with pytest.raises(BaseError, match="is for another interpreter") as caught:
        layers_of(tmp_path, environment)
    assert f"its pkg/fast{OTHER} is not for Python" in str(caught.value)


def test_only_a_virtual_environment_has_layers_of_a_parent(environment: Environment) -> None:
    installation = environment._replace(prefix=environment.base_prefix)

    assert bases.parent_layers(installation, current_context()) == []


def test_the_layers_of_an_interpreter_do_not_have_those_of_pythonpath(tmp_path: Path, environment: Environment) -> None:
    site = site_in(tmp_path, "added")
    environ = {**os.environ, "PYTHONPATH": str(site)}
    context = current_context(environ=environ)

    layers = bases.interpreter_layers(environment, context)

    assert str(site) in probe(Path(sys.executable), environ).path
    assert str(site) not in layers
    assert environment.purelib in layers


def test_the_path_file_adds_each_directory_once_with_its_own_path_files(
    tmp_path: Path, environment: Environment
) -> None:
    site, layer, project = tmp_path / "site", tmp_path / "bäse", tmp_path / "project"
    for folder in (site, layer, project):
        folder.mkdir()
    (layer / "project.pth").write_text(f"{project}\nimport sys; print('read')\n")

    bases.write_path_file(environment._replace(purelib=str(site)), [str(layer), str(layer)])
    script = f"import site, sys; site.addsitedir({str(site)!r}); print(*sys.path, sep='\\n')"
    completed = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    lines = completed.stdout.splitlines()

    assert [lines.count(line) for line in (str(layer), str(project), "read")] == [1, 1, 1]


def test_without_layers_there_is_no_path_file(tmp_path: Path, environment: Environment) -> None:
    environment = environment._replace(purelib=str(tmp_path))

    bases.write_path_file(environment, ["/base"])
    assert sorted(path.name for path in tmp_path.glob("*base*")) == sorted(bases.FILE_NAMES)

    for _ in range(2):
        bases.write_path_file(environment, [])
        assert list(tmp_path.glob("*base*")) == []


def test_a_project_is_no_base_but_has_one(tmp_path: Path, environment: Environment) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").touch()

    with pytest.raises(BaseError, match="is not a base") as caught:
        layers_of(tmp_path, environment)

    assert caught.value.hint == f"use `--base {tmp_path}/.venv`"
