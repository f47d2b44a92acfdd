"""The public names of the package, and their documentation."""

from __future__ import annotations

import re

import thinvenv
from support import ROOT
from thinvenv import errors
from thinvenv._api import Options


def test_every_error_is_public() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}

    assert "UnwritableError" in classes
    assert classes <= set(thinvenv.__all__)
    assert all(getattr(thinvenv, name) is getattr(errors, name) for name in classes)


def test_the_reference_documents_every_public_name_and_option() -> None:
    text = "".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("reference.md", "hooks.md"))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    documented = {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", code)}

    assert {*thinvenv.__all__, *Options.__annotations__} - documented == set()
