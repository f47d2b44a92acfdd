"""What a node of a cluster runs, with the standard library alone: one environment of tox.

The driver sends these functions with their code, so that a node without thinvenv can say that it has none.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib import metadata


def describe() -> dict[str, str]:
    """Return what a node is: its host, its Python, and the versions of what it needs; empty if that is missing."""
    versions = {"host": socket.gethostname(), "python": platform.python_version()}
    for name in ("thinvenv", "tox"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = ""
    return versions


def run_environment(name: str, folder: str, arguments: list[str]) -> dict[str, object]:
    """Run one environment of the project in the working directory, in a copy of the project.

    Environments of a node run at the same time, and builds write into the project.

    Args:
        name: The environment.
        folder: The name of the folder of the project.
        arguments: Further arguments for tox.

    Returns:
        The exit ``status`` of tox, its ``output``, its ``journal`` (what ``--result-json`` has written, as text), and
        the ``host``.

    """
    source = os.getcwd()
    scratch = tempfile.mkdtemp(prefix="thinvenv-fleet-")
    try:
        project, journal = os.path.join(scratch, folder), os.path.join(scratch, "result.json")
        shutil.copytree(source, project, symlinks=True)
        command = [sys.executable, "-P", "-m", "tox", "run", "-e", name, "--workdir", os.path.join(scratch, "tox")]
        # Ray adds the project to PYTHONPATH.
        path = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != source]
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        environ |= {"PYTHONPATH": os.pathsep.join(path)} if path else {}
        completed = subprocess.run(
            [*command, "--result-json", journal, "--colored", "no", *arguments],
            cwd=project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = ""
        if os.path.isfile(journal):
            with open(journal, encoding="utf-8", errors="replace") as file:
                text = file.read()
        output = completed.stdout.decode("utf-8", "replace").replace(scratch + os.sep, "")
        return {"status": completed.returncode, "output": output, "journal": text, "host": socket.gethostname()}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
