"""The inventory: all distributions of all layers of an environment."""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from thinvenv.named_tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thinvenv.model.environment import Distribution, Layer


class _Distributions(NamedTuple):
    """The fields of an inventory."""

    layers: tuple[Layer, ...]
    distributions: tuple[Distribution, ...]
    ignored: tuple[str, ...] = ()
    linked: frozenset[str] = frozenset()


class Inventory(_Distributions):
    """The distributions of all layers, in the order in which imports find them.

    Attributes:
        layers: The layers, in import order.
        distributions: All distributions, including hidden ones.
        ignored: A line for each entry that looks like a distribution but cannot be read.
        linked: The names of the distributions that are linked into the venv. Their location is that in the base.

    """

    @cached_property
    def visible(self) -> dict[str, Distribution]:
        """The distributions that imports find, or would find once they are linked, by normalised name."""
        visible: dict[str, Distribution] = {}
        for distribution in self.distributions:
            visible.setdefault(distribution.name, distribution)
        return visible

    @cached_property
    def importable(self) -> dict[str, Distribution]:
        """The distributions that imports find in the present state, by normalised name."""
        return {
            name: distribution
            for name, distribution in self.visible.items()
            if not distribution.foreign and (name in self.linked or distribution.layer not in self.linkable_paths)
        }

    @cached_property
    def linkable_paths(self) -> frozenset[str]:
        """The directories that distributions are linked from."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "linkable")

    @cached_property
    def venv_paths(self) -> frozenset[str]:
        """The directories of the venv."""
        return frozenset(layer.path for layer in self.layers if layer.kind == "venv")

    @cached_property
    def paths_before_venv(self) -> frozenset[str]:
        """The directories that imports search before those of the venv, which cannot hide what they have."""
        return frozenset(layer.path for layer in takewhile(lambda layer: layer.kind != "venv", self.layers))

    @cached_property
    def own(self) -> tuple[Distribution, ...]:
        """The distributions that are installed in the venv, hidden ones included."""
        return tuple(filter(self.in_venv, self.distributions))

    @cached_property
    def of_base(self) -> tuple[Distribution, ...]:
        """The distributions that are not installed in the venv, hidden ones included."""
        return tuple(distribution for distribution in self.distributions if not self.in_venv(distribution))

    @cached_property
    def foreign(self) -> tuple[Distribution, ...]:
        """The distributions that only another interpreter can import."""
        return tuple(distribution for distribution in self.distributions if distribution.foreign)

    def in_venv(self, distribution: Distribution) -> bool:
        """Return whether a distribution is installed in the venv."""
        return distribution.layer in self.venv_paths

    def replaced(self, removed: Iterable[Distribution], added: Iterable[Distribution]) -> Inventory:
        """Return the inventory without some distributions, and with others that imports find first."""
        absent = set(removed)
        remaining = (distribution for distribution in self.distributions if distribution not in absent)
        return self._replace(distributions=(*added, *remaining))
