"""Clusters of this machine for the tests, which take minutes and run only if they are selected."""

from __future__ import annotations

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
def cluster_variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of all nodes: the plugin, a static index, and caches."""
    pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp("cluster")
    variables: dict[str, str] = pytest.importorskip("thinvenv.ray").variables()
    return variables | {
        "UV_DEFAULT_INDEX": make_index(folder / "index", PROJECTS),
        "UV_CACHE_DIR": str(folder / "uv"),
        "THINVENV_CACHE_DIR": str(folder / "cache"),
        "RAY_RUNTIME_ENV_THINVENV_CACHE_SIZE_GB": "0",
        "RAY_enable_worker_prestart": "0",
    }


@pytest.fixture(scope="session")
def three_nodes(cluster_variables: dict[str, str]) -> Iterator[Any]:
    """Return a cluster of Ray with three nodes on this machine."""
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster_variables.items():
            patch.setenv(name, value)
        cluster = cluster_utils.Cluster()
        for _ in range(3):
            cluster.add_node(num_cpus=2)
        cluster.wait_for_nodes()
        yield cluster
        cluster.shutdown()


@pytest.fixture
def ray_cluster(three_nodes: Any, cluster_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the cluster; the nodes that a test adds have the variables of the others."""
    for name, value in cluster_variables.items():
        monkeypatch.setenv(name, value)
    return three_nodes
