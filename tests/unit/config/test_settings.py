"""What was said about thinness, and which of two sayings wins."""

from __future__ import annotations

import os

import pytest

from thinvenv.config.settings import Settings, from_environ
from thinvenv.errors import UsageError
from thinvenv.model import Policy, Request


def test_variables_are_read() -> None:
    environ = {
        "THINVENV_REUSE": "inherit",
        "THINVENV_BASE": os.pathsep.join(["/opt/a b", "/opt/c"]),
        "THINVENV_ONLY_REUSE": "numpy, scipy",
        "THINVENV_NEVER_REUSE": "pytest*",
        "THINVENV_BACKEND": "pip",
    }

    assert from_environ(environ) == Settings("inherit", ("/opt/a b", "/opt/c"), ("numpy", "scipy"), ("pytest*",), "pip")


def test_an_empty_variable_says_nothing() -> None:
    assert from_environ({"THINVENV_REUSE": "", "THINVENV_BASE": ""}) == Settings()


def test_a_wrong_value_is_refused_with_its_variable() -> None:
    with pytest.raises(UsageError, match="THINVENV_REUSE cannot be `inherits`") as caught:
        from_environ({"THINVENV_REUSE": "inherits"})

    assert caught.value.why == ("it is one of inherit, link, off",)


def test_the_stronger_wins_field_by_field_and_an_empty_list_is_a_word() -> None:
    strong = Settings(reuse="off", never_reuse=())
    weak = Settings(reuse="inherit", only_reuse=("a",), never_reuse=("b",))

    assert strong.over(weak) == Settings(reuse="off", only_reuse=("a",), never_reuse=())


def test_a_request_gets_only_what_was_said() -> None:
    request = Request(policy=Policy(only_reuse=("kept",)), backend="uv")

    assert Settings(never_reuse=("x",)).applied(request) == Request(
        policy=Policy(only_reuse=("kept",), never_reuse=("x",)), backend="uv"
    )
