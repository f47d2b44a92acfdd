"""Documents of the cache that another version has written, or somebody has edited, count as absent."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.projects import Project
from support.venv import actions
from thinvenv.cache import VERSION
from thinvenv.environments import receipt
from thinvenv.files import json_with_checksum, verified_json
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

NUMBER_OF_KEYS = 6  # of the largest document


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text that the checksum of a document depends on, and the document."""
    salt = f"{path.parent.name}/{path.name.removesuffix(f'-{VERSION}.json')}"
    return salt, json.loads(verified_json(path.read_bytes(), salt))


def other_form(document: dict[str, Any], number: int, mode: str) -> dict[str, Any]:
    """Return a document without the n-th of its keys, or without its value; with nothing but a format for the last."""
    if number == NUMBER_OF_KEYS:
        return {"format": 99}
    omitted = [*document, ""][number % max(len(document), 1)]
    if mode == "inherit":
        return document | {omitted: None}
    return {name: value for name, value in document.items() if name != omitted}


@pytest.mark.parametrize("mode", ["inherit", "link"])
def test_a_document_of_another_form_counts_as_absent(
    mode: str,
    make_venv: Callable[..., Venv],
    base: Base,
    index: Indexer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base.install(Project("tool", entry_points="[console_scripts]\ntool = tool:main\n"))
    index(Project("fresh"))
    requirements = ["tool", *(["fresh"] if mode == "inherit" else [])]
    first = make_venv("first", str(base.python), reuse=mode)
    expected = actions(first.install(*requirements))
    cache = first.context.cache.root
    documents = {path.relative_to(cache): read(path) for path in cache.rglob("*.json")}
    assert {"environments", "recorded-installs"} <= {path.parent.name for path in documents}

    for number in range(NUMBER_OF_KEYS + 1):
        other = tmp_path / f"cache-{number}"
        shutil.copytree(cache, other, symlinks=True)
        for path, (salt, document) in documents.items():
            changed = json.dumps(other_form(document, number, mode))
            (other / path).write_bytes(json_with_checksum(changed, salt))
        monkeypatch.setenv("THINVENV_CACHE_DIR", str(other))
        venv = make_venv(f"venv-{number}", str(base.python), reuse=mode)

        assert actions(venv.install(*requirements)) == expected
        assert check.check(venv.prefix, venv.context).ok


@pytest.mark.parametrize("schema", [0, 2, "1", None])
def test_a_receipt_of_another_schema_counts_as_absent(schema: Any, venv: Venv, base: Base) -> None:
    base.install(Project("tool"))
    venv.install("tool")
    path = venv.prefix / receipt.FILE_NAME
    document = json.loads(verified_json(path.read_bytes()))
    path.write_bytes(json_with_checksum(json.dumps(document | {"schema": schema})))

    assert receipt.load(venv.prefix) is None
    assert actions(venv.install("tool")) == {"tool": "reuse"}
    assert check.check(venv.prefix, venv.context).ok
