"""A matrix for CI: the environments of a project, packed into shards of about the same time."""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any

from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from thinvenv.fleet.project_environments import ProjectEnvironment

_TOLERANCE = 1.1
"""How much longer the longest shard may take, so that environments with the same interpreter and base are together."""
_VERSION = re.compile(r"(?P<name>pypy|graalpy)?(?:c?py(?:thon)?)?-?(?P<major>\d)[.-]?(?P<minor>\d+)(?P<flag>t?)")


def pack(
    environments: Sequence[ProjectEnvironment], seconds: Mapping[str, float], count: int | None
) -> list[tuple[ProjectEnvironment, ...]]:
    """Return the environments in shards of about the same time.

    The longest go first, each to the shard that has the least (longest processing time first). Environments with the
    same interpreter and the same bases go together, as long as the longest shard takes at most a tenth longer for it.

    Args:
        environments: The environments, whose order is kept in each shard.
        seconds: How long each takes, by its name. Others count as the mean of these.
        count: The number of shards. There are fewer if there are fewer environments. ``None`` makes one for each
            interpreter and bases.

    """
    usual = _mean(seconds) or 1.0
    times = {environment.name: seconds.get(environment.name, usual) for environment in environments}
    groups: dict[tuple[str, tuple[str, ...]], list[ProjectEnvironment]] = {}
    for environment in environments:
        groups.setdefault((environment.python, environment.bases), []).append(environment)
    shards = [*groups.values()] if count is None else _balanced([*groups.values()], times, min(count, len(times)))
    order = {environment.name: place for place, environment in enumerate(environments)}
    in_order = (tuple(sorted(shard, key=lambda environment: order[environment.name])) for shard in shards)
    return sorted(in_order, key=lambda shard: order[shard[0].name])


def _mean(seconds: Mapping[str, float]) -> float | None:
    return sum(seconds.values()) / len(seconds) if seconds else None


def _balanced(
    groups: Sequence[Sequence[ProjectEnvironment]], times: Mapping[str, float], count: int
) -> list[list[ProjectEnvironment]]:
    """Return shards of about the same time: of the largest parts of groups that allow it, or of single environments."""
    single = _longest_first([[environment] for group in groups for environment in group], times, count)
    limit = _TOLERANCE * max((_time(shard, times) for shard in single), default=0)
    share = sum(times.values()) / max(count, 1)
    while share * len(times) * 2 > limit > 0:
        parts = [part for group in groups for part in _parts(group, times, share)]
        shards = _longest_first(parts, times, count)
        if all(shards) and max(_time(shard, times) for shard in shards) <= limit:
            return shards
        share /= 2
    return single


def _parts(
    group: Sequence[ProjectEnvironment], times: Mapping[str, float], share: float
) -> Iterable[list[ProjectEnvironment]]:
    """Return a group in parts that take about as long as a share of all."""
    count = min(len(group), max(1, -int(-_time(group, times) // share)))
    return filter(None, _longest_first([[environment] for environment in group], times, count))


def _longest_first(
    parts: Iterable[Sequence[ProjectEnvironment]], times: Mapping[str, float], count: int
) -> list[list[ProjectEnvironment]]:
    shards: list[list[ProjectEnvironment]] = [[] for _ in range(count)]
    for part in sorted(parts, key=lambda part: -_time(part, times)):
        min(shards, key=lambda shard: (_time(shard, times), len(shard))).extend(part)
    return shards


def _time(environments: Iterable[ProjectEnvironment], times: Mapping[str, float]) -> float:
    return sum(times[environment.name] for environment in environments)


def durations(document: Any, path: str) -> dict[str, float]:
    """Return how many seconds each environment took: from ``tox --result-json``, or from ``nox --report``.

    Those that did not run, or were skipped, are left out.

    Args:
        document: The content of the file.
        path: The file, for errors.

    Raises:
        UsageError: It has another form.

    """
    try:
        if "testenvs" in document:
            times = {name: _of_tox(entry) for name, entry in document["testenvs"].items()}
        else:
            times = {entry["signatures"][0]: _of_nox(entry) for entry in document["sessions"]}
    except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
        raise _unreadable(path) from error
    measured = {name: seconds for name, seconds in times.items() if seconds is not None}
    if not all(0 <= seconds < math.inf for seconds in measured.values()):
        raise _unreadable(path, "it has a duration that is no number of seconds")
    return measured


def _unreadable(path: str, *why: str) -> UsageError:
    return UsageError(
        f"cannot read durations from {path}",
        why=("neither tox nor nox writes such a file", *why),
        hint="tox run --result-json FILE, or nox --report FILE",
    )


def _of_tox(entry: Mapping[str, Any]) -> float | None:
    result = entry.get("result") or {}
    if result.get("skipped"):
        return None
    if "duration" in result:
        return float(result["duration"])
    commands = [*(entry.get("setup") or ()), *(entry.get("test") or ())]  # what tox before 4.5 writes
    return sum(float(command.get("elapsed", 0)) for command in commands) if commands else None


def _of_nox(entry: Mapping[str, Any]) -> float | None:
    return float(entry["duration"]) if entry["result"] in {"success", "failed"} and "duration" in entry else None


def to_json(
    shards: Sequence[Sequence[ProjectEnvironment]], seconds: Mapping[str, float], command: Sequence[str], joint: str
) -> dict[str, Any]:
    """Return shards as the JSON of a matrix of GitHub Actions, which other services accept, too.

    Args:
        shards: The environments of each shard.
        seconds: How long environments take, by their names.
        command: The command that runs environments, without their names.
        joint: What is between two names; empty if each is an argument of its own.

    Returns:
        ``{"include": […]}``. Each object has ``shard`` and ``shards``, its number and how many there are;
        ``environments``, their names; ``command``, a line for a shell that runs them; ``python``, the versions of
        Python that it needs, each on a line; and ``seconds``, how long it will take, or ``null``.

    """
    mean = _mean(seconds)
    include = []
    for number, shard in enumerate(shards, start=1):
        names = [environment.name for environment in shard]
        times = [] if mean is None else [seconds.get(name, mean) for name in names]
        arguments = [joint.join(names)] if joint else names
        entry = {
            "shard": number,
            "shards": len(shards),
            "environments": names,
            "command": shlex.join([*command, *arguments]),
            "python": "\n".join(dict.fromkeys(filter(None, (version_of(environment.python) for environment in shard)))),
            "seconds": round(sum(times), 1) if times else None,
        }
        include.append(entry)
    return {"include": include}


def version_of(python: str) -> str:
    """Return the version of an interpreter as ``actions/setup-python`` accepts it, or an empty string for a path.

    Args:
        python: The interpreter, as tox and nox name it: ``py312``, ``python3.12``, ``3.12``, ``3.13t``, ``pypy3.10``.

    """
    match = _VERSION.fullmatch(python)
    return "{name}{major}.{minor}{flag}".format(**match.groupdict("")) if match else ""


def check_count(count: int | None, environments: Collection[ProjectEnvironment]) -> None:
    """Check that there is something to pack, and into how many shards.

    Raises:
        UsageError: There are no environments, or no shards.

    """
    if not environments:
        raise UsageError("there are no environments to run", hint="name some: thinvenv matrix -- -e ALL")
    if count is not None and count < 1:
        raise UsageError(f"there cannot be {count} shards", hint="thinvenv matrix --shards 4")
