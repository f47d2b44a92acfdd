"""The receipt: what was planned for an environment, and over which base.

It lies in the environment as ``thinvenv.json``, so it goes when the environment goes. With
it a second install knows that there is nothing to do without starting a process or reading
any metadata; and a base that changed is seen.
"""

from __future__ import annotations

import json
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from thinvenv.cache import write_atomically
from thinvenv.distributions.direct_url import redacted
from thinvenv.errors import ReceiptError
from thinvenv.model import (
    Distribution,
    Environment,
    Layer,
    MadeScript,
    Policy,
    Request,
    Reuse,
    Root,
    from_json,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "thinvenv.json"
SCHEMA = 1


class Receipt(NamedTuple):
    """What is known of an environment since the last install.

    Attributes:
        environment: What the interpreter answered.
        environment_key: What that answer depends on, see :func:`thinvenv.environments.probe.key`.
        layers: The layers at that time.
        fingerprint: Their fingerprint after the last install.
        roots: Everything that was asked for, the newest of each name.
        policy: The policy of the last install.
        reused: What is used of the base, with its chains.
        sources: The fingerprint of each local path that was installed from.
        requests: The digests of the requests that are known to be satisfied.
        shared: What was installed although the base has it, for a package that it shares.
        scripts: The scripts that were made here, by file name.
        pending: The names that an install was busy with when it ended.

    """

    environment: Environment | None = None
    environment_key: str = ""
    layers: tuple[Layer, ...] = ()
    fingerprint: str = ""
    roots: tuple[Root, ...] = ()
    policy: Policy = Policy()
    reused: tuple[Reuse, ...] = ()
    sources: Mapping[str, str] = MappingProxyType({})
    requests: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    scripts: Mapping[str, MadeScript] = MappingProxyType({})
    pending: tuple[str, ...] = ()


def load(prefix: Path) -> Receipt | None:
    """Return the receipt of an environment, ``None`` where there is none that can be read.

    A receipt of another schema, or one that was damaged, is none: the next install plans
    anew and writes its own.
    """
    try:
        data = json.loads((prefix / FILE_NAME).read_bytes())
        return decoded(data) if data["schema"] == SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def save(prefix: Path, receipt: Receipt) -> None:
    """Write the receipt of an environment.

    Raises:
        ReceiptError: The environment cannot be written.

    """
    try:
        write_atomically(prefix / FILE_NAME, json.dumps(encoded(receipt), indent=1, sort_keys=True))
    except OSError as error:
        raise ReceiptError(f"cannot write {prefix / FILE_NAME}", why=(str(error),)) from error


def digest(request: Request, sources: Mapping[str, str], plugins_fingerprint: str = "") -> str:
    """Return what tells a request from others, its local sources and the plugins included."""
    parts: dict[str, Any] = {**request._asdict(), **request.policy._asdict()}
    del parts["policy"]
    for name in ("roots", "constraints", "overrides"):
        parts[name] = [_public_root(one._replace(origin="")) for one in parts[name]]
    parts["options"] = [redacted(one) for one in request.options]
    parts["plugins"] = plugins_fingerprint
    parts["sources"] = {root.path: sources.get(root.path) for root in request.roots if root.path}
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def encoded(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as what :mod:`json` writes."""
    return {
        "schema": SCHEMA,
        "environment": to_json(receipt.environment) if receipt.environment else None,
        "environment_key": receipt.environment_key,
        "layers": [[one.path, one.kind] for one in receipt.layers],
        "fingerprint": receipt.fingerprint,
        "roots": [_public_root(one) for one in receipt.roots],
        "constraints": [_public_root(one) for one in receipt.policy.constraints],
        "overrides": [_public_root(one) for one in receipt.policy.overrides],
        "only_reuse": receipt.policy.only_reuse,
        "never_reuse": receipt.policy.never_reuse,
        "reused": [_encoded_reuse(one) for one in receipt.reused],
        "sources": dict(receipt.sources),
        "requests": receipt.requests,
        "shared": receipt.shared,
        "scripts": {name: [one.owner, one.digest] for name, one in receipt.scripts.items()},
        "pending": receipt.pending,
    }


def decoded(data: dict[str, Any]) -> Receipt:
    """Return the receipt that :func:`encoded` described.

    Raises:
        KeyError: ``data`` lack a field.
        TypeError: ``data`` are not of that form.

    """
    return Receipt(
        environment=from_json(Environment, data["environment"]) if data["environment"] else None,
        environment_key=data["environment_key"],
        layers=tuple(Layer(path, kind) for path, kind in data["layers"]),
        fingerprint=data["fingerprint"],
        roots=tuple(from_json(Root, one) for one in data["roots"]),
        policy=Policy(
            constraints=tuple(from_json(Root, one) for one in data["constraints"]),
            overrides=tuple(from_json(Root, one) for one in data["overrides"]),
            only_reuse=tuple(data["only_reuse"]),
            never_reuse=tuple(data["never_reuse"]),
        ),
        reused=tuple(_decoded_reuse(one) for one in data["reused"]),
        sources=data["sources"],
        requests=tuple(data["requests"]),
        shared=tuple(data["shared"]),
        scripts={name: MadeScript(owner, digest) for name, (owner, digest) in data["scripts"].items()},
        pending=tuple(data["pending"]),
    )


def _encoded_reuse(step: Reuse) -> dict[str, Any]:
    one = step.distribution
    because = [redacted(link) for link in step.because]
    return {"name": one.name, "version": one.version, "location": one.location, "layer": one.layer, "because": because}


def _decoded_reuse(data: dict[str, Any]) -> Reuse:
    because = tuple(data.pop("because"))
    return Reuse(Distribution(**data), because)


def _public_root(root: Root) -> dict[str, Any]:
    return to_json(root._replace(text=redacted(root.text), origin=redacted(root.origin)))
