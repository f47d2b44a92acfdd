"""The links to any distributions reach every file, and no directory of several distributions is linked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from thinvenv.links.layout import plan_links
from thinvenv.links.manifest import Manifest

_FOLDERS = st.lists(st.sampled_from(("a", "b", "ns")), max_size=3).map(
    lambda parts: "".join(f"{part}/" for part in parts)
)
_FILES = st.builds(
    "{}{}".format, _FOLDERS, st.sampled_from(("__init__.py", "m.py", "n.py", "data.txt", "x.so", "libx.so"))
)
_DISTRIBUTIONS = st.dictionaries(st.sampled_from(("one", "two", "three")), st.sets(_FILES, min_size=1), min_size=1)


@settings(max_examples=100, deadline=None)
@given(distributions=_DISTRIBUTIONS, own=st.sets(_FILES, max_size=3))
def test_every_file_is_linked_and_shared_directories_are_not(distributions: dict[str, set[str]], own: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base, venv = Path(folder, "base"), Path(folder, "venv")
        for name in {name for files in distributions.values() for name in files}:
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).touch()
        for name in own:
            (venv / name).parent.mkdir(parents=True, exist_ok=True)
            (venv / name).touch()
        manifests = {name: Manifest(str(base), tuple(sorted(files))) for name, files in distributions.items()}

        planned = plan_links(manifests, lambda path: (venv / path).exists())
        links = [link for links in planned.values() for link in links]
        for link in links:
            (venv / link.path).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(link.target, venv / link.path)

        # Every file is there, the environment's own before the base's.
        for name in {name for files in distributions.values() for name in files}:
            assert (venv / name).exists()
        for name in own:
            assert not Path(os.path.realpath(venv / name)).is_relative_to(os.path.realpath(base))
        # A directory that is linked as a whole belongs to one distribution alone.
        for link in links:
            if (base / link.path).is_dir():
                owners = [
                    name
                    for name, files in distributions.items()
                    if any(file.startswith(f"{link.path}/") for file in files)
                ]
                assert len(owners) == 1
