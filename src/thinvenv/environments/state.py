"""The state of an environment: interpreter, receipt and inventory."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import probe, probe_cache, receipt
from thinvenv.environments.receipt import Receipt
from thinvenv.inventory.layers import environment_fingerprint, sees_installation
from thinvenv.inventory.scan import scan
from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from thinvenv.context.context import Context
    from thinvenv.model import Distribution, Environment, Inventory


class EnvironmentState(NamedTuple):
    """What is known of an environment before a plan is made.

    Attributes:
        prefix: The root of the environment.
        environment: Its paths, markers and tags.
        environment_key: A digest of what ``environment`` depends on, see
            :func:`thinvenv.environments.probe.environment_key`.
        inventory: The distributions of all its layers.
        receipt: The receipt of the last install; an empty one if there is none.

    """

    prefix: Path
    environment: Environment
    environment_key: str
    inventory: Inventory
    receipt: Receipt

    def is_pending(self, name: str) -> bool:
        """Return whether an interrupted install was changing a distribution of the venv."""
        saved = self.receipt
        return name in saved.pending or (receipt.ANY in saved.pending and name not in saved.intact)

    @property
    def incomplete(self) -> tuple[Distribution, ...]:
        """The distributions in the venv that an interrupted install may have left incomplete."""
        own = self.inventory.own if self.receipt.pending else ()
        return tuple(dist for dist in own if self.is_pending(dist.name))

    @property
    def intact_inventory(self) -> Inventory:
        """The inventory without the distributions that may be incomplete."""
        return self.inventory.replaced(self.incomplete, ()) if self.incomplete else self.inventory


def read_state(prefix: Path, context: Context) -> EnvironmentState:
    """Read the state of an environment. Its interpreter is started only if its receipt is out of date.

    Args:
        prefix: The root of a virtual environment.
        context: The surroundings of the call.

    Raises:
        NotAnEnvironmentError: ``prefix`` is not a virtual environment.
        InterpreterError: Its interpreter does not start.

    """
    python = probe.python_of(prefix)
    saved = receipt.load(prefix) or Receipt()
    environment = saved.environment
    key = probe.environment_key(environment, python, context) if environment else ""
    is_current = saved.environment_key == key and environment_fingerprint(saved.layers) == saved.fingerprint
    if environment is None or not is_current:
        environment = probe_cache.probe_cached(python, context)
        key = probe.environment_key(environment, python, context)
        if _sees_other_installation(environment):
            context.reporter.note(_other_installation_note(prefix, environment))
    if problem := context.cache.problem():
        context.reporter.note(f"the cache is not used: {problem}")
    inventory = scan(environment, context.cache)
    for line in inventory.ignored:
        context.reporter.note(f"passed over {line}")
    return EnvironmentState(prefix, environment, key, inventory, saved)


def _sees_other_installation(environment: Environment) -> bool:
    """Return whether an environment sees another installation than that of its own interpreter.

    It does if the ``home`` in its ``pyvenv.cfg`` is a folder that only has a link to the interpreter.
    """
    installation = os.path.realpath(environment.base_prefix)
    return sees_installation(environment) and not Path(environment.base_python).is_relative_to(installation)


def _other_installation_note(prefix: Path, environment: Environment) -> str:
    command = f"thinvenv create --clear --python {shlex.quote(environment.base_python)} {shlex.quote(str(prefix))}"
    return (
        f"{prefix} was created through a link to {environment.base_python}, so it sees {environment.base_prefix} "
        f"instead of the installation of that interpreter. To recreate it: {command}"
    )
