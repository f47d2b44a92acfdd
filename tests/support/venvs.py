"""A thin environment in a test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from thinvenv import engine
from thinvenv.context.context import Context, current_context
from thinvenv.context.reporter import Reporter
from thinvenv.model import Policy
from thinvenv.requirements.arguments import request_from

if TYPE_CHECKING:
    from pathlib import Path

    from thinvenv.model import Plan, Request

Indexer: TypeAlias = Callable[..., str]


def actions(plan: Plan) -> dict[str, str]:
    """Return what a plan does with each distribution, by name; a removal shows only where nothing comes."""
    found = {step.name: "remove" for step in plan.removed}
    found |= {step.name: step.action for step in plan.installed}
    return found | {step.name: "reuse" for step in plan.reused}


class NoteCollector(Reporter):
    """Keeps the notes of calls in a list."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def note(self, text: str) -> None:
        self._notes.append(text)


class Venv:
    """A thin environment, and what one does with it."""

    def __init__(self, prefix: Path, notes: list[str]) -> None:
        self.prefix = prefix
        self.notes = notes

    @property
    def context(self) -> Context:
        return current_context(NoteCollector(self.notes))

    @property
    def python(self) -> Path:
        return self.prefix / "bin" / "python"

    @property
    def site(self) -> Path:
        return next((self.prefix / "lib").glob("python3*")) / "site-packages"

    def install(self, *words: str, **fields: Any) -> Plan:
        """Install what words of ``pip install`` say; ``fields`` are those of the request, or of its policy."""
        return engine.install(self._request(words, fields), self.prefix, self.context)

    def plan(self, *words: str, **fields: Any) -> Plan:
        return engine.plan(self._request(words, fields), self.prefix, self.context)

    def _request(self, words: tuple[str, ...], fields: dict[str, Any]) -> Request:
        context = self.context
        request = request_from(words, context.cwd, context.environ)
        policy = {name: fields.pop(name) for name in Policy._fields if name in fields}
        return request._replace(policy=request.policy._replace(**policy), **fields)

    def run(self, script: str, *arguments: str) -> str:
        """Run a line of Python in the environment, and return what it prints."""
        return self.call(self.python, "-B", "-c", script, *arguments)

    def call(self, *command: str | Path) -> str:
        done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def version(self, module: str) -> str:
        return self.run(f"import {module}; print({module}.__version__)")
