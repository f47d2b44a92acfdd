"""What a killed process has left beside an environment, and what somebody else has put there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from thinvenv.context.reporter import Reporter
from thinvenv.creation import staging

if TYPE_CHECKING:
    from pathlib import Path

STRANGER = 54321


class Notes(Reporter):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def leave(root: Path, role: str, token: str = "1-deadbeef") -> Path:
    """Leave what a process that replaces an environment has beside it."""
    path = root.with_name(f".{root.name}.{token}.thinvenv-{role}")
    if role == "begun":
        path.touch()
    else:
        path.mkdir()
        (path / "from-aside").touch()
    return path


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("role", ["before", "begun", "old"])
def test_what_another_user_leaves_beside_an_environment_changes_nothing(role: str, tmp_path: Path) -> None:
    """In a folder such as ``/tmp``, everyone can create names, and nobody can rename what belongs to others."""
    tmp_path.chmod(0o1777)
    root, reporter = tmp_path / "env", Notes()
    (root / "bin").mkdir(parents=True)
    foreign = leave(root, role)
    os.chown(foreign, STRANGER, STRANGER)

    staging._recover(root, reporter)

    assert [path.name for path in root.iterdir()] == ["bin"]
    assert foreign.exists()
    assert reporter.notes == [f"passed over {foreign}: it belongs to another user"]


@pytest.mark.parametrize(("role", "content"), [("before", ["from-aside"]), ("begun", []), ("old", ["bin"])])
def test_what_a_killed_process_has_left_is_put_right(role: str, content: list[str], tmp_path: Path) -> None:
    root, reporter = tmp_path / "env", Notes()
    (root / "bin").mkdir(parents=True)
    leave(root, role)

    staging._recover(root, reporter)

    assert [path.name for path in root.iterdir()] == content
    assert [path.name for path in tmp_path.iterdir()] == ["env"]
