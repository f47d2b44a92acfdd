"""Which links stand for some distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.links.layout import lay_out
from thinvenv.links.manifest import Manifest

if TYPE_CHECKING:
    from pathlib import Path


def _tree(root: Path, *files: str) -> Manifest:
    for name in files:
        path, _, text = name.partition("=")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Manifest(str(root), tuple(name.partition("=")[0] for name in files))


def _nothing(_path: str) -> bool:
    return False


def _paths(manifests: dict[str, Manifest], *taken: str) -> dict[str, list[str]]:
    return {name: [link.path for link in links] for name, links in lay_out(manifests, taken.__contains__).items()}


def test_a_package_is_linked_a_level_further_down(tmp_path: Path) -> None:
    files = (
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/sub/__init__.py",
        "one.py",
        "pkg.libs/libx-1.so",
        "pkg-stubs/__init__.pyi",
    )

    links = lay_out({"one": _tree(tmp_path, *files)}, _nothing)["one"]

    expected = ["one.py", "pkg-stubs/__init__.pyi", "pkg.libs", "pkg/__init__.py", "pkg/a.py", "pkg/sub"]
    assert [link.path for link in links] == expected
    assert links[-1].target == str(tmp_path / "pkg" / "sub")


def test_where_others_put_modules_is_a_real_directory(tmp_path: Path) -> None:
    files = (
        "pkg/__init__.py",
        "pkg/plugins/__init__.py",
        "pkg/parts/one.py",
        "pkg/data/one.txt",
        "pkg/sub/__init__.py",
    )

    paths = _paths({"one": _tree(tmp_path, *files)})

    expected = ["pkg/__init__.py", "pkg/data", "pkg/parts/one.py", "pkg/plugins/__init__.py", "pkg/sub"]
    assert paths == {"one": expected}


def test_a_namespace_is_a_real_directory_even_where_one_alone_has_it(tmp_path: Path) -> None:
    paths = _paths({"one": _tree(tmp_path, "ns/deep/part/__init__.py", "ns/module.py")})

    assert paths == {"one": ["ns/deep/part", "ns/module.py"]}


def test_a_package_that_looks_for_others_of_its_name_is_a_namespace(tmp_path: Path) -> None:
    first = _tree(
        tmp_path, "ns/__init__.py=__import__('pkg_resources').declare_namespace(__name__)", "ns/one/__init__.py"
    )

    assert _paths({"one": first}) == {"one": ["ns/__init__.py", "ns/one"]}


def test_a_package_that_two_have_is_split_and_the_first_has_its_file(tmp_path: Path) -> None:
    first = _tree(tmp_path, "cv/__init__.py", "cv/a.py", "cv/data/x.bin")
    second = _tree(tmp_path, "cv/__init__.py", "cv/b.py", "cv/data/y.bin")

    paths = _paths({"one": first, "two": second})

    assert paths == {"one": ["cv/__init__.py", "cv/a.py", "cv/data/x.bin"], "two": ["cv/b.py", "cv/data/y.bin"]}


def test_what_the_environment_has_itself_comes_first(tmp_path: Path) -> None:
    paths = _paths({"one": _tree(tmp_path, "pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py")}, "pkg", "pkg/a.py")

    assert paths == {"one": ["pkg/__init__.py", "pkg/sub"]}


def test_names_that_careless_projects_share_are_never_linked_whole(tmp_path: Path) -> None:
    assert _paths({"one": _tree(tmp_path, "tests/__init__.py", "tests/test_a.py")}) == {
        "one": ["tests/__init__.py", "tests/test_a.py"]
    }


def test_data_files_are_linked_one_by_one(tmp_path: Path) -> None:
    root = tmp_path / "lib" / "site"
    (root / "pkg").mkdir(parents=True)

    paths = _paths({"one": _tree(root, "../../share/one/a.txt", "../../share/one/b.txt")})

    assert paths == {"one": ["../../share/one/a.txt", "../../share/one/b.txt"]}


def test_what_pytest_rewrites_is_linked_file_by_file(tmp_path: Path) -> None:
    plain = _tree(tmp_path, "plug/__init__.py", "plug/sub/__init__.py")

    paths = _paths({"one": Manifest(plain.root, plain.files, rewritten=True)})

    assert paths == {"one": ["plug/__init__.py", "plug/sub/__init__.py"]}


def test_what_is_listed_and_not_there_is_passed_over(tmp_path: Path) -> None:
    assert _paths({"one": Manifest(str(tmp_path), ("gone.py", "lost/__init__.py"))}) == {"one": []}
