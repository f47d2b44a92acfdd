"""Plans, inventories and findings as JSON objects and as lines of text.

The command line, tox and nox use the same functions, so their output has the same format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thinvenv.distributions.disk_usage import installed_size_of, size_of, total_size
from thinvenv.model import Install, Reuse, Shadow
from thinvenv.urls import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from thinvenv.cache import Cache
    from thinvenv.model import Distribution, Health, Inventory, Plan, Step
    from thinvenv.resolution.dependency_graph import DependencyGraph, Edge
    from thinvenv.store.collection import StoredEntry

SCHEMA = 1
"""The version of the JSON objects. :func:`thinvenv.cli.main` writes it for errors, too."""
_UNITS = ("B", "kB", "MB", "GB")
_STEP = 1000


def plan_json(plan: Plan, prefix: str) -> dict[str, Any]:
    """Return a plan as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "steps": [_step_json(step) for step in plan.steps],
        "warnings": [redacted(warning) for warning in plan.warnings],
    }


def list_json(inventory: Inventory, prefix: str, latest: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the distributions that an environment imports as the object that ``--json`` prints.

    Args:
        inventory: The distributions of all layers.
        prefix: The root of the environment.
        latest: The newer versions of the outdated ones by name, if only these are listed.

    """
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "layers": [{"path": layer.path, "kind": layer.kind} for layer in inventory.layers],
        "distributions": [
            {**_placed(dist, inventory), **({} if latest is None else {"latest": latest[dist.name]})}
            for dist in listed(inventory, latest)
        ],
        "ignored": [*inventory.ignored, *map(_foreign_line, inventory.foreign)],
    }


def listed(inventory: Inventory, latest: Mapping[str, str] | None = None) -> list[Distribution]:
    """Return the distributions that an environment imports by name, or those of them that have a newer version."""
    names = inventory.importable if latest is None else [name for name in inventory.importable if name in latest]
    return [inventory.importable[name] for name in sorted(names)]


def tree_lines(graph: DependencyGraph, inventory: Inventory) -> list[str]:
    """Return who requires what as lines, each below and to the right of what requires it.

    What has been shown before is marked, and not shown again with what it requires.
    """
    shown: set[str] = set()
    lines = list(_subtrees(graph.requested, graph, inventory, shown))
    if graph.unrequested:
        lines += ["", "not asked for:"] if lines else ["not asked for:"]
        lines += _subtrees(graph.unrequested, graph, inventory, shown)
    return lines


def _subtrees(edges: Iterable[Edge], graph: DependencyGraph, inventory: Inventory, shown: set[str]) -> Iterator[str]:
    """Yield the lines of requirements, and of what they require. ``shown`` has the names that need no repetition."""
    stack = [(edge, "", "", "") for edge in edges][::-1]
    while stack:
        edge, before, branch, below = stack.pop()
        dist, children = graph.distributions.get(edge.name), graph.requirements.get(edge.name, ())
        title = f"{dist} [{_layer_name(dist, inventory)}]" if dist else f"{edge.name} (not installed)"
        wanted = f"  {text}" if branch and (text := redacted(edge.requirement)) != edge.name else ""
        is_repeated = edge.name in shown and bool(children)
        yield f"{before}{branch}{title}{wanted}" + (" (*)" if is_repeated else "")
        shown.add(edge.name)
        for child in () if is_repeated else children[::-1]:
            is_last = child is children[-1]
            stack.append((child, before + below, "└── " if is_last else "├── ", "    " if is_last else "│   "))


def tree_json(graph: DependencyGraph, inventory: Inventory, prefix: str) -> dict[str, Any]:
    """Return who requires what as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environment": prefix,
        "requested": [_edge_json(edge) for edge in graph.requested],
        "unrequested": [edge.name for edge in graph.unrequested],
        "distributions": [
            {**_placed(dist, inventory), "requires": [_edge_json(edge) for edge in graph.requirements[name]]}
            for name, dist in sorted(graph.distributions.items())
        ],
    }


def reasons_json(graph: DependencyGraph, dist: Distribution, inventory: Inventory, prefix: str) -> dict[str, Any]:
    """Return what requires a distribution as the object that ``--json`` prints."""
    chains = [[redacted(requirement) for requirement in chain] for chain in graph.chains_to(dist.name)]
    return {"schema": SCHEMA, "environment": prefix, **_placed(dist, inventory), "chains": chains}


def reason_lines(graph: DependencyGraph, dist: Distribution, inventory: Inventory) -> list[str]:
    """Return what requires a distribution as lines: where it is, and each chain of requirements."""
    chains = graph.chains_to(dist.name)
    lines = [f"{dist} [{_layer_name(dist, inventory)}] {dist.layer}"]
    lines += [f"  {redacted(' -> '.join(chain))}" for chain in chains]
    return lines if chains else [*lines, "  nothing that was asked for requires it"]


def health_json(results: Iterable[Health]) -> dict[str, Any]:
    """Return the results of ``check`` as the object that ``--json`` prints."""
    return {
        "schema": SCHEMA,
        "environments": [
            {
                "environment": health.environment,
                "ok": health.ok,
                "findings": [{"kind": f.kind, "level": f.level, "text": f.text} for f in health.findings],
            }
            for health in results
        ],
    }


def store_json(entries: Iterable[StoredEntry]) -> dict[str, Any]:
    """Return entries of stores as the object that ``thinvenv store list --json`` prints."""
    return {
        "schema": SCHEMA,
        "entries": [
            {
                "name": entry.name,
                "version": entry.version,
                "path": entry.entry.path,
                "bytes": entry.bytes,
                "environments": list(entry.environments),
            }
            for entry in entries
        ],
    }


def damage_json(findings: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Return damaged entries as the object that ``thinvenv store verify --json`` prints.

    Args:
        findings: The path of each entry, a path in it that differs from RECORD, and why it was not repaired.

    """
    entries = [{"path": path, "damaged": damage, "problem": problem} for path, damage, problem in findings]
    return {"schema": SCHEMA, "entries": entries}


def summary(plan: Plan, installed: int = 0) -> str:
    """Return a plan in one line: the number of steps of each kind, and the saved space.

    What may fail to import saves nothing.

    Args:
        plan: The plan.
        installed: The size of the installed distributions in bytes, 0 if it is not known.

    """
    saved = saved_size(plan)
    counts = plan.summary(f" ({human_size(installed)})" if installed else "")
    return counts + (f", saved {human_size(saved)}" if saved else "")


def saved_size(plan: Plan, cache: Cache | None = None) -> int:
    """Return the size in bytes of what a plan reuses, without what may fail to import.

    Args:
        plan: The plan.
        cache: The cache that has the size of the same distributions from another time. Without it, all their files
            are looked up.

    """
    reused = [step.distribution for step in plan.reused if step.name not in plan.doubtful]
    return total_size(reused, cache) if cache else sum(map(size_of, reused))


def installed_size(plan: Plan) -> int:
    """Return the size in bytes of what a plan has installed, without what a store has; 0 if nobody looked."""
    return sum(installed_size_of(dist) for dist in plan.placed if dist.name not in plan.stored)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, whose plural ends with an ``s`` unless it is passed: ``2 entries``."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def human_size(count: int) -> str:
    """Return a number of bytes with three digits and a unit: ``4 B``, ``1.4 MB``, ``212 MB``."""
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit and size < 10 else f"{size:.0f} {_UNITS[unit]}"  # noqa: PLR2004 - one digit


def step_lines(plan: Plan) -> list[str]:
    """Return a line for each step of a plan: the action, the distribution, its origin and the reason."""
    return [f"{step.action} {_subject(step)} from {step_place(step)} ({_why(step)})" for step in plan.steps]


def step_place(step: Step) -> str:
    """Return the layer of a step's distribution, or the origin of a new one."""
    if isinstance(step, (Install, Shadow)):
        return redacted(step.candidate.reference) or "index"
    return step.distribution.layer


def _foreign_line(distribution: Distribution) -> str:
    return f"{distribution.location}: its {distribution.foreign} is for another interpreter"


def _subject(step: Step) -> str:
    if isinstance(step, Shadow):
        return f"{step.candidate} over {step.replaces.version}"
    return str(step.candidate if isinstance(step, Install) else step.distribution)


def _why(step: Step) -> str:
    return redacted(" -> ".join(step.because))


def _step_json(step: Step) -> dict[str, Any]:
    because = [redacted(requirement) for requirement in step.because]
    if isinstance(step, (Install, Shadow)):
        document: dict[str, Any] = {"name": step.name, "version": step.version or ""}
        if step.candidate.reference:
            document["location"] = redacted(step.candidate.reference)
    else:
        document = _identity(step.distribution)
    if isinstance(step, Shadow):
        document["replaces"] = _identity(step.replaces)
    if isinstance(step, Reuse):
        document["size"] = size_of(step.distribution)
    return {"action": step.action, **document, "because": because}


def _edge_json(edge: Edge) -> dict[str, str]:
    return {"requirement": redacted(edge.requirement), "name": edge.name}


def _placed(dist: Distribution, inventory: Inventory) -> dict[str, str]:
    kind = "venv" if inventory.in_venv(dist) else "base"
    return {**_identity(dist), "layer": dist.layer, "kind": kind}


def _layer_name(dist: Distribution, inventory: Inventory) -> str:
    """Return the short name of the layer of a distribution, as people read it."""
    return "here" if inventory.in_venv(dist) else "base"


def _identity(dist: Distribution) -> dict[str, str]:
    return {"name": dist.name, "version": dist.version, "location": dist.location}
