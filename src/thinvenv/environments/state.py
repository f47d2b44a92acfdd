"""The survey: everything that is known of an environment before a plan is made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thinvenv.environments import probe, probe_cache, receipt
from thinvenv.environments.receipt import Receipt
from thinvenv.inventory.layers import fingerprint, sees_installation
from thinvenv.inventory.scan import take

if TYPE_CHECKING:
    from thinvenv.context.context import Context
    from thinvenv.model import Distribution, Environment, Inventory


@dataclass(frozen=True, slots=True)
class EnvironmentState:
    """An environment as it stands.

    Attributes:
        prefix: Its root.
        environment: What its interpreter answers.
        environment_key: What that answer depends on.
        inventory: All that it can import.
        receipt: What the last install wrote; an empty one where there was none.

    """

    prefix: Path
    environment: Environment
    environment_key: str
    inventory: Inventory
    receipt: Receipt

    @property
    def half_made(self) -> tuple[Distribution, ...]:
        """What an install was busy with in the venv when it was stopped."""
        pending = set(self.receipt.pending)
        found = (one for one in self.inventory.distributions if one.name in pending)
        return tuple(one for one in found if self.inventory.in_venv(one))

    @property
    def whole(self) -> Inventory:
        """The inventory without what is half-made."""
        return self.inventory.replaced(self.half_made, ()) if self.half_made else self.inventory


def read_state(prefix: Path, context: Context) -> EnvironmentState:
    """Look at an environment, starting its interpreter only where the receipt cannot answer.

    Raises:
        NotAnEnvironmentError: There is none at ``prefix``.
        InterpreterError: Its interpreter does not start.

    """
    python = probe.python_of(prefix)
    known = receipt.load(prefix) or Receipt()
    key = probe.key(python, context.environ)
    environment = known.environment
    if environment is None or known.environment_key != key or fingerprint(known.layers) != known.fingerprint:
        environment = probe_cache.probe_cached(python, context)
        if _has_lost_base(environment):
            context.reporter.note(_lost_base(prefix, environment))
    inventory = take(environment, context.cache)
    for line in inventory.ignored:
        context.reporter.note(f"passed over {line}")
    return EnvironmentState(prefix, environment, key, inventory, known)


def _has_lost_base(environment: Environment) -> bool:
    """Tell whether an environment sees another installation than that of its own interpreter.

    That comes of a ``home`` in its ``pyvenv.cfg`` that names the folder of a mere link.
    """
    installation = os.path.realpath(environment.base_prefix)
    return sees_installation(environment) and not Path(environment.base_python).is_relative_to(installation)


def _lost_base(prefix: Path, environment: Environment) -> str:
    import shlex  # noqa: PLC0415 - few environments are so

    mend = f"thinvenv create --clear --python {shlex.quote(environment.base_python)} {shlex.quote(str(prefix))}"
    return (
        f"{prefix} was made by way of a link to {environment.base_python} "
        f"and sees {environment.base_prefix} in place of that one's installation; to mend it: {mend}"
    )
