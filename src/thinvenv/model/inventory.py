"""All distributions of all layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model.environment import Distribution, Layer


@dataclass(frozen=True)
class Inventory:
    """The distributions of every layer, in the order in which imports find them.

    Attributes:
        layers: The layers, first found first.
        distributions: All distributions, hidden ones included.
        ignored: What looked like a distribution but could not be read, and why.
        linked: The names of what is linked into the venv; it is listed where it lies.
        overrides: What counts in place of any requirement on their names, see :class:`Request`.

    """

    layers: tuple[Layer, ...]
    distributions: tuple[Distribution, ...]
    ignored: tuple[str, ...] = ()
    linked: frozenset[str] = frozenset()
    overrides: tuple[str, ...] = ()

    @cached_property
    def visible(self) -> dict[str, Distribution]:
        """The distribution that an import finds, or would once linked, by normalised name."""
        found: dict[str, Distribution] = {}
        for distribution in self.distributions:
            found.setdefault(distribution.name, distribution)
        return found

    @cached_property
    def importable(self) -> dict[str, Distribution]:
        """The distribution that an import finds as things stand, by normalised name."""
        return {
            name: one
            for name, one in self.visible.items()
            if name in self.linked or one.layer not in self.linkable_paths
        }

    @cached_property
    def linkable_paths(self) -> frozenset[str]:
        """The directories that distributions are linked from."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "linkable")

    @cached_property
    def venv_paths(self) -> frozenset[str]:
        """The directories of the layers that are written to."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "venv")

    def in_venv(self, distribution: Distribution) -> bool:
        """Tell whether a distribution lies in the layer that is written to."""
        return distribution.layer in self.venv_paths

    def replaced(self, gone: Iterable[Distribution], new: Iterable[Distribution]) -> Inventory:
        """Return the inventory without ``gone`` and with ``new`` found first."""
        dropped = set(gone)
        rest = (one for one in self.distributions if one not in dropped)
        return replace(self, distributions=(*new, *rest))
