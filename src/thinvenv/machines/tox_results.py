"""The results of tox environments that ran elsewhere, reported as `tox -p` reports them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SUMMARY = re.compile(r"^  (?P<name>\S+): (?P<outcome>OK|SKIP|NOT AVAILABLE|(IGNORED )?FAIL code -?\d+) \(.*\)$")
_END = re.compile(r"^  (congratulations :\)|evaluation failed :\() \(.*\)$")
_FAILURE = re.compile(r"FAIL code (-?\d+)")


@dataclass(frozen=True)
class EnvironmentResult:
    """The result of one environment.

    Attributes:
        name: Its name.
        outcome: In the words of tox: ``OK``, ``SKIP``, ``NOT AVAILABLE``, ``FAIL code N`` or ``IGNORED FAIL code N``.
        summary: The line about it at the end of a run of tox.
        journal: What ``--result-json`` wrote, as text.

    """

    name: str
    outcome: str
    summary: str
    journal: str = ""

    @property
    def is_success(self) -> bool:
        """Whether a run with this result alone may succeed, as tox counts it."""
        return not self.outcome.startswith("FAIL")

    @property
    def status(self) -> int:
        """The exit status of a run of this environment alone."""
        if self.outcome == "SKIP":
            return 1
        failure = _FAILURE.match(self.outcome)
        return int(failure[1]) if failure else 0


def read_result(name: str, status: int, lines: Iterable[str], journal: str, seconds: float) -> EnvironmentResult:
    """Return the result of a run of tox that was asked for one environment.

    Args:
        name: The environment.
        status: The exit status of tox.
        lines: What it printed.
        journal: What it wrote for ``--result-json``.
        seconds: How long it took, for a tox that ends without a summary.

    """
    matches = map(_SUMMARY.match, lines)
    summaries = [match for match in matches if match and match["name"] == name]
    if summaries:
        return EnvironmentResult(name, summaries[-1]["outcome"], summaries[-1][0], journal)
    return without_summary(name, f"FAIL code {status}" if status else "OK", seconds)


def without_summary(name: str, outcome: str, seconds: float) -> EnvironmentResult:
    """Return the result of an environment about which tox printed no summary: tox or its node has failed."""
    return EnvironmentResult(name, outcome, f"  {name}: {outcome} ({seconds:.2f} seconds)")


def is_part_of_end(line: str) -> bool:
    """Return whether tox prints a line at the end of a run, about one environment or all."""
    return bool(_END.match(line) or _SUMMARY.match(line))


def end_of_run(results: Sequence[EnvironmentResult], seconds: float) -> tuple[str, int]:
    """Return what `tox -p` prints at the end of a run, and its exit status.

    Args:
        results: The results, in the order of the configuration.
        seconds: How long the run took.

    """
    skipped = all(result.outcome == "SKIP" for result in results)
    succeeded = all(result.is_success for result in results) and not skipped
    end = "congratulations :)" if succeeded else "evaluation failed :("
    lines = [*(result.summary for result in results), f"  {end} ({seconds:.2f} seconds)"]
    status = 0 if succeeded else results[0].status if len(results) == 1 else 1
    return "".join(f"{line}\n" for line in lines), status


def merged_journal(journals: Iterable[str]) -> dict[str, Any]:
    """Return the journals of several runs as one, as a single run of tox would have written it.

    A journal has an empty entry for each environment of the project that did not run.
    """
    merged: dict[str, Any] = {}
    environments: dict[str, Any] = {}
    for text in filter(None, journals):
        document = json.loads(text)
        merged = {**document, **merged}
        for name, entry in document.get("testenvs", {}).items():
            environments[name] = entry or environments.get(name, {})
    return merged | ({"testenvs": environments} if merged else {})
