"""The inventory reads every metadata format the same, as Python, uv and pip do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import DistributionFinder, MetadataPathFinder
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.metadata_formats import FORMATS, DistributionSpec, RequirementSpec, write
from thinvenv.backends.uv_program import find_uv
from thinvenv.cache import Cache
from thinvenv.environments import probe
from thinvenv.inventory.scan import scan
from thinvenv.resolution import metadata_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from thinvenv.model import Environment, Inventory

NAMES = ("alpha", "Beta", "gamma.delta", "Eps_ilon", "zeta-eta", "theta1", "iota--kappa")
VERSIONS = ("1.0", "0.0.0", "1.26.4+mkl", "2.3.0a0+6ddf5cf85e.nv24.4", "1.0.0-BETA", "1!2.0", "2024.01", "1.0.post1")
MARKERS = ("", 'python_version < "3"', 'sys_platform == "win32"', 'os_name == "posix" and python_version > "3.8"')
EXTRAS = ("", "test", "Docs_All", "a.b")

needs = st.builds(
    RequirementSpec,
    name=st.sampled_from(NAMES),
    specifier=st.sampled_from(
        ("", ">=1", "<2,>=0.12", "==1.*", "!=1.5,>1", "~=2.0", "[more]>=1", " @ https://x.test/a-1.whl")
    ),
    extra=st.sampled_from(EXTRAS),
    marker=st.sampled_from(MARKERS),
)
specs = st.builds(
    DistributionSpec,
    name=st.sampled_from(NAMES),
    version=st.sampled_from(VERSIONS),
    requires=st.lists(needs, max_size=4, unique=True).map(tuple),
    extras=st.just(EXTRAS[1:]),
    requires_python=st.sampled_from(("", ">=3.8", "!=3.0.*,>=2.7", "<4")),
)
on_disk = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@lru_cache
def this_environment() -> Environment:
    return probe.probe(Path(sys.executable), dict(os.environ))


def inventory(folder: Path, layers: Iterable[Path]) -> Inventory:
    return scan(this_environment()._replace(path=tuple(map(str, layers))), Cache(folder / "cache"))


def paths_of(site: Path) -> list[Path]:
    """Return a site directory and what its ``.pth`` file adds, as :mod:`site` puts them on the path."""
    added = site / "easy-install.pth"
    lines = added.read_text().split() if added.exists() else []
    return [site, *(Path(os.path.normpath(site / line)) for line in dict.fromkeys(lines))]


@on_disk
@given(specs)
def test_every_metadata_format_is_read_the_same(spec: DistributionSpec) -> None:
    with tempfile.TemporaryDirectory() as name:
        for form in FORMATS:
            site = Path(name, form, "site")
            site.mkdir(parents=True)
            write(site, form, spec)
            (dist,) = inventory(Path(name), paths_of(site)).distributions
            assert (dist.name, Version(dist.version)) == (canonicalize_name(spec.name), Version(spec.version))
            assert (dist.requires_python, dist.extras) == (spec.requires_python, ("test", "docs-all", "a-b"))
            requires = {str(Requirement(str(requirement))) for requirement in spec.requires}
            assert {str(Requirement(text)) for text in dist.requires} == requires


@on_disk
@given(
    st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(VERSIONS), st.sampled_from(FORMATS[:2]))),
        min_size=1,
        max_size=4,
    ).filter(any)
)
def test_the_visible_distribution_is_the_one_that_python_finds(
    layers: list[dict[str, tuple[str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        sites = [Path(name, str(place)) for place in range(len(layers))]
        for site, content in zip(sites, layers, strict=True):
            site.mkdir()
            for project, (version, form) in content.items():
                write(site, form, DistributionSpec(project, version))
        visible = inventory(Path(name), sites).visible

        for project in {project for content in layers for project in content}:
            context = DistributionFinder.Context(name=project, path=[str(site) for site in sites])
            first = next(iter(MetadataPathFinder.find_distributions(context)))
            dist = visible[canonicalize_name(project)]
            assert (dist.version, dist.layer) == (first.version, str(first.locate_file("")))


def by_uv(folder: Path) -> Mapping[str, str]:
    """Return the versions that uv reads from a folder, by name."""
    command = [find_uv(os.environ) or "uv", "pip", "list", "--target", str(folder), "--format", "json"]
    process = subprocess.run([*command, "--python", sys.executable], capture_output=True, text=True, check=True)
    return {canonicalize_name(entry["name"]): entry["version"] for entry in json.loads(process.stdout)}


def by_pip(folder: Path) -> list[dict[str, object]]:
    """Return the metadata that pip reads from a folder, sorted by name."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "inspect", "--path", str(folder)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    documents = [entry["metadata"] for entry in json.loads(process.stdout)["installed"]]
    return sorted(
        (
            {
                "name": canonicalize_name(document["name"]),
                "version": Version(document["version"]),
                "requires": sorted(str(Requirement(text)) for text in document.get("requires_dist", ())),
                "extras": sorted(map(canonicalize_name, document.get("provides_extra", ()))),
                "python": document.get("requires_python", ""),
            }
            for document in documents
        ),
        key=itemgetter("name"),
    )


ONE_OF_EACH_FORMAT = [
    (
        DistributionSpec(
            f"dist-{form.replace(' ', '-')}",
            version,
            (RequirementSpec("beta", ">=1", "test"), RequirementSpec("zeta", marker='python_version > "3"')),
            ("test",),
            ">=3.8",
        ),
        form,
    )
    for form, version in zip(FORMATS, VERSIONS, strict=False)
]


# Each example starts uv and pip, so there are few; the first has a distribution in every format.
@settings(parent=on_disk, max_examples=12)
@given(
    st.lists(st.tuples(specs, st.sampled_from(FORMATS)), min_size=1, max_size=7, unique_by=lambda pair: pair[0].name)
)
@example(ONE_OF_EACH_FORMAT)
def test_uv_and_pip_read_the_inventory_from_the_view(content: list[tuple[DistributionSpec, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        site = Path(name, "base", "site")
        site.mkdir(parents=True)
        for spec, form in content:
            write(site, form, spec)
        visible = inventory(Path(name), paths_of(site)).visible
        folder = metadata_view.create_view(visible.values(), Cache(Path(name, "cache")))

        assert visible.keys() == {canonicalize_name(spec.name) for spec, _ in content}
        assert {name: Version(version) for name, version in by_uv(folder).items()} == {
            name: Version(dist.version) for name, dist in visible.items()
        }
        assert by_pip(folder) == [
            {
                "name": dist.name,
                "version": Version(dist.version),
                "requires": sorted(str(Requirement(text)) for text in dist.requires),
                "extras": sorted(dist.extras),
                "python": dist.requires_python,
            }
            for _, dist in sorted(visible.items())
        ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_cached_layer_is_read_the_same(form: str, tmp_path: Path) -> None:
    site = tmp_path / "base" / "site"
    site.mkdir(parents=True)
    write(site, form, DistributionSpec("alpha", "1.0", (RequirementSpec("beta", ">=1", "test"),), ("test",), ">=3.8"))

    first = inventory(tmp_path, paths_of(site))

    assert inventory(tmp_path, paths_of(site)) == first
    assert [dist.name for dist in first.distributions] == ["alpha"]
