"""Metadata formats: distributions are read as the Python of the environment reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from support.bases import Base, installed_interpreters, make_base
from support.metadata_formats import (
    FORMATS,
    LIST_DISTRIBUTIONS,
    DistributionSpec,
    RequirementSpec,
    add_to_path,
    write,
    write_files,
)
from support.projects import Project, make_source, unpack_into
from support.venv import Indexer, Venv, actions
from thinvenv.environments.state import read_state
from thinvenv.errors import ThinvenvError
from thinvenv.installation.check import check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thinvenv.model import Distribution


def visible(venv: Venv) -> dict[str, Distribution]:
    return read_state(venv.prefix, venv.context).inventory.visible


@pytest.mark.parametrize("version", list(installed_interpreters()))
def test_every_metadata_format_is_read_as_the_interpreter_reads_it(
    version: str, make_venv: Callable[..., Venv], tmp_path: Path
) -> None:
    base = make_base(tmp_path / "base", installed_interpreters()[version])
    for place, form in enumerate(FORMATS):
        write(base.site, form, DistributionSpec(f"Some.Dist-{place}", f"1.{place}", entry_points="[x]\ny = z\n"))
    venv = make_venv(python=str(base.python))

    versions = {distribution.name: distribution.version for distribution in visible(venv).values()}
    theirs = {canonicalize_name(name): entry[0] for name, entry in json.loads(venv.run(LIST_DISTRIBUTIONS)).items()}

    assert versions == theirs == {f"some-dist-{place}": f"1.{place}" for place in range(len(FORMATS))}
    assert actions(venv.install(*versions)) == dict.fromkeys(versions, "reuse")
    modules = [name.replace("-", "_") for name in versions]
    script = f"import {','.join(modules)}; print(*(module.__version__ for module in [{','.join(modules)}]))"
    assert venv.run(script).split() == list(versions.values())


@pytest.mark.parametrize(("form", "backend"), [*((form, "uv") for form in FORMATS), ("egg-info file", "pip")])
def test_every_metadata_format_is_reused_with_requirements_and_scripts(
    form: str, backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    needs = (
        RequirementSpec("needed", ">=1"),
        RequirementSpec("extra-need", extra="more"),
        RequirementSpec("never", marker='python_version < "3"'),
    )
    script = "[console_scripts]\ntool = sys:exit\n"
    write(base.site, form, DistributionSpec("Old.Tool", "1.0.post1", needs, ("more",), entry_points=script))
    index(Project("needed"), Project("extra-need"), Project("new", requires=("old-tool[more]>=1",)))

    plan = venv.install("new", backend=backend)

    new = dict.fromkeys(("new", "needed", "extra-need"), "install")
    assert actions(plan) == {**new, "old-tool": "reuse"}
    if form != "egg-info file":  # it cannot have entry points
        assert venv.call(venv.prefix / "bin" / "tool") == ""


def test_a_distribution_without_record_installer_and_wheel_files_is_reused(venv: Venv, base: Base) -> None:
    base.install(Project("alpha", entry_points="[console_scripts]\nalpha = os:getcwd\n"))
    for name in ("RECORD", "INSTALLER", "WHEEL"):
        (base.site / "alpha-1.0.dist-info" / name).unlink()

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert os.access(venv.prefix / "bin" / "alpha", os.X_OK)


def test_of_two_versions_in_a_directory_the_one_that_python_finds_is_used(
    venv: Venv, base: Base, notes: list[str]
) -> None:
    # https://github.com/python/importlib_metadata/issues/106
    for version in ("2.2.3", "2.3.1", "2.10"):
        write(base.site, "dist-info", DistributionSpec("lightgbm", version))

    theirs = venv.run("from importlib.metadata import version; print(version('lightgbm'))")

    assert actions(venv.install(f"lightgbm=={theirs}")) == {"lightgbm": "reuse"}
    assert len([note for note in notes if f"is hidden by lightgbm {theirs} in the same directory" in note]) >= 2


def test_leftovers_of_an_uninstall_do_not_hide_a_distribution(venv: Venv, base: Base, notes: list[str]) -> None:
    # https://github.com/python/cpython/issues/100666
    base.install(Project("torch", "1.13.1+cu116"))
    write_files(base.site, {"torch-1.12.1+cu116.dist-info/REQUESTED": "", "~orch-1.0.dist-info/METADATA": ""})

    assert actions(venv.install("torch>=1.13")) == {"torch": "reuse"}
    assert [note for note in notes if "torch-1.12.1+cu116.dist-info: it has no metadata" in note]


def test_dist_info_is_preferred_to_egg_info_of_the_same_version(venv: Venv, base: Base, notes: list[str]) -> None:
    # As Debian's python3-cryptography has them.
    write(base.site, "dist-info", DistributionSpec("cryptography", "38.0.4"))
    egg_info = DistributionSpec("cryptography", "38.0.4", (RequirementSpec("cffi", ">=1.12"),)).egg_info()
    write_files(base.site / "cryptography.egg-info", egg_info)

    assert actions(venv.install("cryptography")) == {"cryptography": "reuse"}
    assert visible(venv)["cryptography"].location.endswith("dist-info")
    assert notes == []


BROKEN = {
    "empty-1.0.dist-info": ({"METADATA": ""}, "it has no metadata"),
    "nameless-1.0.dist-info": ({"METADATA": "Version: 1.0\n\nName: no\n"}, "have no Name"),
    "unversioned-1.0.dist-info": ({"METADATA": "Name: unversioned\n"}, "have no Version"),
    "pytz-2004d.dist-info": (
        {"METADATA": "Name: legacy\nVersion: 2004d-final-x\n"},
        "'2004d-final-x' is not a version",
    ),
    "climbing-1.0.dist-info": ({"METADATA": "Name: ../../climbing\nVersion: 1.0\n"}, "'../../climbing' is not a name"),
    "noise-1.0.egg-info": ({"PKG-INFO": "\0\1\2\n\3"}, "it has no metadata"),
    "hollow-1.0.dist-info": ({"RECORD": ""}, "it has no metadata"),
}


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_broken_metadata_are_reported_and_ignored(
    backend: str, venv: Venv, base: Base, index: Indexer, notes: list[str]
) -> None:
    for name, (files, _) in BROKEN.items():
        write_files(base.site / name, files)
    (base.site / "looping-1.0.egg-info").symlink_to("looping-1.0.egg-info")
    (base.site / "dangling-1.0.dist-info").symlink_to("nowhere")
    (base.site / "torn-1.0-py3.egg").write_bytes(b"PK no archive")
    add_to_path(base.site, "./torn-1.0-py3.egg")
    write_files(base.site, {"away.egg-link": "/nowhere/at/all\n."})
    base.install(Project("whole"))
    index(Project("new", requires=("whole", "legacy")), Project("legacy"))

    plan = venv.install("new", backend=backend)

    assert actions(plan) == {"new": "install", "legacy": "install", "whole": "reuse"}
    for name, (_, why) in BROKEN.items():
        assert [note for note in notes if note.startswith("passed over") and f"/{name}: " in note and why in note], name
    assert [note for note in notes if "away.egg-link: it leads to no egg-info directory" in note]
    assert [note for note in notes if "looping" in note and "dangling" not in note]


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_invalid_requirements_in_metadata_are_reported_and_ignored(
    backend: str, venv: Venv, base: Base, index: Indexer, notes: list[str]
) -> None:
    headers = "Name: old\nVersion: 1.0\nRequires-Python: >=3.6.*\n"
    write_files(base.site / "old-1.0.dist-info", {"METADATA": f"{headers}Requires-Dist: pytz (>dev)\n\n"})
    write_files(base.site, {"old.py": ""})
    index(Project("new", requires=("old",)))

    assert actions(venv.install("new", backend=backend)) == {"new": "install", "old": "reuse"}
    assert [note for note in notes if "its requirement 'pytz (>dev)' cannot be read" in note]
    assert [note for note in notes if "its Requires-Python '>=3.6.*' cannot be read" in note]


@pytest.mark.parametrize("name", ["pipe.egg-info", "pipe-1.0.dist-info", "pipe.egg-link"])
def test_a_named_pipe_in_the_place_of_metadata_does_not_block(venv: Venv, base: Base, name: str) -> None:
    base.install(Project("alpha"))
    os.mkfifo(base.site / name)

    done = subprocess.run(
        [sys.executable, "-m", "thinvenv", "install", "--env", venv.prefix, "alpha"], timeout=60, check=False
    )

    assert done.returncode == 0


def test_metadata_that_are_not_utf_8_are_read(venv: Venv, base: Base) -> None:
    info = base.site / "dot-1.0.egg-info"
    info.write_bytes(b"\xef\xbb\xbfName: dot\r\nVersion: 1.0\r\nAuthor: J\xf6rg\r\n\r\n\xff\r\n")
    write_files(base.site, {"dot.py": ""})

    assert actions(venv.install("dot")) == {"dot": "reuse"}


def test_an_egg_that_is_not_on_the_path_is_ignored(venv: Venv, base: Base, notes: list[str]) -> None:
    for form in ("egg", "zipped egg", "egg-link"):
        write(base.site, form, DistributionSpec(f"lost-{form.replace(' ', '-')}"))
    (base.site / "easy-install.pth").unlink()

    assert visible(venv) == {}
    assert [note for note in notes if "linked from" in note and "its directory is not on the path" in note]


def test_egg_info_in_the_source_tree_of_an_editable_is_not_a_second_copy(
    venv: Venv, tmp_path: Path, index: Indexer
) -> None:
    project = make_source(tmp_path / "project", Project("alpha", "1.0"))
    write_files(project / "src" / "alpha.egg-info", DistributionSpec("alpha", "1.0").egg_info())
    venv.install("-e", str(project))
    assert [distribution.layer for distribution in read_state(venv.prefix, venv.context).inventory.distributions] == [
        str(venv.site)
    ]

    index(Project("alpha", "1.0"))
    plan = venv.install("alpha==1.0", "--force-reinstall", keep=False)

    assert actions(plan) == {"alpha": "install"}
    assert venv.run("import alpha; print(alpha.__file__)").startswith(str(venv.site))


def test_versions_that_are_on_no_index_are_reused(venv: Venv, base: Base, index: Indexer) -> None:
    versions = {"torch": "2.3.0a0+6ddf5cf85e.nv24.4", "numpy": "1.26.4+mkl", "pluggy": "1.0.0+repack", "kiwi": "0.0.0"}
    base.install(*(Project(name, version) for name, version in versions.items()))
    index(Project("torch", "2.5"))

    plan = venv.install("torch>=2.2", "numpy==1.26.4", "pluggy<2,>=0.12", "kiwi")
    assert actions(plan) == dict.fromkeys(versions, "reuse")

    assert actions(venv.install("torch>=2.3"))["torch"] == "shadow"
    with pytest.raises(ThinvenvError, match="kiwi"):
        venv.install("kiwi>=1")


@pytest.mark.parametrize("backend", ["uv", "pip"])
def test_a_shadowed_version_that_is_not_normalized_can_be_reused_again(
    backend: str, venv: Venv, base: Base, index: Indexer
) -> None:
    write(base.site, "egg-info", DistributionSpec("Alpha.Beta", "1.0.0-BETA"))
    index(Project("alpha-beta", "2.0"))
    assert actions(venv.install("alpha-beta>=2", backend=backend)) == {"alpha-beta": "shadow"}

    assert actions(venv.install("alpha_beta<2", backend=backend)) == {"alpha-beta": "reuse"}
    assert venv.version("alpha_beta") == "1.0.0-BETA"


def test_a_distribution_renamed_by_debian_does_not_satisfy_the_original_name(
    venv: Venv, base: Base, index: Indexer
) -> None:
    """Debian's h5py has the name `h5py._debian_h5py_serial` in its metadata."""
    renamed = Project("h5py._debian_h5py_serial", "3.7.0", modules={"h5py/__init__.py": "__version__ = '3.7.0'\n"})
    info = f"{renamed.name}-{renamed.version}.dist-info"
    unpack_into(base.site, renamed)
    (base.site / f"{renamed.stem}.dist-info").rename(base.site / info)
    index(Project("h5py", "3.16.0"))

    alone = venv.plan("h5py._debian_h5py_serial")
    done = venv.install("h5py")

    assert actions(alone) == {"h5py-debian-h5py-serial": "reuse"}
    assert actions(done) == {"h5py": "install"}
    assert venv.version("h5py") == "3.16.0"


@pytest.mark.parametrize("reuse", ["inherit", "link"])
def test_invalid_requirements_of_base_distributions_stop_nothing(
    reuse: str, base: Base, make_venv: Callable[..., Venv]
) -> None:
    headers = {
        "undefined": 'Requires-Dist: x; python_version ~= "3"',
        "texts": "Requires-Dist: x; '' === 'x'",
        "digits": f"Requires-Dist: x>={'9' * 5000}",
        "python": f"Requires-Python: >={'9' * 5000}",
    }
    base.install(Project("alpha"), *map(Project, headers))
    for name, header in headers.items():
        metadata = next(base.site.glob(f"{name}-*.dist-info")) / "METADATA"
        metadata.write_text(metadata.read_text().replace("\n\n", f"\n{header}\n\n", 1))
        assert header in metadata.read_text()
    venv = make_venv(python=str(base.python), reuse=reuse)

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    for name in headers:
        assert actions(venv.install(name))[name] == "reuse"

    assert venv.run(f"import alpha, {', '.join(headers)}") == ""
    assert check(venv.prefix, venv.context).ok
    assert [note[-1000:] for note in venv.notes if "cannot be read" in note and len(note) > 1000] == []


@pytest.mark.parametrize("file", ["METADATA", "direct_url.json"])
def test_metadata_of_absurd_size_or_depth_stop_nothing(file: str, base: Base, make_venv: Callable[..., Venv]) -> None:
    base.install(Project("alpha"), Project("odd"))
    text = "Name: odd\nVersion: " + "9" * 5000 + "\n\n" if file == "METADATA" else "[" * 100_000 + "]" * 100_000
    (next(base.site.glob("odd-*.dist-info")) / file).write_text(text)
    venv = make_venv(python=str(base.python))

    assert actions(venv.install("alpha")) == {"alpha": "reuse"}
    assert check(venv.prefix, venv.context).ok
