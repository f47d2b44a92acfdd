"""The digest of pip's configuration: tox installs again when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.config import pip, uv_files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_setting_and_a_constraints_file_count(tmp_path: Path) -> None:
    config, limits, prefix = tmp_path / "pip.conf", tmp_path / "limits.txt", str(tmp_path / "venv")
    environ = {"PIP_CONFIG_FILE": str(config), "HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}
    digests = [pip.fingerprint(environ, str(tmp_path), prefix)]
    for text in ("[global]\nquiet = 1\n", "[install]\nconstraint = limits.txt\n"):
        config.write_text(text)
        digests.append(pip.fingerprint(environ, str(tmp_path), prefix))
    limits.write_text("alpha<2\n")
    digests.append(pip.fingerprint(environ, str(tmp_path), prefix))
    digests.append(pip.fingerprint({**environ, "PIP_PRE": "1"}, str(tmp_path), prefix))

    assert digests[0] == digests[1]  # what does not change what is installed does not count
    assert len(set(digests)) == 4


def test_the_table_of_uv_counts(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert uv_files.fingerprint(environ, str(tmp_path)) == ""

    (tmp_path / "pyproject.toml").write_text("[tool.uv]\nconstraint-dependencies = ['alpha<2']\n")

    assert uv_files.fingerprint(environ, str(tmp_path)) != ""
