"""Which bases a fleet should have: held against the optimum, and against what each base has to be."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean

from hypothesis import given, settings
from hypothesis import strategies as st

from support.fleets import most_savings, random_fleet
from thinvenv.base_suggestion.search import predict, suggest
from thinvenv.base_suggestion.values import FleetMember, HeldDistribution, SuggestedBase, VersionRange, satisfies

NUMPY1 = HeldDistribution("numpy", "1.26", bytes=100, files=10)
NUMPY2 = HeldDistribution("numpy", "2.1", bytes=120, files=10)
PANDAS = HeldDistribution("pandas", "2.2", (VersionRange("numpy", ">=1.20"),), bytes=200, files=30)


def member(path: str, *distributions: HeldDistribution, asks: str = "", python: str = "3.12") -> FleetMember:
    """Return an environment that asks for a version of numpy, and for all others as they are."""
    roots = [VersionRange("numpy", asks)] + [VersionRange(dist.name) for dist in distributions]
    return FleetMember(path, python, tuple(roots), distributions)


def test_suggestions_are_nearly_optimal() -> None:
    ratios = []
    for seed in range(200):
        members, count, by = random_fleet(seed), 1 + seed % 2, ("bytes", "bytes", "files")[seed % 3]
        saved = sum(getattr(base, f"saved_{by}") for base in suggest(members, count, by))
        most = most_savings(members, count, by)
        assert saved <= most
        ratios.append(saved / most if most else 1.0)

    assert mean(ratios) >= 0.95
    assert min(ratios) >= 0.8


@settings(max_examples=100)
@given(st.integers(min_value=0), st.integers(1, 3))
def test_bases_are_closed_and_have_one_version_of_each_name(seed: int, count: int) -> None:
    members = random_fleet(seed)
    requires = {(dist.name, dist.version): dist.requires for member in members for dist in member.distributions}

    bases = suggest(members, count)

    assert len(bases) <= count
    environments = [path for base in bases for path in base.environments]
    assert len(set(environments)) == len(environments)
    for base in bases:
        pairs = [(name, version) for name, _, version in (text.partition("==") for text in base.requirements)]
        versions = dict(pairs)
        assert len(versions) == len(pairs)
        assert all(
            satisfies(versions[required.name], required.specifier)
            for name, version in pairs
            for required in requires[name, version]
        )
        distributions = [
            dist for member in members if member.path in base.environments for dist in member.distributions
        ]
        assert 0 < base.saved_bytes <= sum(dist.bytes for dist in distributions if dist.name in versions)


def test_ranges_count_and_not_only_equal_versions() -> None:
    (base,) = suggest([member("one", NUMPY1, PANDAS), member("two", NUMPY2, PANDAS, asks=">=2")])

    assert base.requirements == ("numpy==2.1", "pandas==2.2")
    assert base.environments == ("one", "two")
    assert (base.saved_bytes, base.saved_files) == (620, 80)


def test_a_base_is_for_one_version_of_python() -> None:
    members = [member("a", NUMPY1, asks="<2"), member("b", NUMPY2, asks=">=2"), member("c", NUMPY2, python="3.13")]

    assert [base.python for base in suggest(members, 3)] == ["3.12", "3.13", "3.12"]
    (best,) = suggest([*members, member("d", NUMPY2, asks=">=2")])
    assert (best.environments, best.requirements) == (("b", "d"), ("numpy==2.1",))


def test_what_stays_in_an_environment_limits_what_it_reuses() -> None:
    local = HeldDistribution("project", "1.0", (VersionRange("numpy", "<2"),), 1, 1, is_shareable=False)
    old = HeldDistribution("old", "1.0", (VersionRange("numpy", "<2"),), 1, 1)

    (base,) = suggest([member("a", NUMPY1, local), *(member(path, NUMPY2, asks=">=2") for path in "bc")])
    assert base.environments == ("b", "c")

    (base,) = suggest([member("a", NUMPY1, old), *(member(path, NUMPY2, asks=">=2") for path in "bc")])
    assert base.environments == ("b", "c")
    assert base.requirements == ("numpy==2.1",)


def test_what_no_base_can_have_is_in_none() -> None:
    local = HeldDistribution("project", "1.0", (), 1000, 1, is_shareable=False)
    broken = HeldDistribution("broken", "1.0", (VersionRange("missing"),), 1000, 1)
    invalid = HeldDistribution("invalid", "not a version", (), 1000, 1)

    (base,) = suggest([member("a", NUMPY1, local, broken, invalid)], 5)

    assert base.requirements == ("numpy==1.26",)
    assert suggest([member("a", local)]) == suggest([]) == ()


def test_environments_that_are_alike_count_each() -> None:
    alike = [replace(member("", NUMPY2, asks=">=2"), path=path) for path in "bcd"]

    (base,) = suggest([member("a", PANDAS, NUMPY1, asks="<2"), *alike])

    assert base.saved_bytes == PANDAS.bytes + 3 * NUMPY2.bytes


def test_the_savings_of_other_bases_are_predicted() -> None:
    members = [member("a", NUMPY1, asks="<2"), member("b", NUMPY2, asks=">=2"), member("c", NUMPY2)]
    bases = [SuggestedBase("3.12", (f"numpy=={version}", "new==1.0"), (), 0, 0) for version in ("1.27", "2.2")]

    first, second = predict(members, bases)

    assert (first.requirements, first.environments, first.saved_bytes) == (("numpy==1.27",), ("a", "c"), 220)
    assert (second.requirements, second.environments, second.saved_bytes) == (("numpy==2.2",), ("b",), 120)
    assert predict(members, []) == ()
