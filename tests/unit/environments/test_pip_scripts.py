"""The scripts for pip in environments without pip: they run the base's pip, or hand over to thinvenv."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from support.projects import Project, unpack_into
from thinvenv.cache import Cache
from thinvenv.environments import pip_scripts, probe
from thinvenv.installation import script_generation
from thinvenv.inventory.scan import scan
from thinvenv.model import Use

if TYPE_CHECKING:
    from collections.abc import Callable

    from thinvenv.model import Environment

PIP = Project("pip", "1.0", entry_points="[console_scripts]\npip = sys:exit\npip3 = sys:exit\n")


@pytest.fixture
def target(tmp_path: Path) -> Environment:
    """Return this interpreter with empty folders for scripts and modules."""
    for name in ("bin", "site"):
        (tmp_path / "venv" / name).mkdir(parents=True)
    this = probe.probe(Path(sys.executable), dict(os.environ))
    folder = str(tmp_path / "venv" / "site")
    return this._replace(scripts=str(tmp_path / "venv" / "bin"), purelib=folder, platlib=folder)


@dataclass
class Layer:
    """A base layer with a pip that prints its arguments."""

    path: Path

    def __post_init__(self) -> None:
        (self.path / "pip").mkdir(parents=True)
        (self.path / "pip" / "__pip-runner__.py").write_text("import sys\nprint('base', *sys.argv[1:])\n")


def test_the_scripts_run_the_module_which_knows_the_pip_of_the_base(tmp_path: Path, target: Environment) -> None:
    layer = Layer(tmp_path / "base")

    pip_scripts.add_to(target, [str(tmp_path / "absent"), str(layer.path)])

    version = target.markers["python_version"]
    assert sorted(os.listdir(target.scripts)) == ["pip", "pip3", f"pip{version}"]
    environ = {**os.environ, "PYTHONPATH": target.purelib}
    environ.pop("COVERAGE_PROCESS_START", None)
    run = [sys.executable, "-S", os.path.join(target.scripts, "pip"), "list", "-v"]
    assert subprocess.run(run, env=environ, capture_output=True, text=True, check=True).stdout == "base list -v\n"


def test_a_pip_that_is_reused_replaces_the_scripts_and_they_come_back(tmp_path: Path, target: Environment) -> None:
    pip_scripts.add_to(target, [])
    before = {path.name: path.read_bytes() for path in Path(target.scripts).iterdir()}
    unpack_into(tmp_path / "base", PIP)
    inventory = scan(target._replace(path=(str(tmp_path / "base"),)), Cache(tmp_path / "cache"))
    uses = [Use(distribution, (distribution.name,)) for distribution in inventory.visible.values()]

    written = script_generation.update(uses, {}, target)
    assert sorted(written) == ["pip", "pip3"]
    assert b"sys.exit(exit())" in Path(target.scripts, "pip").read_bytes()

    assert script_generation.update([], written, target) == {}
    assert {path.name: path.read_bytes() for path in Path(target.scripts).iterdir()} == before


def test_an_environment_of_another_tool_gets_no_pip(target: Environment) -> None:
    script_generation.update([], {}, target)

    assert os.listdir(target.scripts) == []


class TestModule:
    """What the scripts run."""

    @pytest.fixture
    def module(self, load: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
        module = load("_thinvenv_pip")
        monkeypatch.setattr(module, "find_spec", lambda _: None)
        monkeypatch.setattr(module, "THINVENV", (sys.executable, "-S", "-c", "import sys; print(sys.argv[1:])"))
        monkeypatch.setattr(sys, "dont_write_bytecode", False)
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
        return module

    def test_the_pip_of_the_base_writes_no_byte_code(
        self, module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        module.RUNNER = str(Layer(tmp_path / "base").path / "pip" / "__pip-runner__.py")
        monkeypatch.setattr(sys, "argv", ["pip", "freeze"])

        assert module.main() == 0
        assert capsys.readouterr().out == "base freeze\n"
        assert (sys.dont_write_bytecode, os.environ["PYTHONDONTWRITEBYTECODE"]) == (True, "1")

    def test_an_importable_pip_comes_first(self, module: Any, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (site / "pip").mkdir()
        (site / "pip" / "__init__.py").touch()
        (site / "pip" / "__main__.py").write_text("import sys\nsys.exit('own ' + sys.argv[1])\n")
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])
        monkeypatch.setattr(module, "find_spec", lambda _: True)
        monkeypatch.setattr(sys, "argv", ["pip", "freeze"])

        with patch.dict(sys.modules):  # so that no later test finds this pip
            for name in [name for name in sys.modules if name == "pip" or name.startswith("pip.")]:
                del sys.modules[name]
            with pytest.raises(SystemExit, match="own freeze"):
                module.main()

    @pytest.mark.parametrize(
        ("arguments", "command"),
        [
            (["install", "-r", "x.txt"], ["install", "--env", sys.prefix, "-r", "x.txt"]),
            (["uninstall", "-y", "six"], ["uninstall", "--env", sys.prefix, "six"]),
            (["show", "six"], ["why", "--env", sys.prefix, "six"]),
        ],
    )
    def test_without_a_pip_thinvenv_runs_the_command(
        self,
        module: Any,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
        arguments: list[str],
        command: list[str],
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["pip", *arguments])

        assert module.main() == 0
        assert capfd.readouterr().out == f"{command}\n"

    def test_other_commands_say_how_to_get_a_pip(self, module: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert (module.hand_over(["download", "six"]), module.hand_over([])) == (1, 1)
        assert capsys.readouterr().err.count("hint: thinvenv install pip") == 2

    def test_a_thinvenv_that_has_gone_is_an_error(
        self, module: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        module.THINVENV = (str(tmp_path / "absent"),)

        assert module.hand_over(["list"]) == 1
        assert "cannot be started" in capsys.readouterr().err
