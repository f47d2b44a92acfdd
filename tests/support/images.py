"""Container images without a registry: a root file system with this Python and thinvenv, and buildah."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support import ROOT
from support.projects import make_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from support.projects import Project

_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_UNUSED = ("__pycache__", "test", "tests", "idlelib", "site-packages", "*.a", "config-3*", "turtledemo")
_TOOLS = ("sh", "env", "mkdir")
_CONTAINERFILE = """
FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin:/bin UV_DEFAULT_INDEX=file:///index/simple
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command, assert that it succeeds, and return what it prints."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def documented(page: str, language: str) -> list[str]:
    """Return the blocks of a language in a page of the documentation."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


class Buildah:
    """buildah, with a storage of its own below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, verb: str, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run a command of buildah, assert that it succeeds, and return what it prints."""
        storage = ("--root", self._folder / "storage", "--runroot", self._folder / "run")
        return run("buildah", *storage, verb, *arguments, cwd=cwd)

    def layers_of(self, image: str) -> list[str]:
        """Return the digests of the layers of an image, the lowest first."""
        template = "{{range .OCIv1.RootFS.DiffIDs}}{{println .}}{{end}}"
        return self("inspect", "--format", template, image).split()

    def layer_sizes(self, image: str, folder: Path) -> list[int]:
        """Return the sizes of the compressed layers of an image, the lowest first. It is written into a folder."""
        self("push", "--quiet", image, f"oci:{folder}:image")

        def document(digest: str) -> dict[str, Any]:
            content: dict[str, Any] = json.loads((folder / "blobs" / "sha256" / digest[7:]).read_text())
            return content

        (manifest,) = json.loads((folder / "index.json").read_text())["manifests"]
        return [layer["size"] for layer in document(manifest["digest"])["layers"]]

    def mounted(self, image: str) -> Path:
        """Return the root of a container of an image."""
        container = self("from", "--pull-never", image).strip()
        return Path(self("mount", container).strip())

    def remove_all(self) -> None:
        """Remove all images and containers."""
        self("umount", "--all")
        self("rm", "--all")
        self("rmi", "--all", "--force")


def make_python_image(folder: Path, buildah: Buildah, projects: Iterable[Project]) -> str:
    """Build an image with this Python, pip and thinvenv, and an index at ``/index``; return its name."""
    root = folder / "rootfs"
    base = Path(sys.base_prefix)
    local = root / "usr" / "local"
    shutil.copytree(
        base / "lib" / _PYTHON, local / "lib" / _PYTHON, ignore=shutil.ignore_patterns(*_UNUSED), symlinks=True
    )
    (local / "bin").mkdir()
    shutil.copy2(os.path.realpath(base / "bin" / _PYTHON), local / "bin" / _PYTHON)
    (local / "bin" / "python3").symlink_to(_PYTHON)
    python = local / "bin" / _PYTHON
    run("uv", "pip", "install", "--quiet", "--python", python, "--link-mode", "copy", "pip", ROOT)
    for name in ("pip", "thinvenv"):
        script = local / "bin" / name
        script.write_text(re.sub(r"^#!.*", f"#!/usr/local/bin/{_PYTHON}", script.read_text(), count=1))
    for name in ("tmp", "etc", "root", "proc", "sys", "dev", "var/tmp"):
        (root / name).mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    programs = [python, local / "bin" / "uv", *(local / "lib" / _PYTHON / "lib-dynload").glob("*.so")]
    _copy_with_libraries([Path(shutil.which(name) or name) for name in _TOOLS], programs, root)
    make_index(root / "index", projects)
    (folder / "Containerfile").write_text(_CONTAINERFILE)
    buildah("build", "--quiet", "--tag", "localhost/python", "--file", folder / "Containerfile", root)
    return "localhost/python"


def _copy_with_libraries(tools: Sequence[Path], programs: Iterable[Path], root: Path) -> None:
    """Copy programs of this system into ``/bin`` of a root, and the libraries that they and others need."""
    (root / "bin").mkdir()
    for tool in tools:
        shutil.copy2(os.path.realpath(tool), root / "bin" / tool.name)
    paths: set[str] = set()
    for program in (*tools, *programs):
        listing = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
        paths |= set(re.findall(r"/\S+\.so\S*", listing))
    for path in paths:
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.realpath(path), target)
