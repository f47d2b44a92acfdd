"""Thin environments in a real cluster of Ray: three nodes on this machine, of which some are killed."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.tox_projects import ToxProject

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("default")]


@pytest.fixture
def ray(ray_cluster: Any) -> Iterator[Any]:
    """Return the module ``ray``, connected to the cluster."""
    module = pytest.importorskip("ray")
    module.init(address=ray_cluster.address, log_to_driver=False, logging_level="ERROR")
    yield module
    module.shutdown()


def describe() -> tuple[str, str, str]:
    """Return the version of what was installed, the environment and the node of the task that calls this."""
    mine, module = importlib.import_module("mine"), importlib.import_module("ray")
    return mine.__version__, sys.prefix, module.get_runtime_context().get_node_id()


def task(ray: Any, function: Any, runtime_env: dict[str, Any], **options: Any) -> Any:
    """Return a task that runs a function, sent by value because nodes have no tests."""
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return ray.remote(runtime_env=runtime_env, **options)(function)


def message_of(ray: Any, runtime_env: dict[str, Any]) -> str:
    with pytest.raises(ray.exceptions.RuntimeEnvSetupError) as caught:
        ray.get(task(ray, describe, runtime_env).remote())
    return str(caught.value)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_conflicting_versions_run_beside_each_other(ray: Any, reuse: str) -> None:
    sections = [{"packages": [f"mine=={version}.0"], "reuse": reuse} for version in (1, 2)]

    answers = ray.get([task(ray, describe, {"thinvenv": section}).remote() for section in sections])

    assert [version for version, *_ in answers] == ["1.0", "2.0"]
    assert all(prefix != sys.prefix for _, prefix, _ in answers)


def test_many_tasks_share_an_environment_that_each_node_makes_once(ray: Any) -> None:
    runtime_envs = [{"thinvenv": ["mine"], "env_vars": {"NUMBER": str(number % 4)}} for number in range(16)]

    answers = ray.get([task(ray, describe, env, scheduling_strategy="SPREAD").remote() for env in runtime_envs])

    assert {version for version, *_ in answers} == {"2.0"}
    assert len({prefix for _, prefix, _ in answers}) == len({node for *_, node in answers})


def test_a_failed_install_is_the_error_of_the_task(ray: Any) -> None:
    text = message_of(ray, {"thinvenv": ["absent>=2"]})

    assert "error: no set of distributions satisfies the requirements" in text
    assert "absent" in text


def test_another_installer_is_refused_by_name(ray: Any) -> None:
    assert '"thinvenv" cannot be combined with "pip"' in message_of(ray, {"thinvenv": ["mine"], "pip": ["mine"]})


def test_the_schema_rejects_a_field_before_anything_is_sent(ray: Any) -> None:
    runtime_env = ray.runtime_env.RuntimeEnv()
    runtime_env.set("thinvenv", {"packages": ["mine"], "reuse": "link"})

    with pytest.raises(pytest.importorskip("jsonschema").ValidationError):
        runtime_env.set("thinvenv", {"package": ["mine"]})


def test_files_of_the_working_directory_and_scripts(ray: Any, ray_cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "reqs.txt").write_text("tool\n")
    ray.shutdown()
    runtime_env = {"thinvenv": {"packages": ["-r reqs.txt"]}, "working_dir": str(tmp_path)}
    ray.init(address=ray_cluster.address, log_to_driver=False, logging_level="ERROR", runtime_env=runtime_env)

    status = ray.get(ray.remote(lambda: subprocess.run(["tool"], check=False).returncode).remote())

    assert status == 0


def test_what_nobody_uses_is_removed(ray: Any, ray_cluster: Any) -> None:
    _, prefix, _ = ray.get(task(ray, describe, {"thinvenv": ["mine", "tool"]}, max_calls=1).remote())
    ray.shutdown()  # the job ends, and with it the use of its environments

    wait_until(lambda: not os.path.exists(prefix))
    assert ray_cluster.list_all_nodes()


def test_a_task_whose_node_is_killed_while_it_installs_runs_elsewhere(ray: Any, ray_cluster: Any) -> None:
    node = ray_cluster.add_node(num_cpus=2, resources={"slow": 2})
    ray_cluster.wait_for_nodes()
    runtime_env = {"thinvenv": {"packages": ["mine==1.0", "tool"], "reuse": "link"}}
    function = task(ray, describe, runtime_env, max_retries=3, num_cpus=1)
    pending = function.options(resources={"slow": 1}).remote()
    folder = Path(node.get_runtime_env_dir_path(), "thinvenv", node.node_id[:8])
    wait_until(folder.is_dir)

    ray_cluster.remove_node(node, allow_graceful=False)
    ray_cluster.add_node(num_cpus=2, resources={"slow": 2})

    version, prefix, _ = ray.get(pending, timeout=300)
    assert version == "1.0"
    assert not prefix.startswith(str(folder))


def test_fleet_run_ends_as_tox_does_although_a_node_dies(ray_cluster: Any, project: ToxProject, tmp_path: Path) -> None:
    node = ray_cluster.add_node(num_cpus=4, env_vars={"NODE": "dies"})
    ray_cluster.wait_for_nodes()
    write_environments(project, tmp_path)
    local = subprocess.run(["tox", "-p", "2"], cwd=project.root, capture_output=True, text=True, check=False)
    command = [sys.executable, "-m", "thinvenv", "fleet", "run", "--address", ray_cluster.address, "-e", "ALL"]
    with subprocess.Popen([*command, "--result-json", "r.json"], cwd=project.root, stdout=-1, text=True) as process:
        wait_until(lambda: any(path.read_text() == "dies" for path in tmp_path.glob("*.node")))
        ray_cluster.remove_node(node, allow_graceful=False)
        output, _ = process.communicate(timeout=900)

    assert outcomes(output) == outcomes(local.stdout)
    assert outcomes(output)["fails"] == "FAIL code 3"
    assert len(outcomes(output)) == 60
    assert {f"a{number} | live" for number in range(1, 57)} <= set(output.splitlines())
    assert process.returncode == local.returncode == 1
    assert "a1 | " in output
    assert '"a1"' in (project.root / "r.json").read_text()


def write_environments(project: ToxProject, folder: Path) -> None:
    """Write environments of every outcome; those that take long write the node that runs them into a folder."""
    mark = f"open(r'{folder}/{{env_name}}.node', 'w').write(os.environ.get('NODE', ''))"
    script = f"import mine, os, time; {mark}; print('live', flush=True); time.sleep(1)"
    body = f'deps = mine\npass_env = NODE\ncommands = python -c "{script}"\n[testenv:old]\ndeps = mine<2\n'
    body += "[testenv:skipped]\nbase_python = python3.99\n"
    body += "[testenv:fails]\ncommands = python -c 'raise SystemExit(3)'\n"
    body += "[testenv:ignored]\ncommands = python -c 'raise SystemExit(4)'\nignore_outcome = true\n"
    names = ", ".join([*(f"a{number}" for number in range(1, 57)), "old", "skipped", "fails", "ignored"])
    names += "\nskip_missing_interpreters = true"
    project.configure(Path(sys.executable), body, env_list=names)


def test_a_changed_ray_is_named_beside_the_versions_that_were_run() -> None:
    plugin = pytest.importorskip("thinvenv.ray")
    version = pytest.importorskip("ray").__version__

    for method in ("create", "delete_uri"):
        changed = type("Plugin", (plugin.RuntimeEnvPlugin,), {method: print})
        with pytest.raises(ImportError, match=rf"not support Ray {version}.*Plugin\.{method}.*run with Ray .*2\.60\.0"):
            plugin.check_interface(changed, plugin.RuntimeEnvContext)
    with pytest.raises(ImportError, match="object has no command_prefix"):
        plugin.check_interface(plugin.RuntimeEnvPlugin, object)


def outcomes(output: str) -> dict[str, str]:
    """Return the outcome of each environment in the last lines of a run."""
    lines = [line.strip() for line in output.splitlines() if line.startswith("  ") and line.endswith(" seconds)")]
    return {name: rest.partition(" (")[0] for name, _, rest in (line.partition(": ") for line in lines) if rest}
