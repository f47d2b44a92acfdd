"""The thin environments that a node of a cluster makes over its Python, each once."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import sys
import tempfile
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from thinvenv.errors import BackendError
from thinvenv.machines.node_commands import NodeCommands
from thinvenv.store.trees import size_of

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

    from thinvenv.machines.node_request import NodeRequest

_DIGITS = 16
"""How much of a digest names an environment: the path of an interpreter in the first line of a script is limited."""


def folder_of(arguments: Sequence[str]) -> str:
    """Return the folder for the environments of a node, which is Ray's folder for runtime environments if it has one.

    Several nodes on one machine share Ray's folder, but delete their environments each on their own.

    Args:
        arguments: The command line of Ray's agent on the node.

    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--runtime-env-dir", default="")
    parser.add_argument("--node-id", default="")
    options, _rest = parser.parse_known_args(arguments)
    if not options.runtime_env_dir:
        return tempfile.mkdtemp(prefix="thinvenv-ray-")
    return os.path.join(options.runtime_env_dir, "thinvenv", options.node_id[:8] or str(os.getpid()))


def closure_of(name: str) -> set[str]:
    """Return the normalised names of a distribution of the running Python and of all that it requires, if installed."""
    names: set[str] = set()
    pending = [name]
    while pending:
        current = canonicalize_name(pending.pop())
        if current not in names:
            with suppress(metadata.PackageNotFoundError):
                requirements = map(Requirement, metadata.requires(current) or ())
                names.add(current)
                pending += [
                    requirement.name
                    for requirement in requirements
                    if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
                ]
    return names


class NodeEnvironments:
    """The environments of one node. All methods are called in one event loop.

    Args:
        folder: The folder that holds them.
        program: The distribution that each of them needs, whose version is that of the running Python: the workers
            of an engine have to be able to import it.

    """

    def __init__(self, folder: str, program: str) -> None:
        self.folder = folder
        self._program = program
        self._locks: dict[str, asyncio.Lock] = {}
        self._sizes: dict[str, int] = {}
        self._commands = NodeCommands()

    def prefix_of(self, uri: str) -> str:
        """Return the root of an environment."""
        return os.path.join(self.folder, uri.rpartition("/")[2][:_DIGITS])

    async def create(
        self, uri: str, request: NodeRequest, *, cwd: str, environ: Mapping[str, str], logger: logging.Logger
    ) -> int:
        """Create an environment unless it is there, and return the bytes that this call has written.

        If this is cancelled, the processes that install are killed.

        Args:
            uri: What identifies the environment.
            request: What it has to contain.
            cwd: The directory that relative paths start from; empty for an empty one.
            environ: The environment variables of the installer.
            logger: Receives warnings.

        Raises:
            BackendError: It cannot be created. The message contains that of ``thinvenv create``.

        """
        async with self._locks.setdefault(uri, asyncio.Lock()):
            if uri in self._sizes:
                return 0
            prefix = self.prefix_of(uri)
            os.makedirs(os.path.join(self.folder, "empty"), exist_ok=True)
            arguments = ["create", prefix, "--clear", "--quiet", "--python", sys.executable, *self._arguments(request)]
            try:
                shutil.rmtree(prefix, ignore_errors=True)  # left by a killed process
                await self._run(arguments, cwd or os.path.join(self.folder, "empty"), environ, logger)
            except BaseException:
                shutil.rmtree(prefix, ignore_errors=True)
                raise
            self._sizes[uri] = await asyncio.to_thread(size_of, prefix)
            return self._sizes[uri]

    def delete(self, uri: str) -> int:
        """Remove an environment, and return the bytes that :meth:`create` returned for it."""
        shutil.rmtree(self.prefix_of(uri), ignore_errors=True)
        self._locks.pop(uri, None)
        return self._sizes.pop(uri, 0)

    async def _run(
        self, arguments: Sequence[str], cwd: str, environ: Mapping[str, str], logger: logging.Logger
    ) -> None:
        status, output = await self._commands.run(arguments, cwd, environ)
        if status:
            raise BackendError(
                f"thinvenv cannot make an environment on {socket.gethostname()}",
                why=(output or f"it ended with status {status}",),
            )
        if output:
            logger.warning("%s", output)

    def _arguments(self, request: NodeRequest) -> list[str]:
        try:
            pins = [f"{self._program}=={metadata.version(self._program)}"]
        except metadata.PackageNotFoundError:  # a checkout on PYTHONPATH
            pins = []
        return request.arguments(pins, sorted(closure_of(self._program)) if request.only_reuse else ())
