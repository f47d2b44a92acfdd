"""A Ray cluster that runs the tox environments of a project, each as one task."""

from __future__ import annotations

import os
import socket
import time
import warnings
from contextlib import contextmanager
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from thinvenv.errors import ClusterError, UsageError
from thinvenv.machines import node_run
from thinvenv.machines.live_output import LiveOutput
from thinvenv.machines.tox_results import EnvironmentResult, read_result, without_summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

RETRIES = 3
"""How often an environment starts again on another node after its node was lost."""
_NEVER_SHIPPED = ("/.tox", "/.nox", "/.venv", "__pycache__")
_SECONDS_TO_CONNECT = 10
_EMPTY_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""A frame of HTTP/2: its length, the type SETTINGS, and zeros."""
_SECONDS_TO_DESCRIBE = 60
_SECONDS_OF_A_LOOK = 0.2
_SECONDS_TO_STOP = 2


@contextmanager
def connected(address: str, project: str, excludes: Iterable[str] = ()) -> Iterator[Any]:
    """Connect to a cluster, ship a project to it, and yield the module ``ray``.

    Args:
        address: ``ray://HOST:10001``, ``HOST:6379`` on a node of the cluster, or ``auto``.
        project: The folder of the project, which becomes the working directory of all tasks.
        excludes: Patterns of ``.gitignore`` for what is not shipped.

    Raises:
        UsageError: Ray is not installed.
        ClusterError: The cluster cannot be reached, or the project is too large.

    """
    try:
        ray = import_module("ray")
    except ImportError as error:
        raise UsageError("Ray is not installed", why=(str(error),), hint="pip install 'thinvenv[ray]'") from error
    runtime_env = {"working_dir": project, "excludes": [*_NEVER_SHIPPED, *excludes]}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings that announce the error
            ray.init(address=address, runtime_env=runtime_env, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # Ray raises errors of many kinds, some of them built-in ones
        raise connection_error(str(error), address, project) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def connection_error(text: str, address: str, project: str) -> ClusterError:
    """Return the error for what Ray says of a connection that failed.

    Args:
        text: The message of Ray.
        address: The address of the cluster.
        project: The folder that was to be shipped.

    """
    what, lower = f"cannot connect to the cluster at {address}", text.lower()
    if "size" in lower and "exceeds" in lower:
        what = f"{project} is too large to ship to the cluster"
        hint = "leave out what tests do not need with --exclude PATTERN"
    elif "version" in lower and "mismatch" in lower:
        hint = "run this command with the versions of Ray and Python that the cluster has"
    elif "time" in lower and "out" in lower:
        hint = (
            "what answers there may be no Ray: ray://HOST:10001 is the port of the client, HOST:6379 that of the head"
        )
    else:
        hint = "Ray's own settings apply here, too: a cluster with tokens needs RAY_AUTH_MODE=token"
    return ClusterError(what, why=(text,), hint=hint)


def check_address(address: str) -> None:
    """Check that a server of gRPC answers at an address: Ray itself would retry for minutes.

    Raises:
        UsageError: The address has no port.
        ClusterError: Nothing answers, or something else than gRPC.

    """
    if address in {"auto", "local"}:
        return
    host, _, port = address.rpartition("//")[2].rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"`--address` cannot be `{address}`", hint="ray://HOST:10001, HOST:6379 or auto")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_CONNECT) as connection:
            if os.environ.get("RAY_USE_TLS", "0") == "0" and not _speaks_http2(connection):
                raise ConnectionError("the server there is not Ray")
    except (OSError, OverflowError) as error:
        hint = "is the cluster up, and the port open? `ray status` on the head node says more"
        raise ClusterError(f"no cluster answers at {address}", why=(str(error),), hint=hint) from error


def _speaks_http2(connection: socket.socket) -> bool:
    """Return whether a server begins as one of HTTP/2 (RFC 9113, section 3.4), which gRPC is based on."""
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _EMPTY_SETTINGS)
    return connection.recv(len(_EMPTY_SETTINGS))[3:4] == _EMPTY_SETTINGS[3:4]


def check_nodes(ray: Any) -> None:
    """Check that each node of a cluster has tox and this version of thinvenv.

    Raises:
        ClusterError: Some have not; all of them are named.

    """
    strategies = import_module("ray.util.scheduling_strategies")
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    tasks = {
        _remote(ray, node_run.describe, 0)
        .options(scheduling_strategy=strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False))
        .remote(): node
        for node in nodes
    }
    answers, _ = ray.wait(list(tasks), num_returns=len(tasks), timeout=_SECONDS_TO_DESCRIBE)
    problems = []
    for task in answers:
        try:
            problems += problems_of(ray.get(task), tasks[task]["NodeManagerAddress"])
        except ray.exceptions.RayError:  # the node has gone; what runs later runs elsewhere
            continue
    if problems or not answers:
        version = metadata.version("thinvenv")
        raise ClusterError(
            "the nodes of the cluster cannot run the environments",
            why=tuple(problems) or ("no node has a processor that is free for tasks",),
            hint=f"install into the Python of each node: pip install thinvenv[tox]=={version}" if problems else None,
        )


def problems_of(description: dict[str, str], address: str) -> list[str]:
    """Return what is missing on a node, one line for each."""
    place = f"{description['host']} ({address}, Python {description['python']})"
    version = metadata.version("thinvenv")
    problems = []
    if not description["thinvenv"]:
        problems.append(f"{place} has no thinvenv")
    elif description["thinvenv"] != version:
        problems.append(f"{place} has thinvenv {description['thinvenv']}, this is thinvenv {version}")
    if not description["tox"]:
        problems.append(f"{place} has no tox")
    return problems


def run(
    ray: Any, names: Sequence[str], project: str, arguments: Sequence[str], write: Callable[[str], object]
) -> dict[str, EnvironmentResult]:
    """Run environments on a cluster, show their output while they run, and return their results.

    Args:
        ray: The module of a connected Ray.
        names: The environments.
        project: The folder of the project.
        arguments: Further arguments for tox.
        write: Receives the output.

    Raises:
        ClusterError: The cluster is lost.

    """
    start = time.monotonic()
    function = _remote(ray, node_run.run_environment, 1).options(max_retries=RETRIES, scheduling_strategy="SPREAD")
    folder = os.path.basename(os.path.abspath(project)) or "project"
    output, results = LiveOutput(write), {}
    tasks: dict[Any, str] = {}
    try:
        queue = _queue_on_head(ray)
        tasks = {function.remote(name, folder, list(arguments), queue): name for name in names}
        while tasks:
            ended, _ = ray.wait(list(tasks), timeout=_SECONDS_OF_A_LOOK)
            for message in _messages(ray, queue):
                output.show(*message)
            for task in ended:
                name = tasks.pop(task)
                results[name] = _result_of(ray, task, name, time.monotonic() - start, output)
    except ConnectionError as error:
        raise ClusterError("the connection to the cluster is lost", why=(str(error),)) from error
    finally:
        for task in tasks:
            ray.cancel(task)
        if tasks:
            ray.wait(list(tasks), num_returns=len(tasks), timeout=_SECONDS_TO_STOP)  # for each task to stop its tox
    return results


def _queue_on_head(ray: Any) -> Any:
    """Return a queue for the output of environments, on the node that the cluster cannot lose."""
    strategies, queue = import_module("ray.util.scheduling_strategies"), import_module("ray.util.queue")
    options = {}
    for node in ray.nodes():
        if "node:__internal_head__" in node["Resources"]:
            options["scheduling_strategy"] = strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=True)
    return queue.Queue(actor_options={"num_cpus": 0, **options})


def _messages(ray: Any, queue: Any) -> list[Any]:
    """Return the messages of :func:`thinvenv.machines.node_run.run_environment`; none if the queue is lost."""
    try:
        return list(queue.get_nowait_batch(queue.size()))
    except ray.exceptions.RayError:
        return []


def _result_of(ray: Any, task: Any, name: str, seconds: float, output: LiveOutput) -> EnvironmentResult:
    """Return the result of an environment that has ended, and show what is left of its output."""
    try:
        answer = ray.get(task)
    except ray.exceptions.RayError as error:
        output.fail(name, f"the cluster did not run {name}: {error}")
        return without_summary(name, "FAIL code 1", seconds)
    output.show(name, answer["run"], 0, answer["lines"])
    return read_result(name, answer["status"], answer["lines"], answer["journal"], seconds)


def _remote(ray: Any, function: Any, processors: int) -> Any:
    """Return a function as a task of Ray that carries its code, so that nodes need not have this module."""
    ray.cloudpickle.register_pickle_by_value(node_run)
    return ray.remote(num_cpus=processors)(function)
