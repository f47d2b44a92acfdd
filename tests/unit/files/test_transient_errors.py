"""Where there are no descriptors left, nothing counts as absent: it would be remembered."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.processes import without_descriptors
from thinvenv.creation import staging
from thinvenv.distributions import namespace_packages
from thinvenv.environments import config_file, drift, durability
from thinvenv.installation import import_conflicts, recovery
from thinvenv.inventory import layers
from thinvenv.links import folders, link_or_copy, lookups, unrecorded_files
from thinvenv.model import Environment, Layer

if TYPE_CHECKING:
    from collections.abc import Callable


def environment_at(path: str) -> Environment:
    return Environment("", path, "", "", "", "", "", path, path, path, (), {})


@pytest.mark.parametrize(
    "read",
    [
        lambda path: folders.remove_empty(f"{path}/empty", path),
        lambda path: unrecorded_files._modules_named("alpha", Path(path)),
        import_conflicts._modules_in,
        lambda path: list(import_conflicts._nspkg_names(path)),
        lambda path: namespace_packages.is_namespace_init(f"{path}/__init__.py"),
        lambda path: durability.emptied_files(environment_at(path)),
        lambda path: list(durability.truncated_distributions([path])),
        lambda path: drift.is_enabled(Path(path)),
        lambda path: config_file.is_relocatable(environment_at(path)),
        lambda path: recovery.remove_files(["__init__.py"], (), environment_at(path)),
        lambda path: lookups._own_library_folders(environment_at(path)),
        lambda path: staging._attempts(Path(path, "env")),
        layers.has_distributions,
        layers.layer_fingerprint,
        lambda path: layers.startup_fingerprint([Layer(path, "venv")]),
    ],
)
def test_a_lack_of_descriptors_is_no_absence(read: Callable[[str], object], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "__init__.py").touch()
    (tmp_path / "pyvenv.cfg").touch()

    with without_descriptors(), pytest.raises(OSError, match="Too many open files"):
        read(str(tmp_path))


def test_a_full_disk_does_not_mean_that_there_are_no_links() -> None:
    for number in (errno.ENOSPC, errno.EIO, errno.EMFILE):
        with pytest.raises(OSError, match=os.strerror(number)):
            link_or_copy.raise_if_no_room(OSError(number, os.strerror(number)))
    link_or_copy.raise_if_no_room(OSError(errno.EPERM, "exFAT has none"))
