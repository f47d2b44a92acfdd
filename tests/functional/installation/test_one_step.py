"""Installs in one step: uv resolves and installs in one process where nothing has to be decided before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.audit import recorded_audit_events
from support.bases import snapshot
from support.projects import Project, build_wheel
from support.venv import Indexer, Venv, actions
from thinvenv.environments.state import read_state
from thinvenv.errors import ResolutionError
from thinvenv.installation import one_step_install

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from thinvenv.model import Plan

TOOL = Project(
    "tool", "1.0", modules={"tool.py": "def main(): print(1)\n"}, entry_points="[console_scripts]\ntool=tool:main\n"
)


def commands_of_uv(events: list[tuple[str, str]]) -> list[str]:
    """Return the command lines of uv among audit events."""
    return [arguments for event, arguments in events if event == "subprocess.Popen" and "'pip'" in arguments]


def test_an_install_with_nothing_to_reuse_starts_uv_once(venv: Venv, index: Indexer) -> None:
    index(Project("alpha", requires=("beta>=1",)), Project("beta", "1.5"))

    with recorded_audit_events() as events:
        plan = venv.install("alpha")

    assert len(commands_of_uv(events)) == 1
    assert [(str(step.candidate), step.because) for step in plan.installed] == [
        ("alpha 1.0", ("alpha",)),
        ("beta 1.5", ("alpha", "beta>=1")),
    ]


def test_an_install_of_what_a_base_lacks_starts_uv_once(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", requires=("beta>=1",)), Project("beta", "1.5"))
    index(Project("beta", "2.0"), Project("gamma", requires=("alpha", "delta")), Project("delta"))

    with recorded_audit_events() as events:
        plan = venv.install("gamma")

    assert len(commands_of_uv(events)) == 1
    assert actions(plan) == {"gamma": "install", "delta": "install", "alpha": "reuse", "beta": "reuse"}


def test_what_does_not_fit_is_removed_and_resolved_with_all_requirements(
    venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", requires=("beta<2",)), Project("beta", "1.5"))
    index(
        *(Project("beta", version) for version in ("1.5", "2.0")),
        Project("gamma", "2.0", requires=("beta",)),
        Project("gamma", "3.0", requires=("beta>=2", "delta")),
        Project("delta"),
    )
    planned = venv.plan("alpha", "gamma")

    plan = venv.install("alpha", "gamma")

    assert plan._replace(placed=()) == planned
    assert actions(plan) == {"gamma": "install", "alpha": "reuse", "beta": "reuse"}
    assert venv.version("gamma") == "2.0"
    assert not list(venv.site.glob("delta*"))
    assert not venv.plan("alpha", "gamma").changes


def _reinstall(venv: Venv, wheel: Path) -> tuple[Plan, int]:
    """Install a wheel as tox does, and return the plan and how many processes of uv this took."""
    with recorded_audit_events() as events:
        plan = venv.install("--force-reinstall", "--no-deps", str(wheel), keep=False, skip_unchanged=True)
    return plan, len(commands_of_uv(events))


def test_a_local_wheel_is_installed_again_only_if_it_or_its_files_have_changed(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index()
    folders = [tmp_path / name for name in ("first", "second", "third")]
    wheels = [build_wheel(TOOL, folder) for folder in folders[:2]]
    assert _reinstall(venv, wheels[0])[1] == 1

    plan, count = _reinstall(venv, wheels[1])
    assert (plan.changes, count) == ((), 0)

    os.utime(venv.site / "tool.py", (1, 1))
    assert [_reinstall(venv, wheels[1])[1] for _ in range(2)] == [1, 0]
    changed = build_wheel(Project("tool", "1.0", modules={"tool.py": "x = 2\n"}), folders[2])
    plan, count = _reinstall(venv, changed)
    assert (actions(plan), count) == ({"tool": "install"}, 1)
    assert venv.run("import tool; print(tool.x)") == "2"
    assert not (venv.prefix / "bin" / "tool").exists()


def test_uv_installs_a_local_wheel_again_without_a_look_at_the_interpreter(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index()
    wheel = build_wheel(TOOL, tmp_path / "wheel")
    venv.install("--no-deps", str(wheel))
    (venv.site / "tool.py").unlink()

    with recorded_audit_events() as events:
        plan = venv.install("--force-reinstall", "--no-deps", str(wheel))

    (command,) = commands_of_uv(events)
    assert "reinstall" not in command
    assert actions(plan) == {"tool": "install"}
    assert venv.run("import tool; tool.main()") == "1"


def test_a_local_wheel_that_uv_does_not_install_again_stays_as_it_is(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index()
    wheel = build_wheel(TOOL, tmp_path / "wheel")
    venv.install("--no-deps", str(wheel))
    before = snapshot(venv.site)
    inventory = read_state(venv.prefix, venv.context).inventory

    with (
        pytest.raises(one_step_install._UnsuitableError),
        one_step_install._outdated(["tool"], inventory) as names,
    ):
        assert names == {"tool"}

    assert {path: entry[1:] for path, entry in snapshot(venv.site).items()} == {
        path: entry[1:] for path, entry in before.items()
    }
    wheel.write_bytes(b"no archive")
    with pytest.raises(ResolutionError):
        venv.install("--force-reinstall", "--no-deps", str(wheel))
    assert venv.run("import tool; tool.main()") == "1"
