"""What uv reports about a resolution that failed."""

from __future__ import annotations

from thinvenv.backends.uv_output import resolution_failure

COMMAND = ("$ uv pip install", "exit status 2")


def test_a_server_that_cannot_be_reached_is_named() -> None:
    message = (
        "error: Request failed after 3 retries in 7.7s\n"
        "  cause: Failed to fetch: https://host.test:8080/simple/alpha/\n"
        "  cause: error sending request for url (https://host.test:8080/simple/alpha/)\n"
        "  cause: failed to lookup address information: Name or service not known"
    )

    error = resolution_failure(message, COMMAND)

    assert error.what == "the server https://host.test:8080 cannot be reached"
    [why] = error.why
    assert (
        why == "https://host.test:8080/simple/alpha/: failed to lookup address information: Name or service not known"
    )
    assert error.hint is not None


def test_another_failure_shows_the_command() -> None:
    message = (
        "error: Failed to fetch: `https://host.test/simple/`\n  cause: HTTP status client error (401 Unauthorized)"
    )

    error = resolution_failure(message, COMMAND)

    assert (error.what, error.why) == ("uv could not resolve the requirements", (*COMMAND, message))
