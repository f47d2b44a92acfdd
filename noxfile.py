"""The checks of this project in thin environments: ``nox``, ``nox -s tests-3.12 -- -k nox``."""

from __future__ import annotations

from thinvenv import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

PYTHONS = ["3.11", "3.12", "3.13"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests; arguments after ``--`` are passed to pytest."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(tags=["quick"])
def lint(session: nox.Session) -> None:
    """Check style, format and the direction of imports."""
    session.install("-e", ".[nox,tox]", "--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-logo")


@nox.session(tags=["quick"])
def types(session: nox.Session) -> None:
    """Check the types, including those of this file."""
    session.install("-e", ".", "--group", "types")
    session.run("mypy")
