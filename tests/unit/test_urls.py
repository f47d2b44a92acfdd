"""URLs as text: credentials are removed, and nothing else."""

from __future__ import annotations

import time

import pytest

from thinvenv.urls import redacted


@pytest.mark.parametrize("password", ["pass/word", "/word", "p/a/s", "12ab/c", "ä/ö", "word/", "12/word", "123456/"])
def test_a_password_with_a_slash_is_redacted(password: str) -> None:
    assert redacted(f"--index-url https://me:{password}@host:8080/simple x") == "--index-url https://host:8080/simple x"


def test_a_password_that_looks_like_a_port_is_redacted_in_the_url_of_a_repository() -> None:
    assert redacted("git+https://me:12/word@host.test/mine.git@v1") == "git+https://host.test/mine.git@v1"


@pytest.mark.parametrize(
    "text",
    [
        "https://host/mine.git@v1",
        "git+https://host:8080/mine@release/1.0",
        "https://host:8080/mine.git@v1.0/x",
        "git+https://host:8080/mine.git@v1",
        "git+https://host:8080/mine.git@feature/x#egg=mine",
        "https://[::1]:8080/mine.git@v1",
        "https://host:8080 me@host",
        "me@host, see https://host/x",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000 + "@",
        "https://a:" * 20_000 + "@",
        "@ " + "://a:x/" * 20_000,
        "://" + "a:" * 100_000 + " @",
        "://a:1/" * 20_000 + " @",
    ],
)
def test_long_texts_take_no_longer_than_their_length(text: str) -> None:
    start = time.process_time()

    redacted(text)

    assert time.process_time() - start < 5  # with a quadratic pattern it is minutes
