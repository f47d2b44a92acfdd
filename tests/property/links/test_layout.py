"""The links to any distributions reach every file, and no directory is linked in which two have different files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from thinvenv.links.layout import Link, plan_links
from thinvenv.links.manifest import Manifest

_FOLDERS = st.lists(st.sampled_from(("a", "b", "ns")), max_size=3).map(
    lambda parts: "".join(f"{part}/" for part in parts)
)
_FILES = st.builds(
    "{}{}".format, _FOLDERS, st.sampled_from(("__init__.py", "m.py", "n.py", "data.txt", "x.so", "libx.so"))
)
_DISTRIBUTIONS = st.dictionaries(st.sampled_from(("one", "two", "three")), st.sets(_FILES, min_size=1), min_size=1)


Files = set[str]


def test_every_file_is_linked_and_shared_directories_are_not() -> None:
    linked_directories = 0

    @settings(max_examples=100, deadline=None)
    @given(distributions=_DISTRIBUTIONS, own=st.sets(_FILES, max_size=3))
    @example(distributions={"one": {"a/__init__.py", "a/b/__init__.py"}}, own=set())
    @example(distributions={"one": {"a/a/__init__.py"}, "two": {"a/a/__init__.py"}}, own=set())
    @example(distributions={"one": {"a/a/__init__.py"}, "two": {"a/a/__init__.py", "a/a/m.py"}}, own=set())
    def check(distributions: dict[str, Files], own: Files) -> None:
        nonlocal linked_directories
        with tempfile.TemporaryDirectory() as folder:
            base, venv = Path(folder, "base"), Path(folder, "venv")
            touch(base, set().union(*distributions.values()))
            touch(venv, own)
            links = make_links(base, venv, distributions)
            for name in set().union(*distributions.values()):
                assert (venv / name).exists()
            for name in own:  # a file of the environment is not replaced by a link to the base
                assert not Path(os.path.realpath(venv / name)).is_relative_to(os.path.realpath(base))
            for link in links:
                if (base / link.path).is_dir():
                    linked_directories += 1
                    assert len(contents_of(link.path, distributions)) == 1

    check()
    assert linked_directories


def touch(folder: Path, files: Files) -> None:
    """Make empty files, by their relative paths."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def make_links(base: Path, venv: Path, distributions: dict[str, Files]) -> list[Link]:
    """Make the links to distributions of a base in an environment, and return them."""
    manifests = {name: Manifest(str(base), tuple(sorted(files))) for name, files in distributions.items()}
    planned = plan_links(manifests, lambda path: (venv / path).exists())
    links = [link for links in planned.values() for link in links]
    for link in links:
        (venv / link.path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(link.target, venv / link.path)
    return links


def contents_of(folder: str, distributions: dict[str, Files]) -> set[frozenset[str]]:
    """Return what each distribution has below a folder. Distributions that have the same share nothing else there."""
    below = (frozenset(file for file in files if file.startswith(f"{folder}/")) for files in distributions.values())
    return {files for files in below if files}
