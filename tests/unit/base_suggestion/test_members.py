"""What an environment of a fleet asks for and holds, as its files say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.base_suggestion.members import Reader, member_of, python_of
from thinvenv.base_suggestion.output import file_names, summary, text_of
from thinvenv.base_suggestion.requests import session_folder
from thinvenv.base_suggestion.values import SuggestedBase, VersionRange
from thinvenv.fleet.values import Description, FleetEnvironment, InstalledDistribution, Sizes
from thinvenv.model import Root

if TYPE_CHECKING:
    from pathlib import Path


def describe(path: str, site: str, python: str = "3.12.1") -> Description:
    return Description(path, python, "venv", "off", sites=(f"{path}/{site}",))


def install(site: Path, name: str, *requires: str, version: str = "1.0", extras: str = "") -> InstalledDistribution:
    """Write the metadata of a distribution, and return it as it was measured."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in requires)]
    lines += [f"Provides-Extra: {extras}"] if extras else []
    (folder / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
    return InstalledDistribution(name, version, str(folder), sizes=Sizes(2, 1, 100, 4096))


@pytest.mark.parametrize(
    ("site", "python"),
    [
        ("lib/python3.12/site-packages", "3.12"),
        ("lib/python3.13t/site-packages", "3.13t"),
        ("lib/pypy3.10/site-packages", "pypy3.10"),
        ("Lib/site-packages", "3.12"),
    ],
)
def test_the_site_directory_says_which_interpreter_a_base_needs(site: str, python: str) -> None:
    assert python_of(describe("/home/python3.8/env", site)) == python


def test_requirements_count_with_the_extras_and_markers_that_are_in_effect(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "pypy3.10" / "site-packages"
    alpha = install(site, "alpha", "beta[fast]>=1", "gone; python_version < '3'", "never; extra == 'other'")
    beta = install(site, "beta", "gamma<3; extra == 'fast'", "pypy-only; implementation_name == 'pypy'")
    roots = [Root("alpha~=1.0"), Root("delta; python_version < '3'"), Root("./local"), Root("x @ file:///x")]
    environment = FleetEnvironment(describe(str(tmp_path), "lib/pypy3.10/site-packages", "3.10.14"), (alpha, beta))

    member = member_of(environment, roots, Reader())

    assert (member.path, member.python) == (str(tmp_path), "pypy3.10")
    assert member.requirements == (VersionRange("alpha", "~=1.0"),)
    assert [dist.requires for dist in member.distributions] == [
        (VersionRange("beta", ">=1"),),
        (VersionRange("gamma", "<3"), VersionRange("pypy-only", "")),
    ]
    assert [(dist.bytes, dist.files, dist.is_shareable) for dist in member.distributions] == [(100, 2, True)] * 2


def test_projects_and_seeds_are_in_no_base(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    project = install(site, "project", "setuptools<90; extra == 'test'", extras="test")
    (site / "project-1.0.dist-info" / "direct_url.json").write_text('{"url": "file:///p", "dir_info": {}}')
    copies = [project, install(site, "pip"), install(site, "setuptools"), install(site, "wheel"), install(site, "lib")]
    broken = InstalledDistribution("broken", "1.0", str(site / "broken-1.0.dist-info"))
    linked = InstalledDistribution("linked", "1.0", str(site / "linked-1.0.dist-info"), kind="linked")
    environment = FleetEnvironment(describe(str(tmp_path), "lib/python3.12/site-packages"), (*copies, broken, linked))
    reader = Reader()

    member = member_of(environment, (), reader)

    shareable = {dist.name for dist in member.distributions if dist.is_shareable}
    assert shareable == {"setuptools", "lib"}  # the project requires setuptools
    assert [dist.name for dist in member.distributions] == ["project", "pip", "setuptools", "wheel", "lib"]
    assert member.distributions[0].requires == (VersionRange("setuptools", "<90"),)
    assert len(reader.skipped) == 1
    assert "broken-1.0.dist-info" in reader.skipped[0]


def test_a_base_is_described_in_one_line_and_written_as_requirements() -> None:
    base = SuggestedBase("3.12", ("numpy==2.1",), ("a",), 4_000_000, 1200)

    assert (
        summary(base) == "a base for Python 3.12 with 1 distribution: 1 environment holds 4.0 MB and 1,200 files less"
    )
    assert text_of(base, "my base.txt").splitlines()[1:] == [
        "# thinvenv base build DIR --python 3.12 -r 'my base.txt'",
        "numpy==2.1",
    ]
    assert file_names("base.txt", 1, numbered=False) == ["base.txt"]
    assert file_names("folder/base.txt", 2, numbered=True) == ["folder/base-1.txt", "folder/base-2.txt"]


@pytest.mark.parametrize(("session", "folder"), [("tests-3.12", "tests-3-12"), ("a(b='é c')", "a-b-e-c")])
def test_the_folder_of_a_session_is_named_as_by_nox(session: str, folder: str) -> None:
    assert session_folder(session) == folder
