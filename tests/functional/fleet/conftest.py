"""Clusters of this machine for the tests, which take minutes and run only if they are selected."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from support.projects import Project, make_index

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECTS = (
    Project("mine", "1.0"),
    Project("mine", "2.0"),
    Project("tool", entry_points="[console_scripts]\ntool = tool:main\n", modules={"tool.py": "main = lambda: None\n"}),
)


@pytest.fixture(autouse=True)
def _only_if_selected(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("cluster") and "cluster" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes, and runs with -m cluster")


@pytest.fixture(scope="session")
def ray_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a cluster of Ray with three nodes on this machine, whose environments come from a static index."""
    pytest.importorskip("ray")
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    variables = pytest.importorskip("thinvenv.ray").variables()
    folder = tmp_path_factory.mktemp("cluster")
    variables |= {
        "UV_DEFAULT_INDEX": make_index(folder / "index", PROJECTS),
        "UV_CACHE_DIR": str(folder / "uv"),
        "THINVENV_CACHE_DIR": str(folder / "cache"),
        "RAY_RUNTIME_ENV_THINVENV_CACHE_SIZE_GB": "0",
        "RAY_enable_worker_prestart": "0",
        "RAY_BAD_RUNTIME_ENV_CACHE_TTL_SECONDS": "0",
    }
    assert json.loads(variables["RAY_RUNTIME_ENV_PLUGINS"])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        cluster = cluster_utils.Cluster()
        for number in range(3):
            cluster.add_node(num_cpus=2, resources={f"node{number}": 10})
        cluster.wait_for_nodes()
        yield cluster
        cluster.shutdown()
    os.environ.pop("RAY_ADDRESS", None)
