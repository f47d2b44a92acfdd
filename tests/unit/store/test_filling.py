"""What a store records of how an entry was made."""

from __future__ import annotations

import time

import pytest

from thinvenv.store import filling


@pytest.mark.parametrize("seconds", ["", "abc", "nan", "1e400", "9" * 5000, "-1"])
def test_a_time_that_is_none_counts_as_not_set(seconds: str) -> None:
    before = time.time()

    assert before <= filling._time({"SOURCE_DATE_EPOCH": seconds}) <= time.time()
    assert filling._time({"SOURCE_DATE_EPOCH": "1700000000"}) == 1_700_000_000
