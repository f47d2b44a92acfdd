"""The decorator behaves like that of nox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.noxfiles import Nox
from support.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer


@pytest.fixture
def nox(tmp_path: Path, base: Base) -> Nox:
    """Return a folder for a noxfile over a base that has ``alpha``."""
    base.install(Project("alpha"))
    return Nox(tmp_path / "project", base.python)


SESSIONS = """
    import {module} as nox

    nox.needs_version = ">=2024"
    nox.options.sessions = ["bare", "many"]

    @nox.session
    def bare(session):
        \"\"\"Bare.

        More of it.
        \"\"\"

    @nox.session()
    def called(session: nox.Session) -> None:
        pass

    @nox.session(python=["3.11", "3.12"], tags=["t"], name="many", requires=["bare"])
    @nox.parametrize("django", ["4", "5"], tags=[["old"], ["new"]])
    def several(session, django):
        \"\"\"Several.\"\"\"

    @nox.parametrize("x", [nox.param(1, id="one"), 2])
    @nox.session(default=False, reuse_venv=True, download_python="never", venv_backend="uv|virtualenv")
    def outside(session, x):
        pass

    @nox.session
    @nox.parametrize("python, y", [("3.11", 1), ("3.12", 2)])
    def pythons(session, y):
        pass

    @nox.session(python=False)
    def without(session):
        pass
"""


def test_nox_lists_the_same_sessions(nox: Nox) -> None:
    lists = [
        ["-l"],
        ["-l", "--json"],
        ["-l", "-t", "new"],
        ["-l", "-k", "outside or bare"],
        ["-l", "-p", "3.12"],
        ["-l", "--force-python", "3.12"],
        ["-l", "--extra-pythons", "3.13"],
        ["-l", "-s", "pythons"],
        ["--usage", "bare"],
        ["-l", "-s", "many-3.12(django='5')"],
    ]

    theirs, ours = (nox.write(SESSIONS.format(module=name)).run_each(*lists) for name in ("nox", "thinvenv.nox"))

    assert len(theirs) == len(lists)
    assert [result.ok().out for result in ours] == [result.ok().out for result in theirs]
    assert all(result.out for result in theirs)


def test_a_function_gets_a_nox_session_and_its_parameters(nox: Nox) -> None:
    nox.write("""
        import nox
        import thinvenv.nox

        @nox.parametrize("b", ["y"])
        @thinvenv.nox.session(python=PYTHON, venv_backend="uv")
        @nox.parametrize("a", ["x"])
        def tests(session, a, b):
            assert isinstance(session, nox.Session) and isinstance(session, thinvenv.nox.Session)
            print(a, b, session.posargs, session.venv_backend, session.name)
    """)

    done = nox.run("--", "-k", "one").ok()

    assert done.out.splitlines() == ["x y ['-k', 'one'] uv tests(a='x', b='y')"]


def test_the_modules_of_nox_are_available(nox: Nox) -> None:
    nox.write("""
        import thinvenv.nox as nox

        @nox.session(python=False)
        def tests(session: nox.sessions.Session):
            assert isinstance(session, nox.sessions.Session)
            try:
                session.run("false", external=True)
            except nox.command.CommandFailed:
                print(nox.virtualenv.PassthroughEnv.__module__, hasattr(nox, "sesion"))
    """)

    assert nox.run().ok().out.split() == ["nox.virtualenv", "False"]


def test_notify_and_requires_keep_their_order(nox: Nox) -> None:
    nox.write("""
        from thinvenv.nox import session

        @session(python=False)
        def first(session):
            print("first")
            session.notify("last", ["given"])

        @session(python=False, default=False)
        def last(session):
            print("last", *session.posargs)

        @session(python=False, requires=["first"])
        def second(session):
            print("second")
    """)

    assert nox.run("-s", "second").ok().out.splitlines() == ["first", "second", "last given"]


def test_a_session_can_be_decorated_twice(nox: Nox, index: Indexer) -> None:
    index()
    nox.write("""
        import thinvenv.nox as nox

        @nox.session(name="outer", python=PYTHON, venv_backend="uv", thin_reuse="inherit")
        @nox.session(name="inner", python=PYTHON, venv_backend="uv", thin_reuse="off")
        def tests(session):
            session.install("alpha")
    """)

    nox.run("-s", "outer").ok()
    assert nox.installed("outer") == set()
    assert "`alpha` is not installed" in nox.run("-s", "inner").failed().err


def test_parallel_sessions_and_the_report(nox: Nox, index: Indexer) -> None:
    index(Project("beta"), Project("gamma"))
    nox.write("""
        from thinvenv.nox import session

        @session(python=PYTHON, venv_backend="uv", thin_reuse="inherit")
        def one(session):
            session.install("alpha", "beta")

        @session(python=PYTHON, venv_backend="uv", thin_reuse="inherit")
        def two(session):
            session.install("alpha", "gamma")
    """)

    err = nox.run("-j", "2", "--report", "report.json").ok().err

    assert "thin: 2 environments reuse 2, hold 2 of their own" in err
    report = json.loads((nox.folder / "report.json").read_text())
    assert {session["name"]: session["result"] for session in report["sessions"]} == {
        "one": "success",
        "two": "success",
    }
    assert (nox.installed("one"), nox.installed("two")) == ({"beta"}, {"gamma"})


def test_an_invalid_keyword_is_one_error_when_the_noxfile_loads(nox: Nox) -> None:
    reasons = {
        "thin_reuse='inherits'": "thin_reuse cannot be `inherits`",
        "thin_backend='poetry'": "thin_backend cannot be `poetry`",
        "thin_reuse='off', venv_params=['--system-site-packages']": "contradict each other",
        "thin_reuse='off', thin_base='/opt'": "contradict each other",
        "thin_reused='off'": "unknown keyword `thin_reused`\n  a session accepts thin_backend, thin_base,",
        "thin_reuse=False": "thin_reuse cannot be `False`",
        "thin_base=5": "thin_base cannot be `5`",
        "thin_only_reuse=['numpy', None]": "thin_only_reuse cannot be `['numpy', None]`",
    }
    files = [nox.folder / f"noxfile{number}.py" for number in range(len(reasons))]
    for file, words in zip(files, reasons, strict=True):
        text = f"""
        from thinvenv.nox import session

        @session({words})
        def tests(session):
            pass
        """
        nox.write(text, file.name)

    results = nox.run_each(*(["-l", "-f", file.name] for file in files))

    for result, file, why in zip(results, files, reasons.values(), strict=True):
        assert result.code == 2
        assert result.err.startswith(f"nox > tests in {file}, line 4: ")
        assert why in result.err
        assert "Traceback" not in result.err


def test_a_warning_of_nox_points_to_the_noxfile(nox: Nox) -> None:
    nox.write("""
        import thinvenv.nox as nox

        @nox.session
        def first(session): ...

        @nox.session(name="first")
        def second(session): ...
    """)

    assert f"{nox.folder / 'noxfile.py'}:7: FutureWarning: The session 'first'" in nox.run("-l").ok().err


def test_an_unknown_keyword_is_the_same_error_as_in_nox(nox: Nox) -> None:
    outputs = []
    for module in ("nox", "thinvenv.nox"):
        nox.write(f"import {module} as nox\n@nox.session(pyhton='3.12')\ndef tests(session): ...\n")
        outputs.append(nox.run("-l").failed().err.splitlines()[-1])

    assert outputs[0] == outputs[1]
    assert "pyhton" in outputs[0]
