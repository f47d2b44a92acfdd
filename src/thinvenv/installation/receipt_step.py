"""Writes the receipt after an install, with the requests that are satisfied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.environments import bootstrap, receipt
from thinvenv.installation import content, content_check, local_wheels
from thinvenv.inventory.layers import environment_fingerprint
from thinvenv.inventory.scan import scan

if TYPE_CHECKING:
    from thinvenv.model import Inventory, Plan
    from thinvenv.resolution.prepare import Prepared

_MAX_REQUESTS = 64
"""The number of satisfied requests that a receipt lists; older ones are dropped."""


def satisfied_requests(prepared: Prepared, plan: Plan, inventory: Inventory) -> tuple[str, ...]:
    """Return the digests of the requests that are satisfied: this one, and earlier ones if nothing has changed."""
    saved = prepared.state.receipt
    is_unchanged = not plan.changes and environment_fingerprint(inventory.layers) == saved.fingerprint
    goal = prepared.goal
    digests = list(saved.requests) if is_unchanged else []
    if goal.original is not None and not goal.request.ignores_installed:
        digests.append(receipt.request_digest(goal.original, goal.sources, goal.context.plugins_fingerprint))
    return tuple(dict.fromkeys(digests))[-_MAX_REQUESTS:]


def save(written: receipt.Receipt, prepared: Prepared, inventory: Inventory) -> None:
    """Write the receipt of an environment.

    Args:
        written: What an install has reused, written and linked, the names of the distributions that share packages,
            and the requests that are satisfied.
        prepared: What was planned.
        inventory: The distributions that the environment has, without those that it links from stores.

    Raises:
        ReceiptError: The environment cannot be written.

    """
    state, context = prepared.state, prepared.context
    shared = {*state.receipt.shared, *written.shared}
    in_venv = {name for name, dist in inventory.visible.items() if inventory.in_venv(dist)}
    present = scan(state.environment, context.cache)  # with its links
    reused = [step.distribution for step in written.reused]
    contained = content.digest_of(state.environment, present, reused)
    complete = written._replace(
        environment=state.environment,
        environment_key=state.environment_key,
        layers=inventory.layers,
        fingerprint=environment_fingerprint(inventory.layers),
        roots=prepared.roots,
        policy=prepared.request.policy,
        sources=_current_sources(prepared),
        shared=tuple(sorted(shared & in_venv)),
        wheels=local_wheels.current_wheels(prepared, inventory),
        content=contained,
        lasting_requests=_lasting_requests(prepared, written.requests, contained),
    )
    if not bootstrap.keeps_bytecode(state.environment, context.cache):
        complete = complete._replace(requests=(), lasting_requests=())
    receipt.save(state.prefix, complete, context.environ)


def _lasting_requests(prepared: Prepared, requests: tuple[str, ...], contained: str) -> tuple[str, ...]:
    """Return the digests of satisfied requests that do not depend on times: of this one, and earlier ones.

    Args:
        prepared: What was planned.
        requests: The digests that depend on times; without any, no request counts.
        contained: The digest of what the environment contains. Earlier requests count if it is the same as before.

    """
    goal, saved = prepared.goal, prepared.state.receipt
    earlier = saved.lasting_requests if requests and contained == saved.content else ()
    original = goal.original if requests and not goal.request.ignores_installed else None
    own = "" if original is None else content_check.request_digest(original, prepared.context)
    return tuple(dict.fromkeys(filter(None, (*earlier, own))))[-_MAX_REQUESTS:]


def _current_sources(prepared: Prepared) -> dict[str, str]:
    """Return the fingerprints of the local sources that are still required."""
    paths = {root.path for root in (*prepared.roots, *prepared.goal.requested)}
    sources = {**prepared.state.receipt.sources, **prepared.goal.sources}
    return {path: fingerprint for path, fingerprint in sources.items() if path in paths}
