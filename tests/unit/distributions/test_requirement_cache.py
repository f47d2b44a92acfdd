"""Requirements and markers, read and evaluated."""

from __future__ import annotations

import pytest

from thinvenv.distributions import requirement_cache
from thinvenv.errors import RequirementError
from thinvenv.model import Root

MARKERS = {"python_version": "3.12", "python_full_version": "3.12.1", "sys_platform": "linux"}


def test_a_requirement_is_parsed_once() -> None:
    parsed = requirement_cache.requirement("numpy>=1.26")

    assert str(parsed) == "numpy>=1.26"
    assert requirement_cache.requirement("numpy>=1.26") is parsed
    assert requirement_cache.requirement("numpy>=") is None


@pytest.mark.parametrize(
    ("root", "name"),
    [
        (Root("My_Pkg.x>=1"), "my-pkg-x"),
        (Root("pkg @ https://host.test/pkg.zip"), "pkg"),
        (Root("https://host.test/pkg.zip"), ""),
        (Root("./project", path="/home/me/project"), ""),
    ],
)
def test_the_name_of_a_root(root: Root, name: str) -> None:
    assert requirement_cache.name_of(root) == name
    assert (requirement_cache.root_requirement(root) is None) is (name == "")


def test_all_roots_that_cannot_be_read_are_reported_together() -> None:
    roots = [Root("numpy"), Root("numpy=>1", origin="-r a.txt, line 3"), Root("not a name")]

    with pytest.raises(RequirementError) as error:
        requirement_cache.check_roots(roots)

    assert "numpy=>1" in str(error.value)
    assert "-r a.txt, line 3" in str(error.value)
    assert "not a name" in str(error.value)
    requirement_cache.check_roots(roots[:1])


@pytest.mark.parametrize(
    ("text", "extras", "expected"),
    [
        ("numpy", (), True),
        ("numpy; python_version >= '3.12'", (), True),
        ("numpy; python_version < '3.12'", (), False),
        ("numpy; extra == 'test'", (), False),
        ("numpy; extra == 'test'", ("docs", "test"), True),
        ("numpy; extra == 'test' and sys_platform == 'win32'", ("test",), False),
    ],
)
def test_a_marker_holds_with_one_of_the_extras(text: str, extras: tuple[str, ...], *, expected: bool) -> None:
    parsed = requirement_cache.requirement(text)

    assert parsed
    assert requirement_cache.applies(parsed, MARKERS, extras) is expected


@pytest.mark.parametrize(
    ("requires_python", "expected"),
    [("", True), (">=3.8", True), ("<3.12", False), (">=3.13", False), ("nonsense", True)],
)
def test_requires_python(requires_python: str, *, expected: bool) -> None:
    assert requirement_cache.allows_python(requires_python, "3.12.1") is expected


def test_a_pre_release_of_python_is_allowed() -> None:
    assert requirement_cache.allows_python(">=3.12", "3.13.0b1")


@pytest.mark.parametrize(
    "text",
    [
        'x; python_version ~= "3"',
        "x; '' === 'x'",
        "x; 'a' ~= 'b'",
        "x; platform_version ~= '1'",
        f"x>={'9' * 5000}",
        f"x; python_version >= '{'9' * 5000}'",
        "x; " + "(" * 20000 + "os_name == 'a'" + ")" * 20000,
    ],
)
def test_a_requirement_that_cannot_be_evaluated_is_invalid(text: str) -> None:
    assert requirement_cache.requirement(text) is None
    with pytest.raises(RequirementError):
        requirement_cache.root_requirement(Root(text))


def test_a_marker_that_an_environment_does_not_define_does_not_hold() -> None:
    parsed = requirement_cache.requirement("x; platform_release ~= '5.1'")

    assert parsed is not None
    assert not requirement_cache.applies(parsed, {**MARKERS, "platform_release": "custom kernel"})


def test_a_specifier_of_python_with_too_many_digits_allows_all() -> None:
    assert requirement_cache.allows_python(f">={'9' * 5000}", "3.12.1")
