"""What notebooks show and run: HTML tables, and the magic of IPython."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import thinvenv
from thinvenv.model import Candidate, Distribution, Finding, Health, Install, Plan, Reuse

if TYPE_CHECKING:
    from pathlib import Path


def html(value: Any) -> str:
    text = value._repr_html_()
    assert isinstance(text, str)
    return text


def test_a_plan_is_a_table_whose_texts_are_no_html() -> None:
    base = Distribution("numpy", "1.0", "/base/numpy-1.0.dist-info", "/base")
    steps = (Install(Candidate("alpha", None), ("<b>alpha</b>",)), Reuse(base, ("alpha", "numpy\x1b")))
    table = html(Plan(steps, warnings=("a <warning>",)))

    assert table.startswith("<table><caption>reuse 1, install 1<br>warning: a &lt;warning&gt;</caption>")
    assert "<td>install</td><td>alpha</td><td></td><td>index</td><td>&lt;b&gt;alpha&lt;/b&gt;</td>" in table
    assert r"<td>alpha -&gt; numpy\x1b</td>" in table
    assert html(Plan()) == "<table><caption>reuse 0</caption></table>"
    assert Plan(steps).saved == 0


def test_a_health_is_a_table() -> None:
    table = html(Health("/env", (Finding("drift", "numpy is gone"),)))

    assert "<caption>/env: not as planned</caption>" in table
    assert "<td>error</td><td>drift</td><td>numpy is gone</td>" in table


class UsageError(Exception):
    """Stands for the error of IPython that is shown without a traceback."""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a shell that registers magics as IPython does, where IPython is not installed."""
    error: Any = ModuleType("IPython.core.error")
    error.UsageError = UsageError
    for name in ("IPython", "IPython.core"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "IPython.core.error", error)
    magics: dict[str, Any] = {}
    register = lambda function, kind, name: magics.update({(kind, name): function})  # noqa: E731 - a method of IPython
    return SimpleNamespace(magics=magics, register_magic_function=register)


def test_the_magic_runs_commands_for_the_environment_of_the_process(
    shell: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def main(words: list[str]) -> int:
        calls.append(words)
        return 0

    monkeypatch.setattr("thinvenv.cli.main", main)
    API.load_ipython_extension(shell)
    run = shell.magics["line", "thinvenv"]

    for line in ("install 'numpy >= 2' -q", "check", "plan --env=other x", "create .venv", ""):
        run(line)

    assert calls == [
        ["install", "--env", sys.prefix, "numpy >= 2", "-q"],
        ["check", "--env", sys.prefix],
        ["plan", "--env=other", "x"],
        ["create", ".venv"],
        [],
    ]


def test_a_command_that_fails_stops_the_notebook_without_a_traceback(
    shell: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    API.load_ipython_extension(shell)
    run = shell.magics["line", "thinvenv"]

    with pytest.raises(UsageError, match=r"thinvenv install --nothing: exit status 2"):
        run("install --nothing")
    assert "unrecognized arguments: --nothing" in capfd.readouterr().err
    with pytest.raises(UsageError, match=r"thinvenv why thinvenvv: exit status 1"):
        run("why thinvenvv")
    assert "did you mean `thinvenv`?" in capfd.readouterr().err


def test_ipython_loads_the_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    module = pytest.importorskip("IPython.core.interactiveshell")
    without_history = pytest.importorskip("traitlets.config").Config({"HistoryManager": {"enabled": False}})
    shell = module.InteractiveShell(config=without_history)
    shell.run_line_magic("load_ext", "thinvenv")

    assert "thinvenv" in shell.magics_manager.magics["line"]


API: Any = thinvenv
"""The package without its types: the extension is not a public name."""
