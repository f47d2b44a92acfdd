"""What the commands print with ``--json`` is what the schemas in the documentation say, and nothing else."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import fastjsonschema

from support import ROOT
from support.command_line import thinvenv
from support.projects import Project
from thinvenv.fleet.project_environments import ProjectEnvironment
from thinvenv.machines.matrix import to_json

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bases import Base
    from support.venv import Indexer

SCHEMAS = ROOT / "docs" / "schemas"


def strict(schema: Any) -> Any:
    """Return a schema that rejects the properties that it does not describe."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema and "type" in schema else {}
        return {**closed, **{name: strict(value) for name, value in schema.items()}}
    return [strict(value) for value in schema] if isinstance(schema, list) else schema


def validate(schema: str, document: Any) -> None:
    """Fail if a document is not what a schema describes."""
    fastjsonschema.validate(strict(json.loads((SCHEMAS / f"{schema}.json").read_text())), document)


def printed(schema: str, *arguments: str | Path, code: int = 0) -> Any:
    """Return what a command prints with ``--json``, once it is valid."""
    result = thinvenv(*arguments, "--json")
    assert result.code == code, result.err
    validate(schema, result.json)
    return result.json


def test_the_output_of_each_command_follows_its_schema(
    base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.install(Project("lib", "1.0"), Project("tool", requires=("lib",)))
    index(Project("app", requires=("lib>=2",)), Project("lib", "2.0"))
    env, store = tmp_path / "env", tmp_path / "store"
    monkeypatch.setenv("VIRTUAL_ENV", str(env))

    created = printed("plan", "create", env, "--python", base.python, "--store", store, "tool")
    installed = printed("plan", "install", "app")
    assert {step["action"] for step in [*created["steps"], *installed["steps"]]} >= {"reuse", "install", "shadow"}
    assert len(printed("list", "list")["distributions"]) == 3
    assert printed("tree", "tree")["requested"]
    assert printed("why", "why", "lib")["chains"]
    assert printed("check", "check")["environments"][0]["ok"]
    assert printed("doctor", "doctor")["environment"]["path"] == str(env)
    report = printed("report", "report", tmp_path)
    assert (report["totals"]["environments"], report["environments"][0]["drift"]) == (1, False)
    assert printed("base-suggest", "base", "suggest", tmp_path)["schema"] == 1
    entries = printed("store", "store", "list", "--store", store)["entries"]
    (path,) = (entry["path"] for entry in entries if entry["name"] == "app")
    module = next(os.path.join(folder, "__init__.py") for folder, _, names in os.walk(path) if "__init__.py" in names)
    os.chmod(module, 0o600)
    with open(module, "a", encoding="utf-8") as file:
        file.write("damaged = True\n")
    assert printed("store-verify", "store", "verify", "--store", store, code=1)["entries"]
    assert "remove" in {step["action"] for step in printed("plan", "uninstall", "app")["steps"]}
    (base.site / "tool-1.0.dist-info" / "METADATA").unlink()
    assert printed("check", "check", code=1)["environments"][0]["findings"]
    assert printed("error", "why", "absent", code=1)["error"]["type"] == "RequirementError"


def test_a_matrix_follows_its_schema() -> None:
    environment = ProjectEnvironment("py312", "py312")

    validate("matrix", to_json([[environment]], {}, ("tox", "run", "-e"), ","))
    validate("matrix", to_json([[environment]], {"py312": 1.5}, ("nox", "-s"), ""))


def test_each_schema_is_listed_in_the_documentation() -> None:
    listed = re.findall(r"\(schemas/([\w-]+\.json)\)", (ROOT / "docs" / "json.md").read_text())

    assert sorted(listed) == sorted(path.name for path in SCHEMAS.iterdir())
