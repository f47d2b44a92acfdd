"""A plugin for Ray: runtime environments that are thin over the Python of each node.

``python -m thinvenv.ray`` prints the variables that have to be set before Ray is started on a node.
"""

from __future__ import annotations

import inspect
import json
import os
import shlex
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from thinvenv.errors import ThinvenvError
from thinvenv.machines import node_request
from thinvenv.machines.node_environments import NodeEnvironments, folder_of

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

RAY_VERSIONS = ("2.7.0", "2.9.3", "2.10.0", "2.30.0", "2.40.0", "2.50.1", "2.60.0")
"""The versions of Ray that this module was run with: plugins are a private interface of Ray. 2.3.0 does not work."""

_METHODS = {
    "validate": ["runtime_env_dict"],
    "get_uris": ["self", "runtime_env"],
    "create": ["self", "uri", "runtime_env", "context", "logger"],
    "modify_context": ["self", "uris", "runtime_env", "context", "logger"],
    "delete_uri": ["self", "uri", "logger"],
}
_CONTEXT = {"command_prefix", "env_vars", "py_executable"}


def _unsupported(what: str) -> ImportError:
    try:
        version = metadata.version("ray")
    except metadata.PackageNotFoundError:
        return ImportError("thinvenv.ray needs Ray, which is not installed; run: pip install 'thinvenv[ray]'")
    return ImportError(
        f"thinvenv.ray does not support Ray {version}, whose plugins of runtime environments have changed ({what}); "
        f"it was run with Ray {', '.join(RAY_VERSIONS)}"
    )


try:
    from ray._private.runtime_env.context import RuntimeEnvContext
    from ray._private.runtime_env.plugin import RuntimeEnvPlugin
except ImportError as import_error:
    raise _unsupported(str(import_error)) from import_error


def check_interface(plugin: type, context: type) -> None:
    """Check that the classes of Ray are those that this module is written for.

    Args:
        plugin: The base class of plugins.
        context: The class of what a plugin changes: how a worker is started.

    Raises:
        ImportError: They have changed.

    """
    for name, parameters in _METHODS.items():
        method = getattr(plugin, name, None)
        if method is None or list(inspect.signature(method).parameters) != parameters:
            raise _unsupported(f"{plugin.__name__}.{name}")
    missing = _CONTEXT - set(inspect.signature(context).parameters)
    if missing:
        raise _unsupported(f"{context.__name__} has no {min(missing)}")


check_interface(RuntimeEnvPlugin, RuntimeEnvContext)


class ThinvenvPlugin(RuntimeEnvPlugin):  # type: ignore[misc,unused-ignore]  # Ray may not be installed
    """Makes the environments of ``runtime_env={"thinvenv": {"packages": [...]}}`` on each node.

    Ray loads it into its agent on a node if ``RAY_RUNTIME_ENV_PLUGINS`` names this class.
    """

    name = node_request.FIELD
    priority = 5  # before pip, uv and conda (10), so that it can refuse them

    def __init__(self) -> None:
        self._environments = NodeEnvironments(folder_of(sys.argv[1:]), "ray")

    @staticmethod
    def validate(runtime_env_dict: Mapping[str, Any]) -> None:
        """Check the field ``thinvenv`` of a runtime environment.

        Raises:
            ValueError: It is wrong, or stands beside another field that chooses the Python of workers.

        """
        try:
            node_request.read_request(runtime_env_dict[node_request.FIELD])
            node_request.check_alone(runtime_env_dict)
        except ThinvenvError as error:
            raise ValueError(str(error)) from None  # Ray prints the whole chain

    def get_uris(self, runtime_env: Mapping[str, Any]) -> list[str]:
        """Return the URI of the environment that a runtime environment needs, or nothing if it needs none."""
        section = runtime_env.get(self.name)
        if section is None:
            return []
        try:
            return [node_request.uri_of(node_request.read_request(section), runtime_env)]
        except ThinvenvError:  # `validate` reports it; here it would end the agent's call without a message
            return []

    async def create(
        self,
        uri: str | None,
        runtime_env: Mapping[str, Any],
        context: Any,
        logger: logging.Logger,
    ) -> float:
        """Create the environment unless the node has it, and return the bytes that were written.

        Raises:
            ThinvenvError: It cannot be created.

        """
        request = node_request.read_request(runtime_env[self.name])
        return await self._environments.create(
            uri or node_request.uri_of(request, runtime_env),
            request,
            cwd=_working_directory(context.command_prefix) if request.names_files else "",
            environ={**os.environ, **(runtime_env.get("env_vars") or {})},
            logger=logger,
        )

    def modify_context(
        self,
        uris: list[str],
        runtime_env: Mapping[str, Any],  # noqa: ARG002 - Ray passes it
        context: Any,
        logger: logging.Logger,  # noqa: ARG002 - Ray passes it
    ) -> None:
        """Let workers run the Python of the environment, with its scripts first on ``PATH``."""
        for uri in uris:
            prefix = self._environments.prefix_of(uri)
            scripts = os.path.join(prefix, "bin")
            context.py_executable = shlex.quote(os.path.join(scripts, "python"))  # it becomes a line of a shell
            path = context.env_vars.get("PATH", "${PATH}")
            context.env_vars |= {"VIRTUAL_ENV": prefix, "PATH": f"{scripts}{os.pathsep}{path}"}

    def delete_uri(self, uri: str, logger: logging.Logger) -> float:
        """Remove an environment, and return the bytes that this frees."""
        size = self._environments.delete(uri)
        logger.info("removed the thin environment %s with %d bytes", uri, size)
        return size


def _working_directory(command: list[str]) -> str:
    """Return the directory that a worker changes to before it starts, or nothing if it does not."""
    position = command.index("cd") + 1 if "cd" in command else len(command)
    return "".join(shlex.split(command[position])) if position < len(command) else ""


def variables() -> dict[str, str]:
    """Return the environment variables with which Ray loads the plugin and the schema of its field."""
    schema = os.path.join(os.path.dirname(os.path.abspath(node_request.__file__)), "ray_schema.json")
    plugins = json.dumps([{"class": f"thinvenv.ray.{ThinvenvPlugin.__name__}"}])
    return {"RAY_RUNTIME_ENV_PLUGINS": plugins, "RAY_RUNTIME_ENV_PLUGIN_SCHEMAS": schema}


if __name__ == "__main__":
    sys.stdout.write("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables().items()))
