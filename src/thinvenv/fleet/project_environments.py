"""The environments of a project, as tox and nox list them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from thinvenv.context.processes import Supervisor
from thinvenv.errors import BackendError, UsageError
from thinvenv.files import read_bytes
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from thinvenv.context.context import Context

Tool = Literal["tox", "nox"]
ValueT = TypeVar("ValueT")

_MARKS = {
    "tox.ini": b"[tox",
    "tox.toml": b"\n",
    "setup.cfg": b"[tox:tox]",
    "pyproject.toml": b"[tool.tox",
}
"""The files that configure tox, and what is in them if they do."""
_LISTINGS: dict[Tool, tuple[str, ...]] = {
    "tox": ("config", "--format", "json", "-k", "base_python", "thin_base"),
    "nox": ("--list", "--json"),
}
_DEPENDENCIES = ("deps", "constraints", "dependency_groups")
"""The keys of tox that say what an environment depends on."""


class ProjectEnvironment(NamedTuple):
    """An environment of tox, or a session of nox.

    Attributes:
        name: Its name, as ``tox -e`` or ``nox -s`` accepts it.
        python: Its interpreter, such as ``py312``, ``3.12`` or a path; empty if it is that of tox or nox.
        bases: Its further bases.

    """

    name: str
    python: str = ""
    bases: tuple[str, ...] = ()


def tool_of(folder: str) -> Tool:
    """Return the tool that a project is configured for.

    Args:
        folder: The folder of the project.

    Raises:
        UsageError: It is configured for none, or for both.

    """
    tools = tools_of(folder)
    if len(tools) == 1:
        return tools[0]
    if tools:
        raise UsageError(f"{folder} has a configuration of tox and a noxfile", hint="choose with --tox or --nox")
    raise UsageError(f"{folder} has neither a configuration of tox nor a noxfile", hint="cd to the project")


def tools_of(folder: str) -> list[Tool]:
    """Return the tools that a project is configured for."""
    tools: list[Tool] = []
    if any(mark in _content(os.path.join(folder, name)) for name, mark in _MARKS.items()):
        tools.append("tox")
    if os.path.isfile(os.path.join(folder, "noxfile.py")):
        tools.append("nox")
    return tools


def _content(path: str) -> bytes:
    """Return the content of a file with a byte before it, so that a file that is absent differs from an empty one."""
    try:
        return b"\n" + read_bytes(path)
    except OSError:
        return b""


def list_environments(tool: Tool, arguments: Sequence[str], context: Context) -> list[ProjectEnvironment]:
    """Return the environments of the project in the working directory, in the order of the tool.

    Args:
        tool: The tool, which runs as a process of its own.
        arguments: Further arguments for it, which select environments.
        context: The surroundings of the call.

    Raises:
        UsageError: The tool is not installed.
        BackendError: It failed, or prints something else.

    """
    return _listed(tool, (*_LISTINGS[tool], *arguments), context, _of_tox if tool == "tox" else _of_nox)


def dependencies(context: Context) -> dict[str, tuple[str, ...]]:
    """Return what the environments of tox in the working directory depend on, by their paths.

    The values are lines as in a requirements file, or the names of dependency groups after ``--group``.

    Args:
        context: The surroundings of the call.

    Raises:
        UsageError: tox is not installed.
        BackendError: It failed, or prints something else.

    """
    arguments = ("config", "--format", "json", "-k", "env_dir", *_DEPENDENCIES)
    return _listed("tox", arguments, context, _dependencies_in)


def _dependencies_in(document: Any) -> dict[str, tuple[str, ...]]:
    return {
        str(values["env_dir"]): (
            *_list(values, "deps"),
            *(f"-c {path}" for path in _list(values, "constraints")),
            *(f"--group {name}" for name in _list(values, "dependency_groups")),
        )
        for values in document["env"].values()
        if "env_dir" in values
    }


def _list(values: dict[str, Any], key: str) -> list[str]:
    """Return a value of tox that is a list; an empty one if tox could not evaluate it."""
    value = values.get(key)
    return [str(line) for line in value] if isinstance(value, list) else []


def _listed(tool: Tool, arguments: Sequence[str], context: Context, read: Callable[[Any], ValueT]) -> ValueT:
    """Return what a function reads from the JSON document that a tool prints for the project in the working directory.

    Raises:
        UsageError: The tool is not installed.
        BackendError: It failed, or its document has another form than the function expects.

    """
    completed = Supervisor().run(
        [_program(tool, context), *arguments],
        environ={**context.environ, "NO_COLOR": "1"},
        cwd=context.cwd,
        timeouts=context.timeouts,
    )
    if completed.returncode:
        output = completed.stderr.strip() or completed.stdout.strip() or f"exit status {completed.returncode}"
        why = (redacted(output),)
        raise BackendError(f"{tool} cannot list the environments of {context.cwd}", why=why)
    try:
        return read(_json_in(completed.stdout))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BackendError(f"the list of {tool} has an unknown form", why=(str(error),)) from error


def _program(tool: Tool, context: Context) -> str:
    folders = (context.environ.get("PATH", os.defpath), os.path.dirname(sys.executable))
    program = shutil.which(tool, path=os.pathsep.join(folders))
    if program is None:
        raise UsageError(f"{tool} is not installed", hint=f"pip install {tool}")
    return program


def _json_in(output: str) -> Any:
    """Return the JSON document in what a tool prints. A tox that installs itself first prints lines before it."""
    start = next((line for line in output.splitlines() if line.startswith(("{", "["))), output)
    return json.JSONDecoder().raw_decode(output[output.index(start) :])[0]


def _of_tox(document: Any) -> list[ProjectEnvironment]:
    return [
        ProjectEnvironment(name, _interpreter(values["base_python"]), tuple(values.get("thin_base") or ()))
        for name, values in document["env"].items()
        if "base_python" in values
    ]


def _interpreter(value: str | Sequence[str]) -> str:
    """Return the interpreter of an environment: the first of its list, or nothing if it is that of tox itself."""
    name = value if isinstance(value, str) else value[0]
    return "" if os.path.isabs(name) else name


def _of_nox(document: Any) -> list[ProjectEnvironment]:
    return [ProjectEnvironment(entry["session"], entry["python"] or "") for entry in document]
