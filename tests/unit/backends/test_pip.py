"""pip as a backend: which pip is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from thinvenv.backends.pip import _runner
from thinvenv.errors import BackendError
from thinvenv.model import Environment

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "lib/python3.5/site-packages"


@pytest.mark.parametrize("version", ["3.5.0", "3.11.7"])
def test_a_pip_that_supports_the_interpreter_is_run(version: str, tmp_path: Path) -> None:
    """The pip beside thinvenv does not support Python 3.5, so that of the base is run, which link mode does not see."""
    markers = {"python_full_version": version}
    fields = (str(tmp_path), "/base/python", "", "", "", "", "", "")
    environment = Environment("", "/venv", *fields, (), markers, site_folders=(FOLDER,))
    is_old = version == "3.5.0"
    if is_old:
        with pytest.raises(BackendError, match=r"no pip supports Python 3\.5\.0"):
            _runner(environment)
    runner = tmp_path / FOLDER / "pip" / "__pip-runner__.py"
    runner.parent.mkdir(parents=True)
    runner.touch()

    assert (_runner(environment) == runner) is is_old
