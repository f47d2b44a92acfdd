"""A fleet as the JSON object that thinvenv report --json prints."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from thinvenv.report import SCHEMA

if TYPE_CHECKING:
    from thinvenv.fleet.values import Fleet, FleetEnvironment, Repetition, Sizes


def fleet_json(fleet: Fleet) -> dict[str, Any]:
    """Return a fleet as a JSON object. ``docs/reference.md`` says what its fields mean."""
    environments = fleet.environments
    return {
        "schema": SCHEMA,
        "environments": [_environment_json(environment) for environment in environments],
        "distributions": [_repetition_json(repetition) for repetition in fleet.repetitions],
        "totals": {
            "environments": len(environments),
            "distributions": sum(len(environment.distributions) for environment in environments),
            **_sizes_json(fleet.sizes),
            "cached_bytes": sum(environment.cached_bytes for environment in environments),
            "saved_bytes": sum(environment.saved_bytes for environment in environments),
            "stored_bytes": fleet.stored_bytes,
            "would_save": {
                "base_bytes": sum(environment.base_bytes for environment in environments),
                "store_bytes": sum(environment.store_bytes for environment in environments),
                "bases_bytes": fleet.bases_bytes,
            },
        },
        "skipped": list(fleet.skipped),
    }


def _environment_json(environment: FleetEnvironment) -> dict[str, Any]:
    description = environment.description
    last_use = datetime.fromtimestamp(description.last_use, UTC) if description.last_use else None
    return {
        "path": description.path,
        "python": description.python,
        "tool": description.tool,
        "mode": description.mode,
        "base": description.base,
        "bases": list(description.bases),
        "stores": list(description.stores),
        "distributions": len(environment.distributions),
        "reused": environment.reused,
        **_sizes_json(environment.sizes),
        "cached_bytes": environment.cached_bytes,
        "saved_bytes": environment.saved_bytes,
        "would_save": {"base_bytes": environment.base_bytes, "store_bytes": environment.store_bytes},
        "drift": environment.drift,
        "last_use": last_use.isoformat(timespec="seconds") if last_use else None,
        "problem": description.problem,
    }


def _repetition_json(repetition: Repetition) -> dict[str, Any]:
    return {
        "name": repetition.name,
        "copies": repetition.copy_count,
        "versions": dict(repetition.copies),
        **_sizes_json(repetition.sizes),
        "repeated_bytes": repetition.repeated_bytes,
    }


def _sizes_json(sizes: Sizes) -> dict[str, int]:
    return asdict(sizes)
