"""What was learnt of environments, kept until one of their directories changes."""

from __future__ import annotations

import base64
import os
import time
from array import array
from contextlib import suppress
from dataclasses import astuple
from itertools import chain
from typing import TYPE_CHECKING, Any

from thinvenv.files import content_digest
from thinvenv.files.fingerprint import digest
from thinvenv.fleet.measure import Walk, time_of
from thinvenv.fleet.values import HardLinks, InstalledDistribution, Measurement, Sizes
from thinvenv.model import Distribution
from thinvenv.model.json import check_texts, file_name, read_layer, text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.cache import Cache
    from thinvenv.fleet.values import Description

KIND = "fleet"
"""The kind of content in the cache."""
_RACE = 2_000_000_000
"""In nanoseconds: a directory that was changed so shortly ago may change again while its clock shows the same time."""
_TYPES = ("Q", "Q", "I", "I")
"""The types of the arrays of :class:`thinvenv.fleet.values.HardLinks`."""


def measured(description: Description, cache: Cache) -> Measurement:
    """Return what an environment takes, from the cache if no directory in it has changed since it was measured.

    The time of a directory changes when a file in it is created, removed or replaced, as all installers do. What
    writes into an existing file, or adds a hard link to it elsewhere, goes unnoticed until then.

    Args:
        description: What the files of the environment say.
        cache: The cache.

    Raises:
        OSError: This process or the machine has no resources left.

    """
    key = digest([description.path])
    document = cache.load(KIND, key)
    with suppress(
        OSError, AttributeError, KeyError, TypeError, ValueError
    ):  # a directory is gone, or the form is another
        if document and document["times"] == _digest(_times_of(description.path, document["folders"].split("\0"))):
            return _decoded(document, description.path)
    walk = Walk(description)
    measurement = walk.measure()
    if not measurement.skipped and walk.times and time.time_ns() - max(walk.times) > _RACE:
        document = _encoded(measurement, description.path)
        document |= {"folders": "\0".join(walk.folders), "times": _digest(walk.times)}
        cache.store(KIND, key, document)
    return measurement


def _times_of(root: str, folders: Iterable[str]) -> array[int]:
    """Return the modification times of directories below a root.

    Raises:
        OSError: One of them does not exist any more.

    """
    if os.stat not in os.supports_dir_fd:
        return array("q", [time_of(os.stat(os.path.join(root, folder))) for folder in folders])
    descriptor = os.open(root, os.O_RDONLY)  # to look up a path from there takes three quarters of the time
    try:
        return array("q", [time_of(os.stat(folder or os.curdir, dir_fd=descriptor)) for folder in folders])
    finally:
        os.close(descriptor)


def _digest(times: array[int]) -> str:
    return content_digest(times.tobytes())


def _encoded(measurement: Measurement, root: str) -> dict[str, Any]:
    start = len(root) + 1
    return {
        "distributions": [
            [
                dist.name,
                dist.version,
                dist.location[start:],
                dist.kind,
                dist.source,
                dist.is_compiled,
                *astuple(dist.sizes),
            ]
            for dist in measurement.distributions
        ],
        "other": astuple(measurement.other),
        "links": [
            [links.device, *map(_text, (links.inodes, links.blocks, links.counts, links.owners))]
            for links in measurement.links
        ],
        "reused": [[dist.name, dist.version, dist.location, dist.layer] for dist in measurement.reused],
        "layers": [[layer.path, layer.kind] for layer in measurement.layers],
        "fingerprint": measurement.fingerprint,
    }


def _decoded(document: dict[str, Any], root: str) -> Measurement:
    """Return the measurement of a document.

    Raises:
        KeyError: A field is missing.
        TypeError: A field has another type.
        ValueError: An array is damaged.

    """
    check_texts(chain.from_iterable(dist[:5] for dist in document["distributions"]))
    return Measurement(
        tuple(
            InstalledDistribution(name, version, f"{root}/{location}", kind, source, is_compiled, _sizes(numbers))
            for name, version, location, kind, source, is_compiled, *numbers in document["distributions"]
        ),
        _sizes(document["other"]),
        tuple(_hard_links(*links) for links in document["links"]),
        tuple(_distribution(*texts(fields)) for fields in document["reused"]),
        tuple(read_layer(*fields) for fields in document["layers"]),
        text(document["fingerprint"]),
    )


def _distribution(name: str, version: str, location: str, layer: str) -> Distribution:
    return Distribution(file_name(name), file_name(version), location, layer)


def _hard_links(device: Any, *encoded: Any) -> HardLinks:
    arrays = [*map(_array, _TYPES, encoded)]
    if len({*map(len, arrays)}) != 1:
        raise ValueError("the arrays have different lengths")
    return HardLinks(_integer(device), *arrays)


def _sizes(numbers: Iterable[Any]) -> Sizes:
    return Sizes(*map(_integer, numbers))


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r:.100} is not an integer")
    return value


def _text(numbers: array[int]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _array(code: str, encoded: str) -> array[int]:
    numbers: array[int] = array(code)
    numbers.frombytes(base64.b64decode(encoded, validate=True))
    return numbers
