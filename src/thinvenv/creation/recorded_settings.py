"""The settings that an environment keeps: its stores, and whether it warns of drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.creation import pyvenv_cfg, stores
from thinvenv.environments import drift, receipt
from thinvenv.errors import UnwritableError

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.context.context import Context
    from thinvenv.model import Request


def record(request: Request, prefix: Path, context: Context) -> None:
    """Record in an environment what a request sets for the future.

    Where something changes, requests of the past count as new: the environment may need other files.

    Args:
        request: The request.
        prefix: The root of the environment.
        context: The surroundings of the call.

    Raises:
        UsageError: A store lies in the environment, or the environment in the store.
        StoreError: There is no default store, or a store cannot be used.
        UnwritableError: The environment cannot be written.
        ReceiptError: The receipt cannot be written.

    """
    before = _content(prefix)
    stores.use(request.stores, prefix, context)
    try:
        if request.warn_drift not in {None, drift.is_enabled(prefix)}:
            pyvenv_cfg.update(prefix, {drift.KEY: "true" if request.warn_drift else ""})
    except OSError as error:
        raise UnwritableError.of_writing(prefix, error) from error
    saved = receipt.load(prefix)
    if saved is not None and saved.requests and _content(prefix) != before:
        receipt.save(prefix, saved._replace(requests=()))


def _content(prefix: Path) -> bytes:
    try:
        return (prefix / pyvenv_cfg.FILE_NAME).read_bytes()
    except OSError:
        return b""
