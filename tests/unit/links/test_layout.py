"""The links that are planned for distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.links.layout import plan_links
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
    return {name: [link.path for link in links] for name, links in plan_links(manifests, taken.__contains__).items()}


def test_a_package_is_linked_entry_by_entry(tmp_path: Path) -> None:
    files = (
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/sub/__init__.py",
        "one.py",
        "pkg.libs/libx-1.so",
        "pkg-stubs/__init__.pyi",
    )

    links = plan_links({"one": _tree(tmp_path, *files)}, _nothing)["one"]

    expected = ["one.py", "pkg-stubs/__init__.pyi", "pkg.libs", "pkg/__init__.py", "pkg/a.py", "pkg/sub"]
    assert [link.path for link in links] == expected
    assert links[-1].target == str(tmp_path / "pkg" / "sub")


def test_plugin_folders_are_real_directories(tmp_path: Path) -> None:
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


def test_a_namespace_of_one_distribution_is_a_real_directory(tmp_path: Path) -> None:
    paths = _paths({"one": _tree(tmp_path, "ns/deep/part/__init__.py", "ns/module.py")})

    assert paths == {"one": ["ns/deep/part", "ns/module.py"]}


def test_a_pkg_resources_namespace_is_a_real_directory(tmp_path: Path) -> None:
    first = _tree(
        tmp_path, "ns/__init__.py=__import__('pkg_resources').declare_namespace(__name__)", "ns/one/__init__.py"
    )

    assert _paths({"one": first}) == {"one": ["ns/__init__.py", "ns/one"]}


def test_a_shared_package_is_split_and_the_first_distribution_wins(tmp_path: Path) -> None:
    first = _tree(tmp_path, "cv/__init__.py", "cv/a.py", "cv/data/x.bin")
    second = _tree(tmp_path, "cv/__init__.py", "cv/b.py", "cv/data/y.bin")

    paths = _paths({"one": first, "two": second})

    assert paths == {"one": ["cv/__init__.py", "cv/a.py", "cv/data/x.bin"], "two": ["cv/b.py", "cv/data/y.bin"]}


def test_paths_that_exist_in_the_environment_are_not_linked(tmp_path: Path) -> None:
    paths = _paths({"one": _tree(tmp_path, "pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py")}, "pkg", "pkg/a.py")

    assert paths == {"one": ["pkg/__init__.py", "pkg/sub"]}


def test_commonly_shared_names_are_never_linked_as_a_directory(tmp_path: Path) -> None:
    assert _paths({"one": _tree(tmp_path, "tests/__init__.py", "tests/test_a.py")}) == {
        "one": ["tests/__init__.py", "tests/test_a.py"]
    }


def test_data_files_are_linked_individually(tmp_path: Path) -> None:
    root = tmp_path / "lib" / "site"
    (root / "pkg").mkdir(parents=True)

    paths = _paths({"one": _tree(root, "../../share/one/a.txt", "../../share/one/b.txt")})

    assert paths == {"one": ["../../share/one/a.txt", "../../share/one/b.txt"]}


def test_pytest_plugins_are_linked_file_by_file(tmp_path: Path) -> None:
    plain = _tree(tmp_path, "plug/__init__.py", "plug/sub/__init__.py")

    paths = _paths({"one": Manifest(plain.root, plain.files, file_by_file=True)})

    assert paths == {"one": ["plug/__init__.py", "plug/sub/__init__.py"]}


def test_listed_files_that_do_not_exist_are_ignored(tmp_path: Path) -> None:
    assert _paths({"one": Manifest(str(tmp_path), ("gone.py", "lost/__init__.py"))}) == {"one": []}


def test_a_collection_of_ansible_is_linked_whole(tmp_path: Path) -> None:
    lists = ("ns/one/MANIFEST.json", "ns/one/FILES.json")
    files = ("ns/one/plugins/modules/a.py", "ns/one/README.md", "ns/two/plugins/b.py", "ns/two/FILES.json")

    assert _paths({"one": _tree(tmp_path, *lists, *files)}) == {
        "one": ["ns/one", "ns/two/FILES.json", "ns/two/plugins/b.py"]
    }
    other = _tree(tmp_path / "other", "ns/one/plugins/modules/c.py")
    assert "ns/one/plugins/modules/a.py" in _paths({"one": _tree(tmp_path, *lists, *files), "two": other})["one"]


def test_modules_that_follow_links_are_copied_where_others_have_files_beside_them(tmp_path: Path) -> None:
    resolving = "=Path(__file__).resolve()"
    names = ("shared", "alone", "mixed")
    files = [f"{name}/{module}.py{text}" for name in names for module, text in (("a", resolving), ("b", "=__file__"))]
    first = _tree(
        tmp_path / "one", *files, "top.py=realpath(__file__)", "shared/c.py=realpath(x)", "shared/d.txt" + resolving
    )
    second = _tree(tmp_path / "two", "shared/z.py")

    planned = plan_links({"one": first, "two": second}, lambda path: path == "mixed")

    assert [link.path for link in planned["one"] if link.is_copy] == ["mixed/a.py", "shared/a.py"]
    (tmp_path / "one" / "shared" / "e.py").write_text("e")
    same = [_tree(tmp_path / "one", "shared/a.py" + resolving), Manifest(str(tmp_path / "one"), ("shared/e.py",))]
    assert [link.is_copy for link in plan_links(dict(zip("ab", same, strict=True)), _nothing)["a"]] == [False]
