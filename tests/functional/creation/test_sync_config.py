"""The configuration of an existing environment is changed to another reuse mode or other bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.projects import Project, unpack_into
from thinvenv.creation.pyvenv_cfg import sync_config
from thinvenv.errors import BaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bases import Base
    from support.venv import Venv


def test_reuse_mode_switches_between_inherit_and_off(make_venv: Callable[..., Venv], base: Base) -> None:
    base.install(Project("alpha"))
    venv = make_venv(python=str(base.python), reuse="off")

    sync_config(venv.prefix, venv.context, reuse="inherit")
    assert venv.version("alpha") == "1.0"

    sync_config(venv.prefix, venv.context, reuse="off")
    assert venv.run("import importlib.util as u; print(u.find_spec('alpha'))") == "None"


def test_further_bases_are_added_and_removed(make_venv: Callable[..., Venv], base: Base, tmp_path: Path) -> None:
    unpack_into(tmp_path / "one", Project("alpha", "1.0"))
    unpack_into(tmp_path / "two", Project("alpha", "2.0"))
    venv = make_venv(python=str(base.python), reuse="off")

    for name, version in (("one", "1.0"), ("two", "2.0")):
        sync_config(venv.prefix, venv.context, reuse="inherit", bases=[str(tmp_path / name)])
        assert venv.version("alpha") == version

    sync_config(venv.prefix, venv.context, reuse="inherit")
    assert venv.run("import importlib.util as u; print(u.find_spec('alpha'))") == "None"


def test_a_matching_configuration_is_not_written(venv: Venv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack_into(tmp_path / "one", Project("alpha"))
    sync_config(venv.prefix, venv.context, reuse="inherit", bases=[str(tmp_path / "one")])
    before = (venv.prefix / "pyvenv.cfg").stat()

    def no_process(*_args: object, **_options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("subprocess.Popen", no_process)
    sync_config(venv.prefix, venv.context, reuse="inherit", bases=[str(tmp_path / "one")])

    after = (venv.prefix / "pyvenv.cfg").stat()
    assert (after.st_mtime_ns, after.st_ino, after.st_mode) == (before.st_mtime_ns, before.st_ino, before.st_mode)


def test_an_invalid_configuration_is_rejected_and_changes_nothing(venv: Venv, tmp_path: Path) -> None:
    before = (venv.prefix / "pyvenv.cfg").read_text()

    with pytest.raises(BaseError, match="there is no base"):
        sync_config(venv.prefix, venv.context, reuse="inherit", bases=[str(tmp_path / "absent")])
    with pytest.raises(UsageError, match="contradict"):
        sync_config(venv.prefix, venv.context, reuse="off", bases=[str(tmp_path)])

    assert (venv.prefix / "pyvenv.cfg").read_text() == before
