"""Checkouts of git repositories: their commit and address, read without git."""

from __future__ import annotations

import re
from pathlib import Path

from thinvenv.files import read_bytes
from thinvenv.urls import redacted

_SCP = r"(?P<user>\w+@)?(?P<host>[\w.-]+):(?P<path>(?!//).+)"
"""An address in the short form of ssh: ``git@github.com:pypa/pip.git``."""


def is_checkout(url: str, folder: str) -> bool:
    """Return whether a folder lies in the checkout of a repository at the commit that a URL names.

    ``pip freeze`` writes such URLs (``git+https://host/project.git@COMMIT#egg=name``) for projects in development
    mode, if it finds them in a checkout.

    Args:
        url: The URL.
        folder: The folder.

    """
    address, _, _ = url.partition("#")
    repository, _, commit = address.removeprefix("git+").rpartition("@")
    if not address.startswith("git+") or not re.fullmatch(r"[0-9a-f]{40}", commit) or not folder:
        return False
    git = next(
        (parent / ".git" for parent in (Path(folder), *Path(folder).parents) if (parent / ".git").is_dir()), None
    )
    try:
        return git is not None and commit == _commit(git) and _plain(repository) in _remotes(git)
    except OSError:
        return False


def _commit(git: Path) -> str:
    """Return the commit that is checked out, or an empty string."""
    head = _read(git / "HEAD").strip()
    reference = head.removeprefix("ref: ")
    if reference == head:
        return head
    if (git / reference).is_file():
        return _read(git / reference).strip()
    lines = _read(git / "packed-refs").splitlines()
    return next((line.partition(" ")[0] for line in lines if line.endswith(f" {reference}")), "")


def _remotes(git: Path) -> set[str]:
    """Return the addresses that the checkout has for its remote repositories."""
    text = _read(git / "config")
    return {_plain(address) for address in re.findall(r"^\s*url\s*=\s*(\S+)", text, re.MULTILINE)}


def _read(path: Path) -> str:
    return read_bytes(path).decode(errors="replace")


def _plain(address: str) -> str:
    """Return an address without credentials, in the long form."""
    short = re.fullmatch(_SCP, address)
    return redacted(f"ssh://{short['host']}/{short['path']}" if short else address)
