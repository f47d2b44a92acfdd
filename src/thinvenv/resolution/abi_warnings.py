"""Warnings about extension modules that were built against a hidden version.

No metadata describe this: ``uv pip check`` calls pandas and a new numpy compatible, and the
import ends with ``numpy.dtype size changed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from thinvenv.distributions import installed_files
from thinvenv.resolution.closure import dependents
from thinvenv.resolution.planner import LINK_MODE_HINT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from thinvenv.model import Distribution, Inventory


def iter_warnings(
    replaced: Iterable[tuple[str | None, Distribution]],
    inventory: Inventory,
    markers: Mapping[str, str],
    used: Collection[str],
) -> Iterator[str]:
    """Yield a line for the base distributions that were built against a version that the venv hides.

    Args:
        replaced: Pairs of a new version, if it is known, and the base distribution that it hides.
        inventory: All distributions that the environment will have.
        markers: The environment markers of the target interpreter.
        used: The names of the distributions that the requirements use.

    """
    for version, hidden in replaced:
        if version is None or not may_break_abi(version, hidden.version) or not installed_files.is_compiled(hidden):
            continue
        compiled = [dist for dist in dependents(hidden.name, inventory, markers) if _is_compiled_base(dist, inventory)]
        unused = [dist for dist in compiled if dist.name not in used]
        if unused:
            yield f"{_warning(unused, hidden, version)}; {LINK_MODE_HINT}"
        needed = [dist for dist in compiled if dist.name in used]
        if needed:
            options = " ".join(f"--never-reuse {dist.name}" for dist in needed)
            yield f"{_warning(needed, hidden, version)}; `{options}` installs what fits"


def may_break_abi(new: str, old: str) -> bool:
    """Return whether a version may have another binary interface than one that modules were built against.

    A patch release keeps it. An older version may lack parts of it.
    """
    return Version(new) < Version(old) or Version(new).release[:2] != Version(old).release[:2]


def _is_compiled_base(distribution: Distribution, inventory: Inventory) -> bool:
    base = {layer.path for layer in inventory.layers if layer.kind == "base"}
    return distribution.layer in base and not distribution.foreign and installed_files.is_compiled(distribution)


def _warning(dependents: Iterable[Distribution], hidden: Distribution, version: str) -> str:
    names = ", ".join(f"`{distribution}`" for distribution in dependents)
    return f"{names} of the base may have been built against {hidden} and will find {version}"
