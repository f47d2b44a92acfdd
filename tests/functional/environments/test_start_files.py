"""Environments start the same with ``.start`` files in place of the import lines of ``.pth`` files (PEP 829).

No Python that reads them is needed: a model of its ``site`` module starts the interpreters.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.bases import installed_interpreters, make_base, snapshot
from support.processes import RunningInterpreter
from support.projects import Project, install_into, make_source, unpack_into
from support.start_files import MODELS, model_start, run_as
from thinvenv.environments import bootstrap, probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

PYTHONS = installed_interpreters()
PRINT_PATH = "import sys; print(*sys.path, sep='\\n')"
PRINT_RUNS = "import sys; print(*getattr(sys, 'runs', ()))"
NSPKG = (
    "import sys, types, os;p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('ns',));"
    "m = sys.modules.setdefault('ns', types.ModuleType('ns'));"
    "mp = m.__dict__.setdefault('__path__', []);(p not in mp) and mp.append(p)\n"
)


def runner(name: str, *, start_file: bool = True) -> Project:
    """Return a project whose code runs at start: by a ``.start`` file where it is read, else by an import line."""
    run = f"import sys\ndef run(by='start'):\n    sys.runs = [*getattr(sys, 'runs', ()), {name!r} + ':' + by]\n"
    modules = {f"{name}_run/inner/__init__.py": run, f"{name}_run/__init__.py": ""}  # `inner` is linked as a whole
    modules[f"{name}.pth"] = f"import {name}_run.inner; {name}_run.inner.run('import')\n"
    return Project(name, modules=modules | ({f"{name}.start": f"\ufeff{name}_run.inner:run\n"} if start_file else {}))


def strip_import_lines(site: Path) -> None:
    """Take the import lines out of the ``.pth`` files of thinvenv."""
    for path in site.glob("_thinvenv*.pth"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("import ")]
        path.write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_the_path_is_the_same(python: str, tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base, second = make_base(tmp_path / "base", python), make_base(tmp_path / "second", python)
    unpack_into(tmp_path / "first", Project("alpha"))
    for number, site in enumerate((base.site, tmp_path / "first", second.site)):
        (tmp_path / f"project{number}").mkdir()
        (site / "project.pth").write_text(f"{tmp_path / f'project{number}'}\n")
    venv = make_venv(python=str(base.python), bases=[str(tmp_path / "first"), str(second.prefix)])
    venv.install("-e", str(make_source(tmp_path / "source", Project("beta"))))
    path = run_as("", venv, PRINT_PATH)

    sites = [line for line in path.splitlines() if "/source" not in line]
    assert sites[sites.index(str(venv.site)) + 1 :] == [
        *(str(tmp_path / "first"), str(tmp_path / "project1")),
        *(str(second.site), str(tmp_path / "project2")),
        *(str(base.site), str(tmp_path / "project0")),
    ]
    assert path.count("/source") == 1
    for version in MODELS:
        assert run_as(version, venv, PRINT_PATH) == path
    strip_import_lines(venv.site)
    assert run_as("3.15", venv, PRINT_PATH) == path


def test_bases_that_a_line_cannot_name_or_that_are_gone_keep_their_place(
    tmp_path: Path, make_venv: Callable[..., Venv], base: Base
) -> None:
    folders = [tmp_path / name for name in ("gone", "bäse", "space ", "plain")]
    for folder in folders:
        unpack_into(folder, Project("alpha"))
    venv = make_venv(python=str(base.python), bases=list(map(str, folders)))
    folders[0].rename(tmp_path / "elsewhere")
    paths = [run_as(version, venv, PRINT_PATH).splitlines() for version in ("", *MODELS)]

    assert [line for line in paths[0] if line in map(str, folders)] == list(map(str, folders))
    assert paths[1:] == paths[:1] * 2


@pytest.mark.parametrize("mode", ["base", "further base", "link"])
@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_start_files_of_a_base_run_once_where_they_are_read(
    python: str, mode: str, tmp_path: Path, make_venv: Callable[..., Venv]
) -> None:
    base = make_base(tmp_path / "base", python)
    install_into(base.prefix, base.python, runner("both"), runner("old", start_file=False))
    plain = make_base(tmp_path / "plain", python)
    reuse = "link" if mode == "link" else "inherit"
    further = {"bases": [str(base.prefix)]} if mode == "further base" else {}
    venv = make_venv(python=str((plain if further else base).python), reuse=reuse, **further)
    venv.install("both", "old")

    # Up to Python 3.14, `site` reads the files of an environment twice (python/cpython#75723).
    assert set(run_as("", venv, PRINT_RUNS).split()) == {"both:import", "old:import"}
    assert sorted(run_as("3.15", venv, PRINT_RUNS).split()) == ["both:start", "old:import"]
    assert run_as("3.18", venv, PRINT_RUNS).split() == ["both:start"]


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_hidden_versions_and_claimed_namespaces(
    python: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    base = make_base(tmp_path / "base", python)
    modules = {"plot.py": "", "ns/__init__.py": "", "ns/tool.py": "version = 'old'\n", "plot-1.0-nspkg.pth": NSPKG}
    install_into(base.prefix, base.python, Project("plot", "1.0", modules=modules))
    venv = make_venv(python=str(base.python))
    index(Project("plot", "2.0", modules={"plot.py": "", "ns/tool.py": "version = 'new'\n"}))
    venv.install("plot>=2")
    script = """
import ns.tool, sys
from importlib.metadata import distributions
import _thinvenv
print(ns.tool.version, *(dist.version for dist in distributions() if dist.metadata["Name"] == "plot"))
print(sys.meta_path.count(_thinvenv.LateInstallFinder))
"""

    for version in ("", *MODELS):
        assert run_as(version, venv, script).split() == ["new", "2.0", "1"], version
    strip_import_lines(venv.site)
    assert run_as("3.15", venv, script).split() == ["new", "2.0", "1"]


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_byte_code_of_linked_modules_is_redirected(python: str, tmp_path: Path, make_venv: Callable[..., Venv]) -> None:
    base = make_base(tmp_path / "base", python)
    install_into(base.prefix, base.python, runner("both"), runner("old", start_file=False))
    venv = make_venv(python=str(base.python), reuse="link")
    venv.install("both", "old")
    environment = probe.probe(venv.python, os.environ)
    before = snapshot(base.prefix)
    for version, expected in {"3.15": ["old:import", "both:start"], "3.18": ["both:start"]}.items():
        # Nothing else of an environment depends on whether its Python is one of these.
        markers = {**environment.markers, "python_version": version}
        bootstrap.redirect_bytecode(environment._replace(markers=markers), venv.context.cache)

        assert run_as(version, venv, PRINT_RUNS).split() == expected

        byte_code = list((tmp_path / "thinvenv-cache").rglob("inner/*.pyc"))
        assert len(byte_code) == len(expected)
        for path in byte_code:
            path.unlink()
    assert snapshot(base.prefix) == before


@pytest.mark.parametrize(
    ("python", "version"),
    [(python, "") for python in PYTHONS]
    + [(python, version) for python in dict.fromkeys([*PYTHONS][:1] + [*PYTHONS][-1:]) for version in MODELS],
)
def test_a_running_process_runs_what_its_version_reads(
    python: str, version: str, tmp_path: Path, make_venv: Callable[..., Venv], index: Indexer
) -> None:
    base = make_base(tmp_path / "base", PYTHONS[python])
    venv = make_venv(python=str(base.python))
    index(runner("both"), runner("old", start_file=False))
    source = make_source(tmp_path / "source", Project("beta"))
    expected = {"": ["both:import", "old:import"], "3.15": ["old:import", "both:start"], "3.18": ["both:start"]}

    with RunningInterpreter(venv.python, model_start(version) if version else "") as process:
        process.execute(f"import _thinvenv_late; _thinvenv_late.RUNS_IMPORT_LINES = {version != '3.18'}")
        venv.install("both", "old", "-e", str(source))

        runs = process.execute("import beta, both_run, old_run, sys; answer = sys.runs")
        assert runs == expected[version]
        assert process.execute("import sys\ntry: import nothing\nexcept ImportError: answer = sys.runs") == runs


def test_unknown_code_in_start_files_is_recorded_where_they_are_read(venv: Venv) -> None:
    script = probe.programs()[0]

    for text, versions in (("", []), ("code:run\n", list(MODELS))):
        (venv.site / "code.start").write_text(text)
        answers = {version: run_as(version, venv, script) for version in ("", *MODELS)}
        assert [version for version, answer in answers.items() if '"has_start_up_code": true' in answer] == versions


def test_a_running_process_lets_new_namespaces_begin_in_its_environment(venv: Venv, base: Base, index: Indexer) -> None:
    modules = {"plot.py": "", "ns/__init__.py": "", "ns/tool.py": "version = 'old'\n", "plot-1.0-nspkg.pth": NSPKG}
    base.install(Project("plot", "1.0", modules=modules))
    index(Project("plot", "2.0", modules={"plot.py": "", "ns/tool.py": "version = 'new'\n"}))

    with RunningInterpreter(venv.python) as process:
        process.execute("import importlib.util")
        venv.install("plot>=2")
        process.execute("importlib.util.find_spec('nothing')")

        assert process.execute("import ns.tool; answer = ns.tool.version") == "new"
