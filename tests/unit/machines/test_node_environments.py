"""The environments that a node of a cluster makes: each request once, and nothing left of those that fail."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.projects import Project
from thinvenv.errors import BackendError
from thinvenv.machines.node_environments import NodeEnvironments, closure_of, folder_of
from thinvenv.machines.node_request import read_request, uri_of

if TYPE_CHECKING:
    from support.venv import Indexer

LOGGER = logging.getLogger("test")


@pytest.fixture
def environments(tmp_path: Path) -> NodeEnvironments:
    """Return a node without environments; what they all need is `packaging`."""
    return NodeEnvironments(str(tmp_path / "node"), "packaging")


async def create(environments: NodeEnvironments, section: Any) -> int:
    request = read_request(section)
    uri = uri_of(request, {})
    return await environments.create(uri, request, cwd="", environ=os.environ, logger=LOGGER)


def test_many_calls_make_one_environment(environments: NodeEnvironments, index: Indexer) -> None:
    index(Project("mine"))

    async def create_many() -> list[int]:
        return await asyncio.gather(*(create(environments, ["mine"]) for _ in range(16)))

    sizes = asyncio.run(create_many())

    uri = uri_of(read_request(["mine"]), {})
    prefix = environments.prefix_of(uri)
    script = "import mine, packaging, sys; print(sys.prefix)"
    output = subprocess.run([f"{prefix}/bin/python", "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == prefix
    assert sum(size > 0 for size in sizes) == 1
    assert environments.delete(uri) == max(sizes)
    assert not os.path.exists(prefix)
    assert environments.delete(uri) == 0


def test_a_failure_has_the_words_of_the_command_and_leaves_nothing(
    environments: NodeEnvironments, index: Indexer
) -> None:
    index()

    with pytest.raises(BackendError, match=r"(?s)cannot make an environment on .*error: no set of distributions"):
        asyncio.run(create(environments, {"packages": ["absent"], "only_reuse": ["mine"]}))

    assert os.listdir(environments.folder) == ["empty"]


def test_a_cancelled_call_kills_its_processes_and_leaves_nothing(environments: NodeEnvironments) -> None:
    async def give_up() -> None:
        await asyncio.wait_for(create(environments, ["mine"]), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())

    assert os.listdir(environments.folder) == ["empty"]


def test_nodes_of_one_machine_have_folders_of_their_own(tmp_path: Path) -> None:
    options = [f"--runtime-env-dir={tmp_path}", "--logging-level", "INFO"]

    folders = [folder_of([*options, f"--node-id={letter * 56}"]) for letter in "ab"]

    assert folders == [str(tmp_path / "thinvenv" / (letter * 8)) for letter in "ab"]


def test_without_an_agent_the_folder_is_a_temporary_one() -> None:
    folder = Path(folder_of([]))

    assert folder.is_dir()
    folder.rmdir()


def test_the_closure_of_a_distribution_is_what_it_requires_here() -> None:
    names = closure_of("Hypothesis")

    assert {"hypothesis", "sortedcontainers"} <= names
    assert "numpy" not in names  # only an extra requires it
    assert closure_of("absent") == set()
