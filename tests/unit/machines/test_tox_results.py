"""The results of environments that ran elsewhere: read, merged, and told as tox -p does it."""

from __future__ import annotations

import pytest

from thinvenv.machines.tox_results import EnvironmentResult, end_of_run, merged_journal, read_result, without_summary


def result_of(name: str, outcome: str) -> EnvironmentResult:
    return without_summary(name, outcome, 1)


@pytest.mark.parametrize(
    ("outcome", "status", "is_success"),
    [
        ("OK", 0, True),
        ("SKIP", 1, True),
        ("NOT AVAILABLE", 0, True),
        ("FAIL code 3", 3, False),
        ("FAIL code -9", -9, False),
        ("IGNORED FAIL code 4", 0, True),
    ],
)
def test_the_outcome_is_read_from_the_summary_of_tox(outcome: str, status: int, *, is_success: bool) -> None:
    summary = f"  py: {outcome} (1.20=setup[1.00]+cmd[0.20] seconds)"
    output = f"py: commands[0]> true\n  other: OK (1 seconds)\n{summary}\n  evaluation failed :( (1.30 seconds)\n"

    result = read_result("py", status, output.splitlines(), "{}", 2)

    assert result == EnvironmentResult("py", outcome, summary, "{}")
    assert (result.status, result.is_success) == (status, is_success)


def test_a_tox_without_a_summary_is_counted_by_its_status() -> None:
    assert read_result("py", 2, ["error: no tox.ini"], "", 1.5).summary == "  py: FAIL code 2 (1.50 seconds)"
    assert read_result("py", 0, [], "", 1.5).outcome == "OK"


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["OK", "SKIP"], 0),
        (["OK", "IGNORED FAIL code 4"], 0),
        (["SKIP", "SKIP"], 1),
        (["SKIP"], 1),
        (["FAIL code 3"], 3),
        (["FAIL code 3", "OK"], 1),
    ],
)
def test_the_exit_status_is_that_of_tox(outcomes: list[str], status: int) -> None:
    results = [result_of(str(number), outcome) for number, outcome in enumerate(outcomes)]

    text, actual = end_of_run(results, 2.5)

    end = "evaluation failed :(" if status else "congratulations :)"
    assert actual == status
    assert text.splitlines() == [*(result.summary for result in results), f"  {end} (2.50 seconds)"]


def test_journals_become_one() -> None:
    journals = [
        '{"toxversion": "4", "testenvs": {"a": {"result": 1}, "b": {}}}',
        "",
        '{"toxversion": "5", "testenvs": {"a": {}, "b": {"result": 2}}}',
    ]

    assert merged_journal(journals) == {"toxversion": "4", "testenvs": {"a": {"result": 1}, "b": {"result": 2}}}
    assert merged_journal([""]) == {}
