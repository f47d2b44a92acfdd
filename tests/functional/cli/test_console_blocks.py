"""The console blocks of the documentation run, and print what the pages say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from support import ROOT
from support.command_line import thinvenv
from support.console_blocks import PAGES, Command, commands_of, matches
from support.projects import Project, make_source, unpack_into
from thinvenv.cli.parser import parse

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer

RUN = frozenset(
    [
        *("thinvenv", "export", "rm", "git", "cd", "pip", "python"),
        *(".venv/bin/python", ".venv/bin/pytest", "~/envs/analysis/bin/python"),
    ]
)
"""The programs of console blocks that are run here. No other is, since a page may show how to change a machine."""

NOT_RUN = {
    "apt-get": "it changes the machine",
    "module": "there are no environment modules here",
    "pipx": "it changes the tools of the user",
    "uv": "it changes the tools of the user",
    "tox": "the tests with the marker docs run it",
    "nox": "the tests with the marker docs run it",
    "python3": "it installs from an index, measures for hours, or runs these tests",
    ".ci/run": "it runs these tests",
    "~/thinvenv/bin/pip": "it installs from an index",
}
"""The other programs of console blocks, each with the reason why it is not run here."""

RUN_ELSEWHERE = {
    "images.md": "tests/functional/images runs its recipes, with nox -s images",
    "clusters.md": "it needs a cluster of several machines",
    "CONTRIBUTING.md": "it runs these tests, and writes files that other tests compare",
    "tox.md": "test_a_project_runs_as_its_page_says",
    "nox.md": "test_a_project_runs_as_its_page_says",
}
"""The pages whose console blocks are not run here, each with where they are run, or why they are not."""

OWN_OUTPUT = {"fleet.md"}
"""The pages that show what the commands print of a large fleet."""

READERS_OWN = {
    "/usr/bin/python3": "usr/bin/python3",
    "/opt/conda/bin/python": "usr/bin/python3",
    '"$(command -v python)"': "usr/bin/python3",
    "../big-env/bin/python": "usr/bin/python3",
    "/opt/site/python3.12": "stack",
    "../shared-env": "stack",
    '"$STACK"': "stack",
    "/project/group/store": "group-store",
    "../main/.venv": "stack",
    "--python 3.12": "--python usr/bin/python3",
    "python -m pip freeze": "printf 'torch==2.9.0\\n'",
}
"""What names something of the reader in a command, and what stands for it in the folder of the test."""

SHOWS_VERSION = "import sys\ndef main():\n    print('pytest 9.2.0')\n"
PROJECTS = (
    Project("iniconfig", "2.3.1"),
    Project("packaging", "26.4"),
    Project("pluggy", "1.7.0"),
    Project("pygments", "2.21.0"),
    Project(
        "pytest",
        "9.2.0",
        requires=("iniconfig>=2", "packaging>=24", "pluggy<2,>=1.6", "pygments>=2.15"),
        modules={"pytest/__init__.py": SHOWS_VERSION},
        entry_points="[console_scripts]\npytest = pytest:main\n",
    ),
    Project("numpy", "2.5.5"),
    *(Project(name) for name in ("torch", "mpi4py", "h5py", "six")),
)
MORE_PROJECTS = (
    Project("numpy", "2.2.6"),
    Project("tzdata", "2026.6"),
    Project("python-dateutil", "4.0.0", requires=("tzdata",)),
    Project("pandas", "3.1.1", requires=("numpy>=2.0.2", "python-dateutil>=2.9.0")),
    Project("werkzeug", "3.1.9"),
    Project("flask", "3.1.3", requires=("werkzeug>=3.1",)),
    Project("polars"),
    Project(
        "ipykernel",
        modules={"ipykernel/__init__.py": "", "ipykernel/__main__.py": ""},
    ),
)
FILES = {
    "requirements.txt": "numpy\npandas\nsix\n",
    "tox.ini": "[tox]\nno_package = true\nenv_list = a, b\n[testenv]\ncommands = python -c pass\n",
    "simulate.py": "import numpy\n",
    "plot.py": "# /// script\n# dependencies = ['numpy']\n# ///\nimport numpy\n",
}
QUICK = ("README.md", "containers.md", "hpc.md", "link.md", "modes.md", "notebooks.md", "tutorial.md")
PROJECTS_OF_PAGES = (("tox.md", "ini", "tox.ini"), ("nox.md", "python", "noxfile.py"))
SLOW = sorted(page.name for page in PAGES if page.name not in {*QUICK, *RUN_ELSEWHERE} and list(commands_of(page)))
"""All other pages with console blocks: a new page is here."""
ALL_COMMANDS = [command for page in PAGES for block in commands_of(page) for command in block]


@pytest.fixture
def folder(base: Base, index: Indexer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a reader: with a project, a base and an index."""
    base.install(*PROJECTS)
    index(*PROJECTS, *MORE_PROJECTS)
    folder = make_source(tmp_path / "home", Project("mine"))
    backend = (ROOT / "tests" / "support" / "_backend.py").read_text()
    index(Project("hatchling", "1.27", modules={"hatchling/__init__.py": "", "hatchling/build.py": backend}))
    declared = folder / "pyproject.toml"
    declared.write_text(
        declared.read_text()
        .replace("requires = []", 'requires = ["hatchling"]', 1)
        .replace('"backend"', '"hatchling.build"')
        .replace('backend-path = ["."]\n', "")
    )
    (folder / "usr").symlink_to(base.prefix)
    unpack_into(folder / "stack", Project("six"))
    for name, text in FILES.items():
        (folder / name).write_text(text)
    with (folder / "pyproject.toml").open("a") as file:
        file.write('[dependency-groups]\ndev = ["pytest"]\n')
    assert thinvenv("create", folder / ".active", "--reuse", "off", "--python", base.python).code == 0
    monkeypatch.setenv("VIRTUAL_ENV", str(folder / ".active"))
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"])
    for words in (("init", "-q"), ("add", "pyproject.toml", "src", "backend.py"), ("commit", "-qm", "x")):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y", *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def _runs_if_selected(request: pytest.FixtureRequest) -> None:
    """Skip a test unless its marker is selected."""
    if "docs" not in request.config.getoption("markexpr"):
        pytest.skip("it takes longer, and runs with -m docs")


def run(command: Command, folder: Path) -> str:
    """Run a command in the folder, check its exit status, and return what it printed."""
    text = command.text
    for name, replacement in READERS_OWN.items():
        text = text.replace(name, replacement)
    words = Command(command.place, text, ()).words
    if words[0] == "export":
        words = [word.replace("=~", f"={folder}") for word in words]
        os.environ.update(word.partition("=")[::2] for word in words[1:] if not word.startswith("PATH="))
        return ""
    words = [os.path.expanduser(word) for word in words]
    if words[0] == "thinvenv" and words[1] != "run" and " > " not in text:
        result = thinvenv(*words[1:], cwd=folder)
        code, printed = result.code, result.out + result.err
    else:
        done = subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        code, printed = done.returncode, done.stdout + done.stderr
    assert code == 0 or (words[1] == "check" and code == 1), f"{command.place}: {command.text}\n{printed}"
    return printed


def prepare(command: Command, folder: Path) -> None:
    """Create the environment that a command works on, or remove the one that it creates."""
    for name in {".venv", "~/envs/analysis"}.intersection(command.words):
        env = folder / Path(name).expanduser()
        if command.words[1] == "create":
            shutil.rmtree(env, ignore_errors=True)
        elif not env.exists():
            python = folder / "usr" / "bin" / "python3"
            thinvenv("create", env, "--python", python, "-r", folder / "requirements.txt", cwd=folder).ok()
    if any("has changed" in line for line in command.output):
        for path in (folder / "usr" / "lib").glob("python3*/site-packages/numpy*"):
            shutil.rmtree(path)
    if command.words[1:3] == ["base", "suggest"]:
        for number in range(3):
            thinvenv("create", folder / f"env{number}", "--reuse", "off", "numpy", "pandas", cwd=folder).ok()
    if "--locked" in command.words:
        subprocess.run(["uv", "lock", "--quiet"], cwd=folder, check=True)


def is_left_out(command: Command, further_programs: frozenset[str]) -> bool:
    """Return whether a command is not run: because of its program, or since it changes the Python of the tests."""
    changes_python = command.program == "pip" and "--target" not in command.words
    return command.program not in RUN | further_programs or changes_python


def run_page(page: Path, folder: Path, further_programs: frozenset[str] = frozenset()) -> None:
    """Run the console blocks of a page, and compare what they print with what the page shows."""
    for block in commands_of(page):
        with patch.dict(os.environ):  # what the block exports
            for command in block:
                if not is_left_out(command, further_programs):
                    prepare(command, folder)
                    printed = run(command, folder)
                    is_compared = command.output and page.name not in OWN_OUTPUT
                    assert not is_compared or matches(command.output, printed), f"{command.place}:\n{printed}"
        if any("sync" in command.words for command in block):  # what the next block needs is gone
            shutil.rmtree(folder / ".venv")


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.place)
def test_a_command_of_the_documentation_is_valid(command: Command) -> None:
    words = command.words[command.words.index(command.program) :]

    if command.program == "thinvenv":
        assert parse(words[1:]).command == words[1]
    elif command.program == "python3" and words[1] != "-m":
        assert (ROOT / words[1]).is_file()


@pytest.mark.parametrize("name", QUICK)
def test_the_commands_of_a_page_print_what_it_says(name: str, folder: Path) -> None:
    run_page(next(page for page in PAGES if page.name == name), folder)


@pytest.mark.docs
@pytest.mark.usefixtures("_runs_if_selected")
def test_what_is_not_run_has_a_reason() -> None:
    pages = [page for page in PAGES if page.name not in RUN_ELSEWHERE]
    programs = {command.program for page in pages for block in commands_of(page) for command in block}

    assert programs <= RUN | NOT_RUN.keys()


@pytest.mark.docs
@pytest.mark.usefixtures("_runs_if_selected")
@pytest.mark.parametrize("name", SLOW)
def test_the_commands_of_a_slow_page_print_what_it_says(name: str, folder: Path) -> None:
    for path in (".local/share/bash-completion/completions", ".config/fish/completions"):
        (folder / path).mkdir(parents=True)
    run_page(next(page for page in PAGES if page.name == name), folder, frozenset({"tox"}))


@pytest.mark.docs
@pytest.mark.usefixtures("_runs_if_selected")
@pytest.mark.parametrize(("name", "language", "file"), PROJECTS_OF_PAGES)
def test_a_project_runs_as_its_page_says(name: str, language: str, file: str, folder: Path, base: Base) -> None:
    page = next(page for page in PAGES if page.name == name)
    example = re.search(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    assert example is not None
    (folder / file).write_text(example[1].replace("py312", f"py3{sys.version_info.minor}"))
    environ = {**os.environ, "THINVENV_BASE": str(base.site)}
    del environ["VIRTUAL_ENV"]
    for command in (command for block in commands_of(page) for command in block):
        shutil.rmtree(folder / ".tox", ignore_errors=True)
        command_line = f"{command.text} 2>&1"
        done = subprocess.run(
            ["bash", "-c", command_line], cwd=folder, env=environ, stdout=subprocess.PIPE, text=True, check=False
        )
        printed = "".join(line for line in done.stdout.splitlines(keepends=True) if line.strip())
        assert done.returncode == 0, printed
        assert not command.output or matches((*command.output, "…"), printed), f"{command.place} printed\n{printed}"
