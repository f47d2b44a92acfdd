"""The dependency graph: the requirements among the distributions that an environment uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from thinvenv.distributions import direct_url, requirement_cache
from thinvenv.model import Root
from thinvenv.named_tuples import NamedTuple
from thinvenv.resolution.closure import compute_closure, requirements_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.model import Chain, Distribution, Inventory, Policy


class Edge(NamedTuple):
    """A requirement, and the name of the distribution that it is for."""

    requirement: str
    name: str


class DependencyGraph(NamedTuple):
    """The distributions that an environment uses, and the requirements among them.

    Attributes:
        requested: What was asked for.
        unrequested: The distributions in the venv that no root needs, and that no other such distribution requires.
        distributions: All distributions by name. A requirement whose name is absent here is not installed.
        requirements: The requirements of each distribution whose markers and extras apply, by its name.
        chains: The shortest chain of requirements that leads to each distribution.

    """

    requested: tuple[Edge, ...]
    unrequested: tuple[Edge, ...]
    distributions: Mapping[str, Distribution]
    requirements: Mapping[str, tuple[Edge, ...]]
    chains: Mapping[str, Chain]

    def __repr__(self) -> str:
        """Return the numbers of requirements and distributions."""
        return f"<DependencyGraph: {len(self.requested)} requested, {len(self.distributions)} distributions>"

    def chains_to(self, name: str) -> list[Chain]:
        """Return the chains of requirements that lead to a distribution: the shortest for each that requires it."""
        chains: list[Chain] = [(edge.requirement,) for edge in self.requested if edge.name == name]
        for dependent, edges in self.requirements.items():
            chains += [(*self.chains[dependent], edge.requirement) for edge in edges if edge.name == name]
        return sorted(chains, key=lambda chain: (len(chain), chain))


def dependency_graph(
    roots: Iterable[Root], inventory: Inventory, markers: Mapping[str, str], policy: Policy
) -> DependencyGraph:
    """Return who requires what in an environment.

    Args:
        roots: What was asked for.
        inventory: The distributions that may be used.
        markers: The environment markers of its interpreter.
        policy: Its overrides count.

    """
    roots, policy = tuple(roots), policy._replace(constraints=())
    requested = compute_closure(roots, inventory, markers, policy)
    own = sorted(dist.name for dist in inventory.own)
    further = [Root(name) for name in dict.fromkeys(own) if name not in requested.names]
    closure = compute_closure((*roots, *further), inventory, markers, policy)
    requirements = {
        use.distribution.name: tuple(
            Edge(str(requirement), canonicalize_name(requirement.name))
            for requirement in requirements_of(use.distribution, use.extras, markers)
        )
        for use in closure.uses
    }
    required = {edge.name for edges in requirements.values() for edge in edges}
    return DependencyGraph(
        requested=tuple(_edges(roots, inventory, markers)),
        unrequested=tuple(Edge(root.text, root.text) for root in further if root.text not in required),
        distributions={use.distribution.name: use.distribution for use in closure.uses},
        requirements=requirements,
        chains={use.distribution.name: use.because for use in closure.uses},
    )


def _edges(roots: Iterable[Root], inventory: Inventory, markers: Mapping[str, str]) -> Iterator[Edge]:
    for root in roots:
        requirement = requirement_cache.root_requirement(root)
        if requirement is not None and not requirement_cache.applies(requirement, markers):
            continue
        installed = None if requirement else direct_url.installed_in_any_way_from(root, inventory)
        name = requirement_cache.name_of(root) or (installed.name if installed else root.text)
        yield Edge(root.text, name)
