"""The output of environments on other machines: each line once, whatever is lost on the way."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from thinvenv.machines.live_output import LiveOutput, prefixed


def test_each_line_has_the_name_before_it_without_the_end_of_the_run() -> None:
    lines = [
        "a",
        "\tb\x1b]0;title\x07",
        "",
        "  py: OK (1.20=setup[1.00]+cmd[0.20] seconds)",
        "  congratulations :) (1.30 seconds)",
    ]

    assert prefixed("py", lines) == "py | a\npy | \tb\\x1b]0;title\\x07\n"


@given(st.integers(0, 20), st.sets(st.integers(0, 20)), st.data())
def test_each_line_is_shown_once_and_in_order(number: int, ends: set[int], data: st.DataObject) -> None:
    lines = [str(line) for line in range(number)]
    written: list[str] = []
    output = LiveOutput(written.append)

    for start, end in pairwise([0, *sorted(end for end in ends if end < number)]):
        if data.draw(st.booleans()):  # else it is lost
            output.show("py", "first", start, lines[start:end])
    output.show("py", "first", 0, lines)

    assert "".join(written) == "".join(f"py | {line}\n" for line in lines)


def test_a_second_run_shows_its_output_from_the_start() -> None:
    written: list[str] = []
    output = LiveOutput(written.append)

    output.show("py", "first", 0, ["a", "b"])
    output.show("py", "second", 0, ["a"])
    output.fail("py", "lost\nagain")

    assert "".join(written).splitlines() == [
        "py | a",
        "py | b",
        "py | its node was lost, so it starts again",
        "py | a",
        "py | lost",
        "py | again",
    ]
