"""Prints the seconds until a task of Ray has run in a runtime environment, and where Ray writes. It runs on its own.

The arguments are the field of the runtime environment, ``pip``, ``uv`` or ``thinvenv``, and its packages; or
``env_vars`` for one that installs nothing, but needs a worker of its own, too.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time


def versions() -> list[str]:
    """Return the versions that a task imports: what was installed, and what the base has."""
    return [importlib.import_module(name).__version__ for name in ("idna", "numpy")]


def main() -> None:
    """Start Ray, run the task, and print the result as JSON."""
    field, *packages = sys.argv[1:]
    lines = subprocess.run([sys.executable, "-m", "thinvenv.ray"], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        os.environ[name] = value.strip("'")
    import ray  # noqa: PLC0415 - it reads the variables

    context = ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    plain = ray.remote(versions)
    ray.get(ray.remote(lambda: None).remote())  # the cluster is up
    start = time.perf_counter()
    wanted = {"PACKAGES": " ".join(packages)} if field == "env_vars" else packages
    answer = ray.get(plain.options(runtime_env={field: wanted}).remote())
    seconds = time.perf_counter() - start
    folder = os.path.join(context.address_info["session_dir"], "runtime_resources")
    sys.stdout.write(json.dumps({"seconds": seconds, "folder": folder, "versions": answer}) + "\n")
    ray.shutdown()


if __name__ == "__main__":
    main()
