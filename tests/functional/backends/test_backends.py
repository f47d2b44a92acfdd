"""uv and pip lead to the same plan and the same environment: each case is planned with both."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from support.projects import Project, build_wheel, make_source
from support.venv import actions
from thinvenv.backends.base import scratch_folder
from thinvenv.cache import Cache
from thinvenv.environments.state import read_state
from thinvenv.errors import ResolutionError

if TYPE_CHECKING:
    from support.bases import Base
    from support.venv import Indexer, Venv


@dataclass(frozen=True)
class Case:
    """A base, an index and a request, and the expected actions and versions."""

    base: tuple[Project, ...]
    index: tuple[Project, ...]
    words: tuple[str, ...]
    actions: dict[str, str]
    visible: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    installer: str = "uv"


CASES = {
    "all satisfied": Case(
        (Project("alpha", "1.0", requires=("beta",)), Project("beta", "1.0")),
        (),
        ("alpha",),
        {"alpha": "reuse", "beta": "reuse"},
        {"alpha": "1.0", "beta": "1.0"},
    ),
    "a pre-release in the base": Case(
        (Project("torch", "2.3.0a0+6ddf5cf85e.nv24.4"),),
        (Project("torch", "2.1"), Project("vision", "1.0", requires=("torch>=2.2",))),
        ("vision",),
        {"torch": "reuse", "vision": "install"},
        {"torch": "2.3.0a0+6ddf5cf85e.nv24.4", "vision": "1.0"},
    ),
    "a local version in the base": Case(
        (Project("alpha", "1.26.4+mkl"),),
        (Project("beta", "1.0", requires=("alpha==1.26.4",)),),
        ("beta",),
        {"alpha": "reuse", "beta": "install"},
        {"alpha": "1.26.4+mkl", "beta": "1.0"},
    ),
    "a requirement of a version that the resolver discards": Case(
        (Project("dog", "1.0"),),
        (
            *(Project("elk", "2.0", requires=("dog", "cat<1")), Project("elk", "1.0")),
            *(Project("fox", "1.0", requires=("cat>=1",)), Project("cat", "1.0")),
        ),
        ("elk", "fox"),
        {"elk": "install", "fox": "install", "cat": "install"},
        {"elk": "1.0", "fox": "1.0", "cat": "1.0", "dog": "1.0"},
    ),
    "an extra whose requirement is missing": Case(
        (Project("alpha", "1.0", requires=('gamma; extra == "more"',), extras=("more",)),),
        (Project("gamma", "1.0"),),
        ("alpha[more]",),
        {"alpha": "reuse", "gamma": "install"},
        {"alpha": "1.0", "gamma": "1.0"},
    ),
    "a marker that does not apply": Case(
        (Project("alpha", "1.0", requires=('gamma; python_version < "3"',)),),
        (),
        ("alpha",),
        {"alpha": "reuse"},
        {"alpha": "1.0"},
    ),
    "the base lacks a requirement of its own": Case(
        (Project("alpha", "1.0", requires=("gamma",)),),
        (Project("gamma", "1.0"), Project("alpha", "2.0")),
        ("alpha",),
        {"alpha": "reuse", "gamma": "install"},
        {"alpha": "1.0", "gamma": "1.0"},
    ),
    "a missing project requires another version of a used one": Case(
        (Project("alpha", "1.0"), Project("beta", "1.0", requires=("alpha<3",))),
        (*(Project("alpha", f"{major}.0") for major in (2, 3)), Project("gamma", "1.0", requires=("alpha>=2",))),
        ("beta", "gamma"),
        {"alpha": "shadow", "beta": "reuse", "gamma": "install"},
        {"alpha": "2.0", "beta": "1.0", "gamma": "1.0"},
        installer="pip",
    ),
    "never_reuse": Case(
        (Project("alpha", "1.0"), Project("beta", "1.0")),
        (Project("alpha", "1.0"), Project("beta", "1.0")),
        ("alpha", "beta"),
        {"alpha": "shadow", "beta": "reuse"},
        {"alpha": "1.0", "beta": "1.0"},
        {"never_reuse": ("al*",)},
    ),
    "only_reuse": Case(
        (Project("alpha", "1.0"), Project("beta", "1.0")),
        (Project("alpha", "1.1"), Project("beta", "1.1")),
        ("alpha", "beta"),
        {"alpha": "reuse", "beta": "shadow"},
        {"alpha": "1.0", "beta": "1.1"},
        {"only_reuse": ("alpha",)},
    ),
    "upgrade": Case(
        (Project("alpha", "1.0"), Project("beta", "2.0")),
        (Project("alpha", "1.1"), Project("beta", "2.0")),
        ("alpha", "beta"),
        {"alpha": "shadow", "beta": "reuse"},
        {"alpha": "1.1", "beta": "2.0"},
        {"upgrade": True},
    ),
    "no_deps": Case(
        (),
        (Project("alpha", "1.0", requires=("gamma",)),),
        ("alpha",),
        {"alpha": "install"},
        {"alpha": "1.0"},
        {"no_deps": True},
        installer="pip",
    ),
    "pre": Case(
        (),
        (Project("alpha", "1.0"), Project("alpha", "2.0rc1")),
        ("alpha",),
        {"alpha": "install"},
        {"alpha": "2.0rc1"},
        {"pre": True},
        installer="pip",
    ),
    "a base for an older Python": Case(
        (Project("alpha", "1.0", requires_python="<3"),),
        (Project("alpha", "2.0"),),
        ("alpha",),
        {"alpha": "shadow"},
        {"alpha": "2.0"},
    ),
}

backends = pytest.mark.parametrize("backend", ["uv", "pip"])


def visible(venv: Venv) -> dict[str, str]:
    distributions = read_state(venv.prefix, venv.context).inventory.visible.values()
    return {distribution.name: distribution.version for distribution in distributions}


@pytest.mark.parametrize("name", CASES)
def test_backends_agree_on_the_plan_and_one_installs_it(name: str, venv: Venv, base: Base, index: Indexer) -> None:
    case = CASES[name]
    base.install(*case.base)
    index(*case.index)

    plans = {backend: venv.plan(*case.words, backend=backend, **case.fields) for backend in ("uv", "pip")}
    done = venv.install(*case.words, backend=case.installer, **case.fields)

    # An install in one step also has the requirements of what it has installed; a resolver reports only their names.
    planned = plans[case.installer]
    assert [(type(step), step.name, step.version) for step in planned.steps] == [
        (type(step), step.name, step.version) for step in done.steps
    ]
    assert (planned.warnings, planned.doubtful) == (done.warnings, done.doubtful)
    assert [actions(plan) for plan in plans.values()] == [case.actions] * 2
    assert visible(venv) == case.visible
    for backend in plans:
        assert venv.install(*case.words, backend=backend, **case.fields).changes == ()


@backends
def test_patched_metadata_in_the_base_are_replaced_by_the_index_version(
    backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    """The index has the same version as the base, with other metadata."""
    base.install(Project("alpha", "2.0", requires=("absent",)))
    index(Project("alpha", "1.0"), Project("alpha", "2.0"))

    plan = venv.install("alpha", "--reinstall", backend=backend)

    assert actions(plan) == {"alpha": "shadow"}
    assert visible(venv) == {"alpha": "2.0"}


@backends
def test_a_constraint_shadows_a_base_version(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha", "2.0"))
    index(Project("alpha", "1.0"), Project("alpha", "2.0"), Project("beta", "1.0", requires=("alpha",)))
    (tmp_path / "limits.txt").write_text("alpha<2\n")

    venv.install("beta", "-c", str(tmp_path / "limits.txt"), backend=backend)

    assert visible(venv) == {"alpha": "1.0", "beta": "1.0"}


@backends
def test_a_direct_reference_is_installed_from_its_url_once(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha", "1.0"))
    index()
    wheel = build_wheel(Project("alpha", "1.0", modules={"alpha.py": "__version__ = 'mine'\n"}), tmp_path / "wheels")
    wanted = f"alpha @ {wheel.as_uri()}"

    first = venv.install(wanted, backend=backend)
    second = venv.install(wanted, backend=backend)

    assert (actions(first), second.changes) == ({"alpha": "shadow"}, ())
    assert venv.version("alpha") == "mine"


@backends
def test_a_local_project_is_reinstalled_when_its_source_changes(
    backend: str, venv: Venv, base: Base, index: Indexer, tmp_path: Path
) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("beta", "1.0"))
    source = make_source(tmp_path / "mine", Project("mine", "0.1", requires=("alpha",)))

    first = venv.install(str(source), backend=backend)
    unchanged = venv.install(str(source), backend=backend)
    (source / "src" / "mine" / "__init__.py").write_text("__version__ = 'changed'\n")
    changed = venv.install(str(source), backend=backend)
    beside = venv.install("beta", backend=backend)

    assert actions(first) == actions(changed) == {"mine": "install", "alpha": "reuse"}
    assert unchanged.changes == ()
    assert venv.version("mine") == "changed"
    assert actions(beside)["beta"] == "install"
    assert "mine" not in actions(beside)


@backends
def test_a_project_switches_between_regular_and_editable_install(
    backend: str, venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index()
    source = make_source(tmp_path / "mine", Project("mine"))
    where = "import mine; print(mine.__file__)"

    venv.install(str(source), backend=backend)
    venv.install("-e", str(source), backend=backend)
    assert venv.run(where) == str(source / "src" / "mine" / "__init__.py")

    venv.install(str(source), backend=backend)
    assert venv.run(where) == str(venv.site / "mine" / "__init__.py")
    assert venv.install(str(source), backend=backend).changes == ()


def test_pip_builds_in_isolation_with_a_backend_that_reads_entry_points(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index()
    source = make_source(tmp_path / "mine", Project("mine"))
    with (source / "backend.py").open("a") as file:
        file.write("\nfrom importlib.metadata import entry_points\nentry_points()\n")

    assert actions(venv.install(str(source), backend="pip")) == {"mine": "install"}


def test_an_editable_project_is_replanned_when_its_requirements_change(
    venv: Venv, index: Indexer, tmp_path: Path
) -> None:
    index(Project("alpha", "1.0"))
    source = make_source(tmp_path / "mine", Project("mine", "0.1"))
    venv.install("-e", str(source))
    (source / "src" / "mine" / "__init__.py").write_text("__version__ = 'changed'\n")
    unchanged = venv.install("-e", str(source))
    make_source(source, Project("mine", "0.2", requires=("alpha",)))
    changed = venv.install("-e", str(source))

    assert unchanged.changes == ()
    assert actions(changed) == {"mine": "install", "alpha": "install"}
    installed = {step.name: (step.version, step.because) for step in changed.installed}
    assert installed["mine"] == ("0.2", (str(source),))
    assert installed["alpha"] == ("1.0", (str(source), "alpha"))


@backends
def test_an_unsolvable_request_names_the_conflicting_requirement(
    backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "1.5"), Project("beta", "1.0", requires=("alpha>=2",)))

    with pytest.raises(ResolutionError) as caught:
        venv.install("beta", backend=backend)

    assert "alpha>=2" in str(caught.value)
    assert not list(venv.site.glob("*.dist-info"))


@backends
def test_requirements_of_earlier_installs_still_hold(backend: str, venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0"))
    index(Project("alpha", "2.0"), Project("beta", "1.0", requires=("alpha<2",)), Project("gamma", "1.0"))
    venv.install("beta", backend=backend)

    with pytest.raises(ResolutionError):
        venv.install("alpha>=2", backend=backend)
    venv.install("gamma", backend=backend)

    assert visible(venv) == {"alpha": "1.0", "beta": "1.0", "gamma": "1.0"}


@backends
def test_contradicting_requirements_are_not_reported_as_missing(
    backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    base.install(Project("delta", "1.0", requires=("beta<2",)))
    index(
        *(Project("beta", version) for version in ("1.0", "2.0")),
        Project("alpha", requires=("beta<2",)),
        Project("gamma", requires=("beta>=2",)),
    )

    with pytest.raises(ResolutionError) as contradiction:
        venv.install("alpha", "gamma", "delta", backend=backend)
    with pytest.raises(ResolutionError) as absence:
        venv.install("alpha", "Absent.Thing", backend=backend)

    assert "is not installed" not in str(contradiction.value)
    assert "beta" in str(contradiction.value)
    assert str(absence.value).splitlines()[1] == "  `Absent.Thing` is not installed"
    assert "`alpha` is not installed" not in str(absence.value)


@backends
def test_a_fitting_base_version_is_preferred_to_a_new_one(backend: str, venv: Venv, base: Base, index: Indexer) -> None:
    index(Project("alpha", "1.5"), Project("alpha", "2.0"))
    venv.install("alpha>=2", backend=backend)
    base.install(Project("alpha", "1.0"))

    done = venv.install("alpha<2", backend=backend)

    assert actions(done) == {"alpha": "reuse"}
    assert [str(step.distribution) for step in done.removed] == ["alpha 2.0"]
    assert venv.version("alpha") == "1.0"


@backends
def test_only_index_pages_of_missing_projects_are_read(backend: str, venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0", requires=("beta", "gamma")), Project("beta", "1.0"))
    page = Path(url2pathname(urlsplit(index(Project("gamma", "1.0"))).path), "beta")
    page.mkdir()
    (page / "index.html").symlink_to("index.html")  # a link to itself, which cannot be read

    plan = venv.install("alpha", "beta", backend=backend)

    assert actions(plan) == {"alpha": "reuse", "beta": "reuse", "gamma": "install"}


def test_uv_ignores_a_pre_release_that_only_the_base_requires(venv: Venv, base: Base, index: Indexer) -> None:
    base.install(Project("alpha", "1.0", requires=("gamma>=1.0a1",)))
    index(Project("gamma", "1.0"), Project("gamma", "2.0a1"))

    venv.install("alpha", backend="uv")

    assert visible(venv) == {"alpha": "1.0", "gamma": "1.0"}  # uv ignores it; pip installs the pre-release


FIND_UV_IN_THREADS = """
import sys, threading
from thinvenv.backends.uv_program import find_uv

start, wrong = threading.Barrier(8), []
def look():
    start.wait()
    try:
        find_uv({})
    except TypeError as error:
        wrong.append(error)
threads = [threading.Thread(target=look) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit(len(wrong))
"""


def test_concurrent_threads_find_uv(tmp_path: Path) -> None:
    """Without cached byte code the imports take long enough for the threads to overlap."""
    environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}

    assert subprocess.run([sys.executable, "-c", FIND_UV_IN_THREADS], env=environ, check=False).returncode == 0


def test_a_cache_on_a_full_disk_is_not_used_for_temporary_files(tmp_path: Path) -> None:
    """A folder can still be created there, but no file be written."""
    cache, limits = Cache(tmp_path / "cache"), resource.getrlimit(resource.RLIMIT_FSIZE)
    with scratch_folder(cache) as folder:
        assert Path(folder).is_relative_to(tmp_path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with scratch_folder(cache) as folder:
            assert not Path(folder).is_relative_to(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(cache.scratch().iterdir()) == []
