"""Errors in the words of tox and nox."""

from __future__ import annotations

import pytest

from thinvenv.config.spelling import in_words_of
from thinvenv.errors import UsageError


@pytest.mark.parametrize(
    ("text", "tox", "nox"),
    [
        ("use `--store none` here", "use `thin_store = none` here", 'use `thin_store="none"` here'),
        ("use `--only-reuse=numpy`", "use `thin_only_reuse = numpy`", 'use `thin_only_reuse="numpy"`'),
        ("`--base` contradicts", "`thin_base` contradicts", "`thin_base` contradicts"),
        ("use `--python 3.12`", "use `base_python = 3.12`", 'use `python="3.12"`'),
        ("`only-reuse` has `reuse`", "`thin_only_reuse` has `reuse`", "`thin_only_reuse` has `reuse`"),
        (
            "`--never-reuse a --never-reuse b` fits",
            "`thin_never_reuse = a` and `thin_never_reuse = b` fits",
            '`thin_never_reuse="a"` and `thin_never_reuse="b"` fits',
        ),
        ("`--store none --other`", "`--store none --other`", "`--store none --other`"),
        ("`--extra` and pip --base", "`--extra` and pip --base", "`--extra` and pip --base"),
    ],
)
def test_options_become_keys_and_keywords(text: str, tox: str, nox: str) -> None:
    assert in_words_of("tox", UsageError("what", hint=text)) == f"what\nhint: {tox}"
    assert in_words_of("tox", text) == tox
    assert in_words_of("nox", UsageError(text, why=("why",))) == f"{nox}\n  why"
