"""The `thin_*` settings: how they are read, which value wins, and how they are documented."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from thinvenv.config.settings import SETTINGS, Settings, from_environ, from_values
from thinvenv.errors import UsageError
from thinvenv.model import Policy, Request

REFERENCE = Path(__file__).parents[3] / "docs" / "reference.md"


def test_settings_are_read_from_variables() -> None:
    environ = {
        "THINVENV_REUSE": "inherit",
        "THINVENV_BASE": os.pathsep.join(["/opt/a b", "/opt/c"]),
        "THINVENV_ONLY_REUSE": "numpy, scipy",
        "THINVENV_NEVER_REUSE": "pytest*",
        "THINVENV_BACKEND": "pip",
    }

    assert from_environ(environ) == Settings("inherit", ("/opt/a b", "/opt/c"), ("numpy", "scipy"), ("pytest*",), "pip")


def test_an_empty_variable_sets_nothing() -> None:
    assert from_environ({"THINVENV_REUSE": "", "THINVENV_BASE": ""}) == Settings()


def test_an_unknown_value_is_rejected_with_the_name_of_its_variable() -> None:
    with pytest.raises(UsageError, match="THINVENV_REUSE cannot be `inherits`") as caught:
        from_environ({"THINVENV_REUSE": "inherits"})

    assert caught.value.why == ("it is one of inherit, link, off",)


def test_settings_are_read_from_keywords() -> None:
    values = {"thin_reuse": "link", "thin_base": Path("/opt/a"), "thin_never_reuse": iter(["numpy"])}

    assert from_values(values) == Settings(reuse="link", bases=("/opt/a",), never_reuse=("numpy",))


@pytest.mark.parametrize(("key", "value"), [("thin_backend", "conda"), ("thin_base", 3), ("thin_only_reuse", [None])])
def test_a_wrong_keyword_is_rejected_by_name(key: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{key} cannot be"):
        from_values({key: value})


def test_the_stronger_settings_win_field_by_field_and_an_empty_list_is_a_value() -> None:
    strong = Settings(reuse="off", never_reuse=())
    weak = Settings(reuse="inherit", only_reuse=("a",), never_reuse=("b",))

    assert strong.or_else(weak) == Settings(reuse="off", only_reuse=("a",), never_reuse=())


def test_a_request_gets_only_the_values_that_are_set() -> None:
    request = Request(policy=Policy(only_reuse=("kept",)), backend="uv")

    assert Settings(never_reuse=("x",)).apply_to(request) == Request(
        policy=Policy(only_reuse=("kept",), never_reuse=("x",)), backend="uv"
    )


def test_the_reference_documents_every_setting_in_each_of_its_spellings() -> None:
    rows = re.findall(r"^\| `(thin_\w+)` \| `([\w-]+)` \| `(\w+)`[^|]*\| (.+) \|$", REFERENCE.read_text(), re.MULTILINE)

    assert [row[:3] for row in rows] == [(setting.key, setting.option, setting.variable) for setting in SETTINGS]
    for setting, (*_, meaning) in zip(SETTINGS, rows, strict=True):
        assert re.sub("`", "", meaning).startswith(setting.help), setting.name
