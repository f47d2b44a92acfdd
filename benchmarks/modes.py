#!/usr/bin/env python3
"""Run the tests of public projects over a rich base, in each reuse mode and in a full environment.

``python3 benchmarks/modes.py`` only needs Python 3.11 or later and a package index. It creates a base with the
distributions that scientific installations have, downloads the source archive of each project, and runs its tests in
three environments with the same requirements: ``off`` (everything is installed), ``link`` and ``inherit``. A run
counts as different if it has other numbers of passed, skipped and failed tests than the full environment, or takes
more than half longer in processor time, and 3 s more. Names on the command line select projects. ``--write`` updates
``docs/modes.json`` and the table in ``docs/modes.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from thinbench import bootstrap
from thinbench.bases import SCIENCE, Base, with_distributions
from thinbench.folders import CHECKOUT, home
from thinbench.processes import run, variables
from thinbench.tables import markdown, seconds

RICH = (
    *SCIENCE,
    *(
        "seaborn",
        "statsmodels",
        "sympy",
        "networkx",
        "xarray",
        "dask",
        "numba",
        "pyarrow",
        "sqlalchemy",
        "lxml",
        "h5py",
    ),
    *("openpyxl", "ipython", "ipykernel", "jupyterlab", "tqdm", "rich", "wcwidth", "pygments", "greenlet", "gevent"),
    *("hypothesis", "anyio", "trio", "httpx", "aiohttp", "uvloop", "orjson", "pydantic", "attrs", "cryptography"),
    *("pytest-cov", "pytest-xdist", "pytest-asyncio", "pytest-mock", "pytest-timeout", "pytest-benchmark"),
    *("pytest-randomly", "pytest-sugar", "cython", "setuptools", "babel", "simplejson", "python-dateutil", "regex"),
)
"""The requirements of the base: what Anaconda has, with the plugins of pytest that teams install beside it."""

MODES = ("off", "link", "inherit")
LIMIT = 300
"""The seconds after which a run of tests is ended."""
SLOWER = 1.5
"""A run that takes more than this multiple of the full environment's time, and some seconds, counts as different."""


@dataclass(frozen=True)
class Suite:
    """The tests of a project.

    Attributes:
        project: The name of the project.
        tests: The folder of the tests in the source archive.
        requirements: What the tests need besides pytest and the project.
        options: Further options of pytest, such as those that leave out tests whose result depends on the load.

    """

    project: str
    tests: str = "tests"
    requirements: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


SUITES = (
    Suite("tabulate", "test"),
    Suite("click"),
    Suite("jinja2", requirements=("trio",)),
    Suite("markupsafe"),
    Suite("itsdangerous", requirements=("freezegun",)),
    Suite("pluggy", "testing"),
    Suite("packaging", requirements=("pretend", "tomli-w"), options=("--ignore=tests/property",)),
    Suite("cachetools"),
    Suite("toolz", "toolz/tests"),
    Suite("tqdm", requirements=("pytest-asyncio", "pytest-timeout"), options=("--ignore=tests/tests_perf.py",)),
    Suite("patsy", "patsy", requirements=("scipy",)),
    Suite("networkx", "networkx/classes"),
    Suite("natsort", requirements=("hypothesis", "pytest-mock")),
    Suite("structlog", requirements=("pretend", "freezegun", "pytest-asyncio", "time-machine")),
    Suite("marshmallow", requirements=("simplejson",)),
    Suite("beautifulsoup4", "bs4/tests"),
    Suite("traitlets", requirements=("argcomplete", "pytest-mock"), options=("--ignore=tests/test_typing.py",)),
    Suite("sqlparse"),
    Suite("tomlkit", requirements=("pyyaml",)),
    Suite("humanize", requirements=("freezegun",)),
    Suite("markdown-it-py", requirements=("pytest-regressions",)),
    Suite("asttokens", requirements=("astroid",)),
    Suite("attrs", requirements=("hypothesis", "cloudpickle")),
    Suite("more-itertools"),
    Suite("wcwidth"),
    Suite("mistune", options=("-k", "not (linear or quickly or rescan or recurse or quadratically)")),
    Suite("xmltodict"),
    Suite("simplejson", "simplejson/tests"),
    Suite("h11", "h11/tests"),
    Suite("pyrsistent", requirements=("hypothesis",)),
    Suite("pint", "pint/testsuite", requirements=("pytest-benchmark", "pytest-subtests")),
)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help="only these projects")
    parser.add_argument("--write", action="store_true", help="update docs/modes.json and docs/modes.md")
    options = parser.parse_args()
    bootstrap.enter()
    _say(f"creating the base with {len(RICH)} requirements")
    base = with_distributions("rich", RICH)
    results = {}
    for suite in SUITES:
        if not options.projects or suite.project in options.projects:
            _say(suite.project)
            results[suite.project] = measured(suite, base)
            if options.write:
                write(results)
    sys.stdout.write(f"\n{table(results)}\n\n{verdict(results)}\n")


def measured(suite: Suite, base: Base) -> dict[str, Any]:
    """Run a suite in each mode, and return its version and the outcome of each; without tests, why there are none."""
    folder = home() / "modes" / suite.project
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        sources = downloaded(suite.project, folder)
        if not (sources / suite.tests).is_dir():
            return {"skipped": f"the archive has no folder {suite.tests}"}
        for mode in MODES:
            create(folder / mode, mode, suite, sources, base)
        version = run(folder / "off" / "bin" / "python", "-c", _VERSION, suite.project).strip()
        return {"version": version, **{mode: outcome(folder / mode, suite, sources) for mode in MODES}}
    except SystemExit as error:
        _say(f"{suite.project} is left out: {error}")
        return {"skipped": str(error)}


_VERSION = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"


def downloaded(project: str, folder: Path) -> Path:
    """Download and unpack the source archive of a project, and return the path of its sources."""
    options = ("--quiet", "--no-deps", "--no-binary", project, "--dest", folder)
    run(sys.executable, "-m", "pip", "download", *options, project)
    archive = next(folder.glob("*.tar.gz"))
    with tarfile.open(archive) as files:
        files.extractall(folder / "sources", filter="data")
    return next((folder / "sources").iterdir())


def create(env: Path, mode: str, suite: Suite, sources: Path, base: Base) -> None:
    """Create the environment of one mode."""
    options = ("--quiet", "--python", base.python, "--reuse", mode)
    thinvenv = Path(sys.prefix, "bin", "thinvenv")
    run(thinvenv, "create", env, *options, sources, "pytest", *suite.requirements, cwd=sources)


def outcome(env: Path, suite: Suite, sources: Path) -> dict[str, Any]:
    """Run the tests in an environment, and return the numbers of their results and the seconds of processor time."""
    report = env / "report.xml"
    command = [str(env / "bin" / "pytest"), "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command += [*suite.options, suite.tests]
    start = _processor_time()
    try:
        done = subprocess.run(
            command, cwd=sources, env=variables(), capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return {"died": f"no end after {LIMIT} s"}
    elapsed = round(_processor_time() - start, 2)
    (env / "output.txt").write_text(done.stdout + done.stderr)
    if not report.exists():
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return {"died": lines[-1][:200] if lines else f"exit status {done.returncode}", "seconds": elapsed}
    (result,) = ET.parse(report).getroot().iter("testsuite")  # pytest has just written it
    counts = {name: int(result.get(name) or 0) for name in ("tests", "skipped", "failures", "errors")}
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - counts["skipped"] - failed
    return {"passed": passed, "skipped": counts["skipped"], "failed": failed, "seconds": elapsed}


def _processor_time() -> float:
    """Return the processor time of all processes that have ended: another load of the machine changes it little."""
    times = os.times()
    return times.children_user + times.children_system


def differs(result: dict[str, Any], mode: str) -> str:
    """Return how the tests of a project behaved differently in a mode than in the full environment, or nothing."""
    full, thin = result["off"], result[mode]
    if "died" in thin:
        return "" if "died" in full else "died"
    names = ("passed", "skipped", "failed")
    if [thin.get(name) for name in names] != [full.get(name) for name in names]:
        return "counts"
    slow = thin["seconds"] > max(SLOWER * full["seconds"], full["seconds"] + 3)
    return "time" if slow else ""


def comparable(results: dict[str, Any]) -> dict[str, Any]:
    """Return the results of the projects whose tests pass in a full environment, apart from single failures."""
    return {project: result for project, result in results.items() if result.get("off", {}).get("passed")}


def table(results: dict[str, Any]) -> str:
    """Return the results as a Markdown table: passed, skipped and failed tests, and the processor time."""
    rows = [
        [f"{project} {result['version']}", *(_cell(result, mode) for mode in MODES)]
        for project, result in comparable(results).items()
    ]
    return markdown(["passed / skipped / failed", "full", "`link`", "`inherit`"], rows)


def _cell(result: dict[str, Any], mode: str) -> str:
    part = result[mode]
    text = "died" if "died" in part else "{passed} / {skipped} / {failed}, ".format(**part) + seconds(part["seconds"])
    return f"**{text}**" if differs(result, mode) else text


def verdict(results: dict[str, Any]) -> str:
    """Return a sentence with the number of projects that behaved differently in each mode."""
    run_in_all = comparable(results).values()
    numbers = {mode: sum(bool(differs(result, mode)) for result in run_in_all) for mode in MODES[1:]}
    return (
        f"Of {len(run_in_all)} projects, {numbers['inherit']} behaved differently under `inherit` than in a full"
        f" environment, and {numbers['link']} under `link` (bold in the table)."
    )


def write(results: dict[str, Any]) -> None:
    """Update the recorded results and the page, after each project, since all of them take long."""
    data, page = CHECKOUT / "docs" / "modes.json", CHECKOUT / "docs" / "modes.md"
    recorded = json.loads(data.read_text()) if data.exists() else {}
    together = {**recorded, **comparable(results)}
    data.write_text(json.dumps(together, indent=1) + "\n")
    page.write_text(filled(page.read_text(), together))


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the text of the page with the table and the verdict between their marks."""
    text = f"{verdict(results)}\n\n{table(results)}\n"
    return re.sub(r"(<!-- modes -->\n).*?(?=<!-- end of modes -->)", lambda mark: mark[1] + text, page, flags=re.DOTALL)


def _say(text: str) -> None:
    sys.stderr.write(f"{text} …\n")


if __name__ == "__main__":
    main()
