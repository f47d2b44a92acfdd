"""The commit and the address of a checkout, compared with git's own answers."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from thinvenv.distributions.checkouts import is_checkout

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=me", "-c", "user.email=me@host.test", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "python" / "mine").mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "first")
    git(folder, "remote", "add", "origin", "https://me:secret@host.test/project.git")
    git(folder, "remote", "add", "fork", "git@host.test:me/project.git")
    return folder


def test_a_folder_in_a_checkout_is_found_by_its_commit_and_address(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")

    assert is_checkout(f"git+https://host.test/project.git@{commit}#egg=mine&subdirectory=python", f"{checkout}/python")
    assert is_checkout(f"git+ssh://git@host.test/me/project.git@{commit}#egg=mine", str(checkout))
    assert not is_checkout(f"git+https://host.test/other.git@{commit}#egg=mine", str(checkout))
    assert not is_checkout(f"git+https://host.test/project.git@{'0' * 40}#egg=mine", str(checkout))
    assert not is_checkout("git+https://host.test/project.git@main#egg=mine", str(checkout))
    assert not is_checkout(f"git+https://host.test/project.git@{commit}", str(checkout.parent))
    assert not is_checkout(f"git+https://host.test/project.git@{commit}", "")


@pytest.mark.parametrize("change", [("pack-refs", "--all"), ("checkout", "--quiet", "--detach")], ids=str)
def test_each_way_in_which_git_stores_the_commit_is_read(checkout: Path, change: tuple[str, ...]) -> None:
    git(checkout, *change)
    commit = git(checkout, "rev-parse", "HEAD")

    assert is_checkout(f"git+https://host.test/project.git@{commit}#egg=mine", str(checkout))
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "second")
    assert not is_checkout(f"git+https://host.test/project.git@{commit}#egg=mine", str(checkout))


def test_a_broken_checkout_is_none(checkout: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    (checkout / ".git" / "HEAD").unlink()

    assert not is_checkout(f"git+https://host.test/project.git@{commit}", str(checkout))
