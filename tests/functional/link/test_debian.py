"""Debian's packages: what their metadata lack and dpkg has is required, linked, or reported as missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support import debian
from support.bases import snapshot
from support.debian import Debian, dist_info, egg_info, egg_info_file
from support.metadata_formats import write_files
from support.projects import Project
from support.venv import Indexer, Venv, actions
from thinvenv.backends.uv_program import find_uv
from thinvenv.errors import UnshadowableError
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base


@pytest.fixture
def system(tmp_path: Path) -> Debian:
    """Return a system without packages."""
    return Debian(tmp_path / "root")


@pytest.fixture
def linked_to(system: Debian, base: Base, make_venv: Callable[..., Venv]) -> Callable[..., Venv]:
    """Return a function that creates an environment over the system, by default in the mode ``link``."""

    def make(name: str = "linked", reuse: str = "link") -> Venv:
        return make_venv(name, python=str(base.python), bases=[str(system.site)], reuse=reuse)

    return make


def run_uv(venv: Venv, *words: str) -> None:
    uv = find_uv(venv.context.environ)
    assert uv
    venv.call(uv, "pip", *words, "--python", venv.python)


def test_requirements_that_debian_removed_are_read_from_dpkg(
    tmp_path: Path, system: Debian, linked_to: Callable[..., Venv], notes: list[str]
) -> None:
    needs = "python3-imaging.tk (>= 1), python3:any, libc6, python3-gone | python3-zope.event"
    plotting = {"plotting/__init__.py": "import zope.event\n", **egg_info("Plotting", "plotting")}
    system.add("python3-plotting", needs, plotting)
    system.add("python3-imaging.tk", "python3-imaging:any (= 1.0-1)", {"imaging/tk.py": ""})
    system.add("python3-imaging", "python3:any", {"imaging/__init__.py": "", **egg_info("Imaging", "imaging")})
    for part in ("event", "other"):
        files = {f"zope/{part}/__init__.py": "", **egg_info(f"zope.{part}", "zope", "")}
        system.add(f"python3-zope.{part}", "", files)
    write_files(system.site, {"undeclared.py": ""})
    linked = linked_to()
    before = snapshot(tmp_path / "root")

    plan = linked.install("plotting")

    assert {step.name: step.because for step in plan.reused} == {
        "plotting": ("plotting",),
        "imaging": ("plotting", "imaging"),
        "zope-event": ("plotting", "zope-event"),
    }
    assert notes == []
    assert linked.run("import plotting, imaging.tk, zope.event") == ""
    absent = "import importlib.util as u; print(u.find_spec('undeclared'), u.find_spec('zope.other'))"
    assert linked.run(absent) == "None None"
    run_uv(linked, "check")
    assert check.check(linked.prefix, linked.context).ok
    assert snapshot(tmp_path / "root") == before


@pytest.mark.parametrize(
    "metadata",
    [
        egg_info_file("plotting"),
        egg_info("plotting", "plotting", None),
        egg_info("plotting", "plotting"),
        dist_info("plotting", "plotting.py"),
        dist_info("plotting", "plotting.py", requires='Requires-Dist: imaging; python_version < "3"\n'),
    ],
    ids=["egg-info file", "no requires.txt", "empty requires.txt", "dist-info", "dist-info with a marker"],
)
def test_every_format_gets_the_requirements_that_it_lacks(
    system: Debian, linked_to: Callable[..., Venv], metadata: dict[str, str]
) -> None:
    system.add("python3-plotting", "python3-imaging", {"plotting.py": "import imaging\n", **metadata})
    system.add("python3-imaging", "python3:any", {"imaging.py": "", **egg_info_file("imaging")})
    for reuse in ("link", "inherit"):
        venv = linked_to(reuse, reuse)

        assert actions(venv.install("plotting")) == {"plotting": "reuse", "imaging": "reuse"}
        assert venv.run("import plotting") == ""
        assert check.check(venv.prefix, venv.context).ok


def test_modules_without_metadata_are_linked_behind_virtual_packages_and_alternatives(
    tmp_path: Path, system: Debian, linked_to: Callable[..., Venv], notes: list[str]
) -> None:
    """As cryptography and bcipher depend on ``_cffi_backend``, pycparser on ply, and fonttools on scipy or munkres."""
    virtual = "Provides: python3-backend-api-min (= 97), python3-backend-api-max (= 104)\n"
    needs = "python3-backend-api-min (<= 97), python3-backend-api-max (>= 97), python3-solver-lex-3"
    for name in ("cipher", "digest"):
        files = {f"{name}.py": "import _backend, parts.deep.part, solver\n", **dist_info(name, f"{name}.py")}
        system.add(f"python3-{name}", f"{needs}, python3-gone | python3-parts | python3-unused", files)
    system.add("python3-backend", "libffi8", {"_backend.py": ""}, more=virtual)
    parts = {"parts/__init__.py": "", "parts/deep/__init__.py": "", "parts/deep/part.py": ""}
    system.add("python3-parts", "", {**parts, "parts.pth": "import sys; sys.parts = True\n"})
    solver = {"solver.py": "", **egg_info("solver", "solver", None)}
    system.add("python3-solver", "", solver, more="Provides: python3-solver-lex-3\n")
    system.add("python3-unused", "", {"unused.py": "", **egg_info_file("unused")})
    linked = linked_to()
    before = snapshot(tmp_path / "root")

    plan = linked.install("cipher", "digest")

    assert actions(plan) == {"cipher": "reuse", "digest": "reuse", "solver": "reuse"}
    assert notes == []
    assert linked.run("import cipher, digest, sys; print(sys.parts)") == "True"
    # Both need the package: it is linked as if one did.
    links = {path.relative_to(linked.site).as_posix() for path in linked.site.rglob("*") if path.is_symlink()}
    assert {path for path in links if path.startswith("parts")} == {"parts.pth", "parts/__init__.py", "parts/deep"}
    run_uv(linked, "check")
    assert check.check(linked.prefix, linked.context).ok
    assert not linked.install("cipher", "digest").changes
    assert snapshot(tmp_path / "root") == before


def test_modules_of_the_environment_come_before_those_without_metadata(
    system: Debian, linked_to: Callable[..., Venv], index: Indexer
) -> None:
    index(Project("backend", "2.0", modules={"_backend.py": "version = 2\n"}))
    system.add("python3-cipher", "python3-backend", {"cipher.py": "", **dist_info("cipher", "cipher.py")})
    system.add("python3-backend", "", {"_backend.py": "version = 1\n"})
    linked = linked_to()

    linked.install("cipher")
    assert linked.run("import _backend; print(_backend.version)") == "1"
    linked.install("backend")
    assert linked.run("import _backend; print(_backend.version)") == "2"
    run_uv(linked, "uninstall", "backend")
    linked.install("cipher", keep=False)

    assert linked.run("import _backend; print(_backend.version)") == "1"


def test_what_needs_modules_of_another_interpreter_is_not_reused(
    system: Debian, base: Base, make_venv: Callable[..., Venv], index: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cryptography has the stable ABI, but ``_cffi_backend`` does not."""
    index(Project("cipher", "1.0"))
    system.add("python3-cipher", "python3-backend", {"cipher.py": "", **dist_info("cipher", "cipher.py")})
    system.add("python3-backend", "", {"_backend.cpython-38-x86_64-linux-gnu.so": ""})
    monkeypatch.setenv("PYTHONPATH", str(system.site))
    venv = make_venv(python=str(base.python))

    with pytest.raises(UnshadowableError, match="cipher"):
        venv.install("cipher")


def test_what_dpkg_does_not_have_is_reported(system: Debian, linked_to: Callable[..., Venv], notes: list[str]) -> None:
    needs = "python3-backend, python3-gone, libgone"
    system.add("python3-cipher", needs, {"cipher.py": "import _backend\n", **dist_info("cipher", "cipher.py")})
    system.add("python3-backend", "python3:any", {"_backend.py": ""})
    (system.site / "_backend.py").unlink()

    linked_to().install("cipher")

    missing = "python3-backend, python3-gone, which dpkg does not have"
    assert notes == [f"cipher 1.0 may fail to import: its Debian package depends on {missing}"]


def test_a_distribution_that_was_deleted_from_the_system_is_installed(
    system: Debian, linked_to: Callable[..., Venv], index: Indexer
) -> None:
    index(Project("imaging", "2.0"))
    system.add("python3-plotting", "python3-imaging", {"plotting.py": "import imaging\n", **egg_info_file("plotting")})
    system.add("python3-imaging", "", {"imaging.py": "", **egg_info_file("imaging")})
    for path in system.site.glob("imaging*"):
        path.unlink()
    linked = linked_to()

    assert actions(linked.install("plotting")) == {"plotting": "reuse", "imaging": "install"}
    assert linked.run("import plotting") == ""


@pytest.mark.parametrize("backend", ["uv", "pip"])
@pytest.mark.parametrize("reuse", ["link", "inherit"])
def test_a_bound_of_dpkg_on_a_version_of_upstream_counts(
    system: Debian, linked_to: Callable[..., Venv], index: Indexer, reuse: str, backend: str
) -> None:
    """As ``python3-openssl`` has ``python3-cryptography (<< 40)``."""
    index(
        Project("cipher", "42.0", modules={"cipher.py": "version = 42\n"}),
        Project("cipher", "39.0", modules={"cipher.py": "version = 39\n"}),
        Project("openssl", "25.0", requires=("cipher>=40",), modules={"openssl.py": "import cipher\n"}),
    )
    needs = "python3-cipher (>= 1:38.0.0), python3-cipher (<< 1:40~), python3:any"
    openssl = {
        "openssl.py": "import cipher; assert cipher.version < 40\n",
        **egg_info("openssl", "openssl", version="23.0"),
    }
    system.add("python3-openssl", needs, openssl, version="23.0-1")
    cipher = {"cipher.py": "version = 38\n", **dist_info("cipher", "cipher.py", version="38.0.4")}
    system.add("python3-cipher", "", cipher, version="1:38.0.4+dfsg-3")
    venv = linked_to("venv", reuse)

    allowed = venv.install("openssl", "cipher==39.0", backend=backend)
    assert actions(allowed) == {"openssl": "reuse", "cipher": "shadow"}
    assert venv.run("import openssl, cipher; print(cipher.version)") == "39"
    excluded = venv.install("openssl", "cipher>=42", backend=backend, keep=False)

    assert actions(excluded) == {"openssl": "shadow", "cipher": "shadow"}
    assert venv.run("import openssl, cipher; print(cipher.version)") == "42"
    assert check.check(venv.prefix, venv.context).ok


def test_the_interpreter_as_an_alternative_is_that_of_the_environment(
    system: Debian, linked_to: Callable[..., Venv]
) -> None:
    needs = "python3-backport | python3 (>> 3.8), python3-forward | python3 (<< 3.8)"
    system.add("python3", "", {}, version="3.7.3-1")
    system.add("python3-modern", needs, {"modern.py": "", **egg_info_file("modern")})
    for name in ("backport", "forward"):
        system.add(f"python3-{name}", "", {f"{name}.py": "", **egg_info_file(name)})

    assert actions(linked_to().install("modern")) == {"modern": "reuse", "forward": "reuse"}


def test_a_change_of_the_dpkg_status_is_noticed(system: Debian, linked_to: Callable[..., Venv]) -> None:
    for name in ("one", "two"):
        system.add(f"python3-{name}", "python3", {f"{name}.py": "", **egg_info(name, name)})
    assert set(actions(linked_to("first").install("one"))) == {"one"}
    status = system.database / "status"
    status.write_text(status.read_text().replace("Depends: python3\n", "Depends: python3, python3-two\n", 1))

    assert set(actions(linked_to("second", "inherit").install("one"))) == {"one", "two"}


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("metadata", [egg_info("plotting", "plotting"), egg_info_file("plotting")])
def test_missing_requirements_that_dpkg_does_not_know_are_reported(
    system: Debian, linked_to: Callable[..., Venv], notes: list[str], metadata: dict[str, str], *, listed: bool
) -> None:
    system.add("python3-other", "", {"other.py": "", **egg_info("other", "other")})
    write_files(system.site, {"plotting.py": "", **metadata})
    if not listed:
        (system.database / "status").unlink()

    linked_to().install("plotting")

    assert [note.partition(",")[0] for note in notes] == ["the metadata of plotting may lack requirements"]


def test_files_that_only_dpkg_lists_are_linked(system: Debian, linked_to: Callable[..., Venv]) -> None:
    """As those of python_apt, whose modules have other names, and of sympy and selinux, which have one more each."""
    system.add("python3-apt", "", {"apt/__init__.py": "", "apt_pkg.py": "", **egg_info_file("python_apt")})
    system.add("python3-sympy", "", {"sympy/__init__.py": "", "isympy.py": "", **egg_info_file("sympy")})
    renamed = {"yaml/__init__.py": "", "yaml/_yaml.py": "", **dist_info("yaml", "yaml/__init__.py", "yaml/_old.py")}
    system.add("python3-yaml", "", renamed)
    linked = linked_to()

    plan = linked.install("python-apt", "sympy", "yaml")

    assert set(actions(plan).values()) == {"reuse"}
    assert linked.run("import apt, apt_pkg, sympy, isympy, yaml._yaml") == ""
    run_uv(linked, "check")


@pytest.mark.skipif(not list(debian.SITE.glob("matplotlib-*.egg-info")), reason="needs apt's python3-matplotlib")
def test_linking_debians_matplotlib(make_venv: Callable[..., Venv], notes: list[str]) -> None:
    """Its metadata have no requirements, but it imports PIL."""
    venv = make_venv("linked", python=str(debian.PYTHON), reuse="link")

    venv.install("matplotlib")

    assert notes == []
    figure = "import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as p, mpl_toolkits.mplot3d as t, io"
    assert venv.run(f"{figure}; p.plot([1, 2]); p.savefig(io.BytesIO()); print(t.__file__)").startswith(str(venv.site))
    assert not [path for path in venv.prefix.rglob("*") if path.is_symlink() and not path.exists()]
    run_uv(venv, "check")
