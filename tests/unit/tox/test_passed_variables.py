"""The variables that an environment passes on are those that tox selects."""

from __future__ import annotations

import os
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from tox.tox_env.python.virtual_env.api import VirtualEnv

from thinvenv.tox import passed_variables

LETTERS = st.sampled_from("aAbBsSkK_1*?[]\u017f\u212a")  # the last two are the other cases of s and k
NAMES = st.text(LETTERS, min_size=1, max_size=4)
USUAL = st.sampled_from(["PIP_*", "path", "a*", "*", "Ab_", "https_proxy"])


@given(patterns=st.lists(USUAL | NAMES, max_size=4), names=st.sets(USUAL | NAMES, max_size=8))
def test_the_variables_are_those_that_tox_selects(patterns: list[str], names: set[str]) -> None:
    environ = dict.fromkeys(names, "1")
    passed = passed_variables.matching(patterns, environ)
    with patch.dict(os.environ, environ, clear=True):
        assert passed is None or [*passed.items()] == [*VirtualEnv._load_pass_env(patterns).items()]


def test_what_tox_passes_by_default_needs_no_regular_expression() -> None:
    patterns = ["PIP_*", "VIRTUALENV_*", "no_proxy", "LD_LIBRARY_PATH", "UV_*"]
    environ = {"PIP_PRE": "1", "NO_PROXY": "x", "HOME": "/", "PIPX": "1"}
    assert passed_variables.matching(patterns, environ) == {"PIP_PRE": "1", "NO_PROXY": "x"}


def test_a_question_mark_is_left_to_tox() -> None:
    assert passed_variables.matching(["A?"], {"AB": "1"}) is None
