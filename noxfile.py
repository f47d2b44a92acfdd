"""The checks of this project in thin environments: ``nox``, ``nox -s tests-3.12 -- -k nox``."""

from __future__ import annotations

import json
import os
import platform
from collections import defaultdict
from pathlib import Path

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


@nox.session
def cluster(session: nox.Session) -> None:
    """Run the tests on local clusters of Ray and Dask; arguments after ``--`` are passed to pytest."""
    session.install("-e", ".[tox]", "--group", "cluster")
    session.run("pytest", "-m", "cluster", "tests/functional/machines", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation without a warning, and check its links: the site is in ``docs/_build/html``."""
    session.install("-e", ".", "--group", "docs")
    options = ["-W", "--keep-going", "-E", "docs"]
    session.run("sphinx-build", "-b", "html", *options, "docs/_build/html")
    session.run("sphinx-build", "-b", "linkcheck", *options, "docs/_build/linkcheck")


@nox.session
def console(session: nox.Session) -> None:
    """Run the console blocks of all pages, also those that take longer."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "-m", "docs or not docs", "tests/functional/cli/test_console_blocks.py", *session.posargs)


@nox.session
def worktrees(session: nox.Session) -> None:
    """Install worktrees in development mode with real build backends, from a package registry."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "-m", "worktrees", "-n", "2", *session.posargs)


@nox.session
def sequences(session: nox.Session) -> None:
    """Try ``SEQUENCES`` random sequences of commands with a store and without: 200 take a quarter of an hour."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "-m", "sequences", "tests/property/store", *session.posargs)


@nox.session
def images(session: nox.Session) -> None:
    """Run the recipes for images and squashfs as root, with buildah, umoci, squashfs-tools and squashfuse of apt."""
    session.install("-e", ".", "--group", "test")
    session.run("pytest", "-m", "images", "tests/functional/images", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Run the long campaign of faults, and print its figures; arguments after ``--`` are passed to pytest.

    With ``FAULTS=sample`` among the variables, run the sample that each run of the tests tries; with
    ``FAULTS_POINTS=N``, run the long campaign with N points of each scenario.
    """
    fuzzer = (
        ["atheris"] if platform.system() == "Linux" and platform.machine() == "x86_64" else []
    )  # where it has wheels
    session.install("-e", ".", "--group", "test", "keyring", "keyrings.alt", *fuzzer)
    report = Path(session.create_tmp()).resolve() / "report.json"
    report.unlink(missing_ok=True)
    variables = {"FAULTS": os.environ.get("FAULTS", "long"), "FAULTS_REPORT": str(report)}
    options = session.posargs or ["-n", "2"]
    session.run("python", "-m", "pytest", "tests/faults", *options, env=variables, success_codes=[0, 1])
    figures: defaultdict[tuple[str, str], float] = defaultdict(int)
    for line in report.read_text().splitlines():
        entry = json.loads(line)
        for name in entry.keys() - {"part", "failure"}:
            figures[entry["part"], name] += entry[name]
    session.log("\n".join(f"{part}: {figure:g} {name}" for (part, name), figure in sorted(figures.items())))
