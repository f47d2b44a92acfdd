from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.measured_fleets import make_environment
from thinvenv.files import DEPTH
from thinvenv.fleet import description, discovery

if TYPE_CHECKING:
    from pathlib import Path


def test_finds_environments_at_any_depth_once_and_none_in_another(tmp_path: Path) -> None:
    roots = [make_environment(tmp_path / name) for name in ("project/.tox/py312", "project/.venv", "direct")]
    make_environment(tmp_path / "direct/lib/nested")
    (tmp_path / "project/loop").symlink_to(tmp_path)
    make_environment(tmp_path / "node_modules/passed-over")
    counts: list[int] = []
    result = discovery.find([str(tmp_path), str(tmp_path / "direct"), str(tmp_path / "project/loop")], counts.append)
    assert result.environments == tuple(sorted(map(str, roots)))
    assert result.skipped == ()
    assert counts == [1, 2, 3]


def test_names_paths_that_cannot_be_searched(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(DEPTH + 2):
        deep /= "d"
        deep.mkdir()
    absent = str(tmp_path / "absent")
    skipped = discovery.find([str(tmp_path), absent]).skipped
    assert any(line.startswith(f"{absent}: ") for line in skipped)
    assert any("directories deep" in line for line in skipped)


@pytest.mark.parametrize(
    ("folder", "files", "config", "tool"),
    [
        ("p/.tox/py", [".tox-info.json"], "uv = 0.9\nhome = /x", "tox"),
        ("p/.nox/tests-3-12", [], "virtualenv = 20\nhome = /x", "nox"),
        ("pypoetry/virtualenvs/p-py3.12", [], "virtualenv = 20\nhome = /x", "poetry"),
        ("pdm/venvs/p-x-3.12", [], "virtualenv = 20\nhome = /x", "pdm"),
        ("hatch/env/virtual/p/x/p", [], "uv = 0.9\nhome = /x", "hatch"),
        ("p/.venv", ["../poetry.lock"], "virtualenv = 20\nhome = /x", "poetry"),
        ("p/.venv", ["../pdm.lock"], "home = /x", "pdm"),
        ("p/.venv", ["thinvenv.json"], "uv = 0.9\nhome = /x", "thinvenv"),
        ("p/.venv", ["lib/python3.12/site-packages/_thinvenv_pip.py"], "uv = 0.9\nhome = /x", "thinvenv"),
        ("p/.venv", [], "uv = 0.9\nhome = /x", "uv"),
        ("p/.venv", [], "virtualenv = 20\nhome = /x", "virtualenv"),
        ("p/.venv", [], "home = /x", "venv"),
        ("p/.venv", [], "", "unknown"),
    ],
)
def test_recognises_the_tool(tmp_path: Path, folder: str, files: list[str], config: str, tool: str) -> None:
    root = make_environment(tmp_path / folder, config)
    for name in files:
        (root / name).touch()
    assert description.describe(str(root)).tool == tool


def test_describes_an_environment_by_its_files_alone(tmp_path: Path) -> None:
    config = (
        f"home = {tmp_path}/bin\nversion_info = 3.13.1.final.0\nInclude-System-Site-Packages = True\n"
        'thinvenv-bases = ["/b"]\nthinvenv-store = "damaged'
    )
    environment = description.describe(str(make_environment(tmp_path, config, "3.13")))
    assert (environment.python, environment.minor, environment.mode) == ("3.13.1", "3.13", "inherit")
    assert (environment.base, environment.bases, environment.stores) == (str(tmp_path), ("/b",), ())
    assert environment.sites == (str(tmp_path / "lib/python3.13/site-packages"),)
    assert environment.last_use == os.lstat(tmp_path / "bin/python").st_atime
    assert not environment.problem


@pytest.mark.parametrize(
    ("config", "problem"),
    [("home = /absent/bin", "its base is missing: /absent/bin"), ("", "its pyvenv.cfg has no home")],
)
def test_names_what_is_wrong_with_an_environment(tmp_path: Path, config: str, problem: str) -> None:
    assert description.describe(str(make_environment(tmp_path, config))).problem == problem


def test_an_environment_without_interpreter_or_settings_has_a_problem(tmp_path: Path) -> None:
    root = make_environment(tmp_path / "env", 'thinvenv-link = ["/b"]')
    assert description.describe(str(root)).mode == "link"
    assert description.describe(str(root)).python == "3.12"  # of its library
    (root / "bin/python").unlink()
    assert description.describe(str(root)).problem == "it has no interpreter"
    (root / "pyvenv.cfg").unlink()
    (root / "pyvenv.cfg").mkdir()
    assert "cannot be read" in description.describe(str(root)).problem
