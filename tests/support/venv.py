"""A thin environment, and what the tests do with it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from support.bases import untouched_base
from thinvenv import engine
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.model import Policy
from thinvenv.requirements.arguments import request_from

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.model import Plan, Request

Indexer: TypeAlias = Callable[..., str]
"""The fixture ``index``: adds projects to the index that uv and pip use, and returns its URL."""


def actions(plan: Plan) -> dict[str, str]:
    """Return the action of a plan for each distribution by name; a removal is left out where another version comes."""
    actions_by_name = {step.name: "remove" for step in plan.removed}
    actions_by_name |= {step.name: step.action for step in plan.installed}
    return actions_by_name | {step.name: "reuse" for step in plan.reused}


class NoteCollector(Reporter):
    """A reporter that keeps the notes in a list."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def note(self, text: str) -> None:
        self._notes.append(text)


class Venv:
    """A thin environment at a prefix; ``notes`` receives what its user would be notified of."""

    def __init__(self, prefix: Path, notes: list[str]) -> None:
        self.prefix = prefix
        self.notes = notes

    @property
    def context(self) -> Context:
        """The context of a call by the tests."""
        return current_context(NoteCollector(self.notes))

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.prefix / "bin" / "python"

    @property
    def site(self) -> Path:
        """The ``site-packages`` of the environment."""
        return next((self.prefix / "lib").glob("python3*")) / "site-packages"

    def install(self, *arguments: str, **fields: Any) -> Plan:
        """Install what arguments of ``pip install`` ask for; ``fields`` replace those of the request or its policy."""
        request = self._request(arguments, fields)
        with untouched_base(self.prefix / "pyvenv.cfg"):
            return engine.install(request, self.prefix, self.context)

    def plan(self, *arguments: str, **fields: Any) -> Plan:
        """Return the plan that :meth:`install` would carry out."""
        return engine.plan(self._request(arguments, fields), self.prefix, self.context)

    def _request(self, arguments: tuple[str, ...], fields: dict[str, Any]) -> Request:
        context = self.context
        request = request_from(arguments, context.cwd, context.environ, str(self.prefix))
        policy = {name: fields.pop(name) for name in Policy._fields if name in fields}
        return request._replace(policy=request.policy._replace(**policy), **fields)

    def run(self, script: str, *arguments: str) -> str:
        """Run Python code in the environment, and return what it prints."""
        return self.call(self.python, "-B", "-c", script, *arguments)

    def call(self, *command: str | Path) -> str:
        """Run a command, assert that it succeeds, and return what it prints."""
        process = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        return process.stdout.strip()

    def version(self, module: str) -> str:
        """Return the ``__version__`` of a module, as the environment imports it."""
        return self.run(f"import {module}; print({module}.__version__)")
