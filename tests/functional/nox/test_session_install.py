"""``session.install`` behaves as that of nox."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.bases import make_base
from support.noxfiles import Nox
from support.projects import Project, make_source

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer

TOOL = Project(
    "tool",
    modules={"tool.py": "import sys\ndef main():\n    print(sys.prefix)\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)


@pytest.fixture
def nox(tmp_path: Path, base: Base, index: Indexer) -> Nox:
    """Return a folder for a noxfile; ``tool`` is in the base, ``beta`` in two versions on the index."""
    base.install(TOOL)
    index(Project("beta", "1.0"), Project("beta", "2.0"))
    return Nox(tmp_path / "project", base.python)


def one_session(body: str, decorator: str = "thin_reuse='inherit'") -> str:
    lines = "\n".join(f"            {line}" for line in body.strip().splitlines())
    return f"""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv", {decorator})
        def tests(session):
{lines}
    """


def test_pip_arguments_keep_their_meaning(nox: Nox, tmp_path: Path) -> None:
    make_source(tmp_path / "project", Project("mine", "3.0", requires=("tool",)))
    (nox.folder / "requirements.txt").write_text("beta\n")
    (nox.folder / "constraints.txt").write_text("beta<2\n")
    nox.write(
        one_session("""
session.install("-r", "requirements.txt", "-c", "constraints.txt")
session.install("-e", ".")
session.install("--quiet", "--upgrade-package", "beta", "beta")
session.run("python", "-c", "import beta, mine; print(beta.__version__, mine.__file__)")
""")
    )

    out = nox.run().ok().out

    assert out.split() == ["2.0", str(nox.folder / "src" / "mine" / "__init__.py")]
    assert nox.installed() == {"beta", "mine"}


def test_paths_are_accepted_as_arguments(nox: Nox) -> None:
    (nox.folder / "requirements.txt").write_text("beta<2\n")
    nox.write(one_session('from pathlib import Path; session.install("-r", Path("requirements.txt"))'))

    nox.run().ok()

    assert nox.installed() == {"beta"}


def test_an_unknown_keyword_is_an_error_as_in_nox(nox: Nox) -> None:
    ours = one_session('session.install("beta", silnet=True)')

    errors = [
        nox.write(text).run().failed().err
        for text in (ours, ours.replace("thinvenv.nox", "nox").replace(", thin_reuse='inherit'", ""))
    ]

    last = [[line for line in err.splitlines() if "TypeError" in line][-1] for err in errors]
    assert last[1].startswith(last[0])  # Python 3.13 adds a suggestion


def test_an_unsupported_option_is_rejected(nox: Nox) -> None:
    nox.write(one_session('session.install("--target", "elsewhere", "beta")'))

    assert "`--target` cannot be used here" in nox.run().failed().err


def test_no_install_skips_existing_environments_and_fills_new_ones(nox: Nox) -> None:
    nox.write(
        one_session('session.install("beta"); session.run("python", "-c", "import beta; print(beta.__version__)")')
    )
    assert nox.run("--no-install").ok().out.split() == ["2.0"]

    (nox.prefix() / "thinvenv.json").unlink()
    done = nox.run("-R").ok()

    assert done.out.split() == ["2.0"]
    assert "thinvenv install" not in done.err
    assert not (nox.prefix() / "thinvenv.json").exists()


def test_install_only_installs_and_runs_nothing(nox: Nox) -> None:
    nox.write(one_session('session.install("beta", "tool")\nsession.run("tool")'))

    assert nox.run("--install-only").ok().out == ""
    assert nox.installed() == {"beta"}


def test_no_venv_rejects_installs(nox: Nox) -> None:
    nox.write(one_session('session.install("beta")\nprint("went on")'))

    refused = nox.run("--no-venv").failed().err
    assert "session tests has no environment to install into\nhint: `session.install_here(...)`" in refused
    assert "Traceback" not in refused
    assert nox.run("--no-venv", "--no-install").ok().out.split() == ["went", "on"]


def test_nothing_to_install_is_an_error_as_in_nox(nox: Nox) -> None:
    nox.write(one_session("session.install()"))

    assert "At least one argument required to install()" in nox.run().failed().err


def test_force_python_selects_the_base(nox: Nox, tmp_path: Path) -> None:
    other = make_base(tmp_path / "other").install(Project("only-here"))
    nox.write(one_session('session.install("only-here")'))

    nox.run("-s", "tests", "--force-python", str(other.python)).ok()

    (configuration,) = nox.folder.glob(".nox/*/pyvenv.cfg")
    assert nox.installed(configuration.parent.name) == set()


def test_scripts_of_reused_distributions_run_in_the_environment(nox: Nox) -> None:
    nox.write(one_session('session.install("tool")\nsession.run("tool")'))

    assert nox.run("--error-on-external-run").ok().out.split() == [str(nox.prefix())]


def test_installs_are_logged(nox: Nox) -> None:
    nox.write(one_session('session.install("beta", "tool")\nsession.install("beta", log=False)'))
    first = nox.run()
    second = nox.run("-r")
    (nox.prefix() / "thinvenv.json").unlink()
    verbose = nox.run("-r", "--verbose")

    assert "nox > thinvenv install beta tool\n" in first.ok().err
    assert "nox > reuse 1, install 1" in first.err
    assert second.ok().err.count("thinvenv install") == 1
    assert "reuse" not in second.err.replace("Reusing", "")
    assert "reuse tool 1.0 from " in verbose.ok().out


def test_plan_steps_are_written_to_stdout_argument(nox: Nox) -> None:
    nox.write(
        one_session("""
with open("steps.txt", "w") as file:
    session.install("beta", stdout=file)
    session.install("tool", stdout=file.fileno())
with open("steps.txt", "ab") as file:
    session.install("tool", stdout=file)
""")
    )

    assert nox.run().ok().out == ""
    assert (nox.folder / "steps.txt").read_text().count("beta 2.0") >= 1
    assert (nox.folder / "steps.txt").read_text().count("reuse tool 1.0") == 2


def test_success_codes_are_respected(nox: Nox) -> None:
    nox.write(one_session('session.install("absent", success_codes=[0, 1])\nprint("went on")'))
    assert nox.run().ok().out.split() == ["went", "on"]

    nox.write(one_session('session.install("beta", success_codes=[7])'))
    assert "failed" in nox.run().failed().err


SLOW_UV = """\
#!{python}
# A uv that works for a long time, and needs a second to end after a signal.
import pathlib, signal, sys, time
signals = pathlib.Path("signals.txt")
def leave(number, frame):
    time.sleep(1)
    signals.write_text(signal.Signals(number).name)
    sys.exit(1)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, leave if number.name in sys.argv[0] else signal.SIG_IGN)
signals.write_text("busy")
time.sleep(20)
"""


@pytest.mark.parametrize(
    ("heeded", "timeouts", "expected"),
    [
        ("SIGINT", "interrupt_timeout=None", "SIGINT"),
        ("SIGINT", "interrupt_timeout=0, terminate_timeout=0", "busy"),
        ("SIGTERM", "interrupt_timeout=0, terminate_timeout=30", "SIGTERM"),
        ("SIGTERM", "", "busy"),
    ],
)
def test_interrupt_and_terminate_timeouts_apply_to_the_installer(
    nox: Nox, heeded: str, timeouts: str, expected: str
) -> None:
    slow = nox.folder / f"uv-{heeded}"
    slow.write_text(SLOW_UV.format(python=sys.executable))
    slow.chmod(0o755)
    nox.write(
        one_session(f"""
import signal, thinvenv.backends.uv_program
thinvenv.backends.uv_program._uv_of_environment = lambda: {str(slow)!r}
signal.signal(signal.SIGINT, signal.default_int_handler)  # the process that runs the tests may ignore it
session.install("beta", {timeouts})
""")
    )
    signals = nox.folder / "signals.txt"

    with nox.start() as running:
        while not signals.exists() or not signals.read_text():
            assert running.poll() is None
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        err = running.communicate()[1]

    assert signals.read_text() == expected
    assert running.returncode == 130
    assert "nox > Interrupted...\nnox > Session tests interrupted." in err


def test_variables_reach_the_installer(nox: Nox, index: Indexer) -> None:
    nox.write(
        one_session(f"""
session.env["UV_DEFAULT_INDEX"] = "file:///nowhere"
session.install("beta", env={{"UV_DEFAULT_INDEX": {index()!r}}})
session.install("tool", include_outer_env=False)
""")
    )

    nox.run().ok()


def test_install_and_run_script_installs_inline_requirements(nox: Nox) -> None:
    (nox.folder / "script.py").write_text(
        '# /// script\n# dependencies = ["beta<2", "tool"]\n# ///\n'
        "import beta, sys\nprint(beta.__version__, *sys.argv[1:])\n"
    )
    nox.write(one_session('session.install_and_run_script("script.py", "one")'))

    assert nox.run().ok().out.split() == ["1.0", "one"]
    assert nox.installed() == {"beta"}


def test_relative_paths_start_at_the_directory_of_the_session(nox: Nox) -> None:
    make_source(nox.folder / "part", Project("part"))
    nox.write(one_session('with session.chdir("part"):\n    session.install(".")'))

    nox.run().ok()

    assert nox.installed() == {"part"}


def test_a_changed_local_project_is_reinstalled(nox: Nox) -> None:
    source = make_source(nox.folder, Project("mine"))
    nox.write(one_session('session.install(".")\nsession.run("python", "-c", "import mine; print(mine.__version__)")'))
    nox.run().ok()
    (source / "src" / "mine" / "__init__.py").write_text("__version__ = 'changed'\n")

    assert nox.run("-r").ok().out.split() == ["changed"]


def test_a_password_is_not_logged(nox: Nox) -> None:
    nox.write(one_session('session.install("tool", "--extra-index-url", "https://me:secret@example.invalid/simple")'))

    done = nox.run("--verbose").ok()

    assert "secret" not in done.err + done.out
    assert "example.invalid" in done.err


def test_a_run_without_installs_does_not_import_the_engine(nox: Nox) -> None:
    nox.write(one_session('session.install("tool")\nimport sys\nprint("thinvenv.engine" in sys.modules)'))
    nox.run().ok()

    assert nox.run("-R").ok().out.split() == ["False"]


def test_a_later_install_wins_and_the_contradiction_is_reported(nox: Nox, index: Indexer) -> None:
    index(Project("needy", requires=("beta>=2",)))
    nox.write(
        one_session("""
session.install("needy")
session.install("beta<2")
session.run("python", "-c", "import beta, needy; print(beta.__version__)")
""")
    )

    done = nox.run().ok()

    assert done.out.split() == ["1.0"]
    assert "a requirement of an earlier install is no longer satisfied: `needy -> beta>=2`" in done.err
