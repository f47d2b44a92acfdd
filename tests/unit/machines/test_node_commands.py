"""The processes that run commands on a node: ready before they are needed, and replaced when they have gone."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from thinvenv.machines.node_commands import NodeCommands, waited_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_command_brings_its_directory_and_its_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(os.getcwd())
    monkeypatch.setattr(os, "environ", {"OLD": "1"})
    command = {"arguments": ["create", "é"], "cwd": str(tmp_path), "environ": {"NEW": "2"}}

    assert waited_for([json.dumps(command)]) == ["create", "é"]
    assert (os.getcwd(), dict(os.environ)) == (str(tmp_path), {"NEW": "2"})


def test_a_process_without_a_command_ends() -> None:
    assert waited_for([]) == []


def test_a_process_that_has_gone_is_replaced() -> None:
    commands = NodeCommands()
    ready = commands._ready
    assert ready is not None
    ready.kill()
    ready.communicate()

    status, output = asyncio.run(commands.run(["install", "--frozen-lock"], os.getcwd(), os.environ))

    assert status == 2
    assert "error: " in output
    commands._prepare()
    assert commands._ready is not None
    assert commands._ready.communicate("")[1] == ""
    assert commands._ready.returncode == 0
