"""Extension modules that were built against another version than imports will find.

No metadata tell of it: ``uv pip check`` calls pandas and a new numpy compatible, and the
import ends with ``numpy.dtype size changed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from thinvenv.distributions import installed_files
from thinvenv.resolution.closure import dependents
from thinvenv.resolution.planner import WAY_OUT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from thinvenv.model import Distribution, Inventory


def misfits(
    replaced: Iterable[tuple[str | None, Distribution]],
    inventory: Inventory,
    markers: Mapping[str, str],
    used: Collection[str],
) -> Iterator[str]:
    """Yield what of the base was built against a version that the venv hides, a line for each hidden one.

    Args:
        replaced: New versions, where they are known, each with the base distribution that it hides.
        inventory: All that the environment can import, then.
        markers: The environment markers of the target interpreter.
        used: The names that the requirements' closure uses.

    """
    for version, old in replaced:
        if version is None or not _matters(version, old.version) or not installed_files.is_compiled(old):
            continue
        asking = [one for one in dependents(old.name, inventory, markers) if _is_built(one, inventory)]
        unused = [str(one) for one in asking if one.name not in used]
        if unused:
            yield f"{_said(unused, old, version)}; {WAY_OUT}"
        needed = [one for one in asking if one.name in used]
        if needed:
            options = " ".join(f"--never-reuse {one.name}" for one in needed)
            yield f"{_said([str(one) for one in needed], old, version)}; `{options}` installs what fits"


def _matters(new: str, old: str) -> bool:
    """Tell whether a version may have another binary interface: a patch has the same, an older one less."""
    return Version(new) < Version(old) or Version(new).release[:2] != Version(old).release[:2]


def _is_built(one: Distribution, inventory: Inventory) -> bool:
    base = {layer.path for layer in inventory.layers if layer.kind == "base"}
    return one.layer in base and installed_files.is_compiled(one)


def _said(names: list[str], old: Distribution, version: str) -> str:
    subject = ", ".join(f"`{one}`" for one in names)
    return f"{subject} of the base may have been built against {old} and will find {version}"
