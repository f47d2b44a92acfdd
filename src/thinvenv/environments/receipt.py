"""The receipt of an environment: what was installed, for which requests, over which base.

It is the file ``thinvenv.json`` in the environment, so it is removed with the environment. With it
a second install finds that there is nothing to do, without starting a process or reading metadata,
and notices a base that has changed.
"""

from __future__ import annotations

import json
import os
from functools import cache, lru_cache
from itertools import chain
from types import MappingProxyType

from thinvenv.cache import write_atomically
from thinvenv.errors import ReceiptError, way_out
from thinvenv.files import json_with_checksum, raise_if_transient, read_bytes, verified_json
from thinvenv.files.fingerprint import digest
from thinvenv.model import Distribution, Environment, Policy, Reuse, Root, WrittenScript, from_json, to_json
from thinvenv.model.json import (
    array,
    check_texts,
    file_name,
    line_by_line,
    read_layer,
    read_rule,
    relative_path,
    text,
    text_map,
    texts,
)
from thinvenv.named_tuples import NamedTuple
from thinvenv.urls import redacted

TYPE_CHECKING = False  # loading `typing` takes too long for an install with nothing to do
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike
    from pathlib import Path
    from typing import Any

    from thinvenv.model import DataFiles, Layer, Request

FILE_NAME = "thinvenv.json"
ANY = "*"
"""A pending name that stands for all distributions of the venv that are not intact."""
SCHEMA = 1
_TEXTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("environment_key", "fingerprint", "boot", "content"), text),
    **dict.fromkeys(("requests", "shared", "pending", "intact", "lasting_requests"), texts),
    "replaced_files": lambda paths: tuple(map(relative_path, array(paths))),
}
"""What reads the fields that are texts or arrays of texts, which JSON has as they are."""


class Receipt(NamedTuple):
    """What is recorded of an environment at the end of an install.

    Attributes:
        environment: Its paths, markers and tags; ``None`` if nothing was installed yet.
        environment_key: A digest of what ``environment`` depends on, see
            :func:`thinvenv.environments.probe.environment_key`.
        layers: Its layers.
        fingerprint: The fingerprint of these layers after the last install.
        roots: Everything that was requested so far, the latest requirement of each name.
        policy: The policy of the last install.
        reused: The base distributions in use, with the chains of requirements that lead to them.
        sources: The fingerprint of each local path that was installed from.
        requests: The digests of the requests that are known to be satisfied.
        shared: The names of base distributions that were installed into the venv as well, because
            they share a package with a distribution in the venv.
        scripts: The scripts that thinvenv wrote, by file name.
        data_files: The data files that thinvenv linked below the root of the environment.
        wheels: The local wheels that were installed with ``skip_unchanged``, by the names of their distributions; see
            :class:`thinvenv.installation.local_wheels.InstalledWheel`.
        pending: The names of the distributions that an interrupted install was changing, or :data:`ANY` if it was
            adding some whose names were not known.
        content: A digest of what the layers contain and what the interpreter is, whatever the times of files; see
            :mod:`thinvenv.installation.content`.
        lasting_requests: The digests of the satisfied requests that count if this is the same.
        intact: The names of the distributions in the venv that it was not changing in that case.
        replaced_files: The files that those of them in the venv had, see :mod:`thinvenv.installation.recovery`.
        boot: The run of the system in which the receipt was written, see :func:`boot_id`.

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
    scripts: Mapping[str, WrittenScript] = MappingProxyType({})
    data_files: DataFiles = MappingProxyType({})
    wheels: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    pending: tuple[str, ...] = ()
    boot: str = ""
    intact: tuple[str, ...] = ()
    content: str = ""
    lasting_requests: tuple[str, ...] = ()
    replaced_files: tuple[str, ...] = ()


def load(prefix: str | PathLike[str]) -> Receipt | None:
    """Return the receipt of an environment, ``None`` if there is none that can be read.

    A receipt that is damaged, incomplete (as after a power failure) or of another schema counts as none. The next
    install plans everything again and replaces it.

    Raises:
        OSError: It cannot be read now, but may be another time: an install must not forget what it says.

    """
    try:
        return _parse(read_bytes(os.path.join(prefix, FILE_NAME)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, OSError):
            raise_if_transient(error)
        return None


@lru_cache(maxsize=16)
def _parse(content: bytes) -> Receipt | None:
    """Return the receipt in the content of a file, ``None`` if it is of another schema.

    A process that installs repeatedly, such as a test runner, reads the same content each time. Its checksum and the
    types of its values are checked once.
    """
    data = json.loads(verified_json(content))
    return decode(data) if data["schema"] == SCHEMA else None


@cache
def boot_id() -> str:
    """Return what identifies this run of the system: another one after each start. It is empty if there is none.

    Only Linux has one. Elsewhere the files are not examined, see :mod:`thinvenv.environments.durability`.
    """
    try:
        return read_bytes("/proc/sys/kernel/random/boot_id").decode().strip()
    except (OSError, ValueError):
        return ""


def without_times(receipt: Receipt) -> Receipt:
    """Return a receipt that is the same whenever and wherever an environment is made: for builds of images.

    It has nothing that depends on the times of files or on the kernel, so only the digest of the content counts.
    """
    environment = receipt.environment
    if environment is not None:
        kernel = dict.fromkeys(("platform_release", "platform_version"), "")
        environment = environment._replace(markers={**environment.markers, **kernel})
    return receipt._replace(
        environment=environment, environment_key="", fingerprint="", requests=(), sources={}, wheels={}
    )


def save(prefix: Path, receipt: Receipt, environ: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write the receipt of an environment, with the run of the system in which it was written.

    With ``SOURCE_DATE_EPOCH`` among the variables, the receipt of an install that is complete is reproducible: the
    same whenever and wherever the environment is made (https://reproducible-builds.org/specs/source-date-epoch/).

    If it lists something as pending, it is on the disk when this function returns, even if the power fails then:
    what is written afterwards must not be there without it. It replaces another, with earlier roots, once it is there.

    Raises:
        ReceiptError: The environment cannot be written.

    """
    try:
        is_reproducible = "SOURCE_DATE_EPOCH" in environ
        receipt = without_times(receipt) if is_reproducible else receipt
        document = encode(receipt._replace(boot="" if is_reproducible else boot_id()))
        content = json_with_checksum(line_by_line(document)).decode()
        path = prefix / FILE_NAME
        write_atomically(path, content, durable=bool(receipt.pending), synced=os.path.lexists(path))
    except OSError as error:
        raise ReceiptError(f"cannot write {prefix / FILE_NAME}", why=(str(error),), hint=way_out(error)) from error


def request_digest(request: Request, sources: Mapping[str, str], plugins_fingerprint: str = "") -> str:
    """Return a digest of a request, its local sources and the installed plugins.

    Args:
        request: The request.
        sources: The fingerprint of each local path, see :func:`thinvenv.files.fingerprint.source_fingerprint`.
        plugins_fingerprint: See :class:`thinvenv.context.context.Context`.

    """
    parts: dict[str, Any] = {**request._asdict(), **request.policy._asdict()}
    del parts["policy"]
    for name in ("roots", "constraints", "overrides"):
        parts[name] = [_public_root(root._replace(origin="")) for root in parts[name]]
    parts["options"] = [redacted(option) for option in request.options]
    parts["plugins"] = plugins_fingerprint
    parts["sources"] = {root.path: sources.get(root.path) for root in request.roots if root.path}
    return digest([json.dumps(parts, sort_keys=True)])


def encode(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as a JSON object, without the passwords in URLs."""
    return {
        **{name: getattr(receipt, name) for name in _TEXTS},
        "schema": SCHEMA,
        "environment": to_json(receipt.environment) if receipt.environment else None,
        "layers": [[layer.path, layer.kind] for layer in receipt.layers],
        "roots": [_public_root(root) for root in receipt.roots],
        "constraints": [_public_root(root) for root in receipt.policy.constraints],
        "overrides": [_public_root(root) for root in receipt.policy.overrides],
        "only_reuse": receipt.policy.only_reuse,
        "never_reuse": receipt.policy.never_reuse,
        "metadata": receipt.policy.metadata,
        "reused": [_encode_reuse(step) for step in receipt.reused],
        "sources": dict(receipt.sources),
        "scripts": {name: [script.owner, script.digest] for name, script in receipt.scripts.items()},
        "data_files": dict(receipt.data_files),
        "wheels": dict(receipt.wheels),
    }


def decode(data: dict[str, Any]) -> Receipt:
    """Return the receipt that :func:`encode` made a JSON object of.

    Raises:
        KeyError: A field is missing.
        AttributeError: A field that has to be an object is none.
        TypeError: A field has another type.
        ValueError: A field has another value than it can have, such as a name that is a path.

    """
    return Receipt(
        **{name: read(data[name]) for name, read in _TEXTS.items()},
        environment=None if data["environment"] is None else from_json(Environment, data["environment"]),
        layers=tuple(read_layer(*layer) for layer in array(data["layers"])),
        roots=tuple(from_json(Root, root) for root in array(data["roots"])),
        policy=Policy(
            constraints=tuple(from_json(Root, root) for root in array(data["constraints"])),
            overrides=tuple(from_json(Root, root) for root in array(data["overrides"])),
            only_reuse=texts(data["only_reuse"]),
            never_reuse=texts(data["never_reuse"]),
            metadata=tuple(read_rule(*rule) for rule in array(data["metadata"])),
        ),
        reused=_decode_reused(data["reused"]),
        sources=text_map(data["sources"]),
        scripts={file_name(name): WrittenScript(*map(text, script)) for name, script in data["scripts"].items()},
        data_files={owner: _decode_paths(paths) for owner, paths in data["data_files"].items()},
        wheels={name: _decode_wheel(*wheel) for name, wheel in data["wheels"].items()},
    )


def _encode_reuse(step: Reuse) -> dict[str, Any]:
    fields = {name: getattr(step.distribution, name) for name in ("name", "version", "location", "layer")}
    return {**fields, "because": [redacted(link) for link in step.because]}


def _decode_wheel(content: Any, location: Any, files: Any) -> tuple[str, str, str]:
    return text(content), text(location), text(files)


def _decode_reused(steps: list[dict[str, Any]]) -> tuple[Reuse, ...]:
    """Return the steps, of which there may be hundreds, after checking the values of all together."""
    because = [array(step.pop("because")) for step in array(steps)]
    check_texts(chain.from_iterable((*map(dict.values, steps), *because)))
    return tuple(Reuse(Distribution(**step), tuple(links)) for step, links in zip(steps, because, strict=True))


def _decode_paths(digests: Any) -> dict[str, str]:
    return {relative_path(path): digest for path, digest in text_map(digests).items()}


def _public_root(root: Root) -> dict[str, Any]:
    return to_json(
        root._replace(text=redacted(root.text), origin=redacted(root.origin), only_index=redacted(root.only_index))
    )
