"""The recipes of ``docs/images.md``, with buildah, umoci and squashfs as they are: ``nox -s images``.

They need root, the tools, and a package registry to install thinvenv into an image.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from support.bases import exact_snapshot
from support.images import Buildah, documented, make_python_image, run
from support.projects import Project
from thinvenv.installation import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.bases import Base
    from support.venv import Indexer, Venv

TOOLS = ("buildah", "umoci", "mksquashfs", "squashfuse")
pytestmark = [
    pytest.mark.images,
    pytest.mark.registry,
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"),
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root"),
]

POINTS = "[console_scripts]\ntool = tool:main\n"
TOOL = Project("tool", modules={"tool.py": "def main():\n    import numpy\n    print('ready')\n"}, entry_points=POINTS)
PROJECTS = [
    *(Project("numpy", "2.0"), Project("pandas", "2.2", requires=("numpy",)), Project("click", "8.0"), TOOL),
    *(Project("flask", "3.0", requires=("click",)), Project("report", requires=("pandas",))),
]
REQUIREMENTS = {"base": "pandas\n", "web": "pandas\nflask\ntool\n", "report": "report\ntool\n"}
INDEX = "UV_DEFAULT_INDEX=file:///index/simple"
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _only_if_selected(request: pytest.FixtureRequest) -> None:
    if "images" not in request.config.getoption("markexpr"):
        pytest.skip("run only by `nox -s images`, which selects them")


@pytest.fixture
def buildah(tmp_path: Path) -> Iterator[Buildah]:
    buildah = Buildah(tmp_path / "buildah")
    yield buildah
    buildah.remove_all()


@contextmanager
def mounted(*command: str | Path) -> Iterator[None]:
    """Mount the last argument of a command, which mounts it, in the block."""
    run(*command)
    try:
        yield
    finally:
        run("umount", command[-1])


def inside(root: Path, *command: str) -> str:
    """Run a command in a read-only root without network and return what it prints."""
    mounts = (
        'mount --bind "$0" "$0"',
        'mount -o remount,bind,ro "$0"',
        'mount -t tmpfs tmpfs "$0/tmp"',
        'mount --rbind /dev "$0/dev"',
    )
    script = f'{" && ".join(mounts)} && exec chroot "$0" "$@"'
    environ = ("env", "-i", "PATH=/opt/envs/web/bin:/usr/local/bin:/usr/bin:/bin", "HOME=/root")
    return run("unshare", "--mount", "--net", "sh", "-c", script, root, *environ, *command)


def test_the_containerfile_has_small_deterministic_layers_that_need_no_second_install(
    buildah: Buildah, tmp_path: Path
) -> None:
    python = make_python_image(tmp_path, buildah, PROJECTS)
    (recipe,) = documented("images.md", "dockerfile")
    context = tmp_path / "context"
    context.mkdir()
    (context / "Containerfile").write_text(recipe)
    for name, text in REQUIREMENTS.items():
        (context / f"{name}.txt").write_text(text)
    shell = "".join(documented("images.md", "console"))
    (command,) = (line for line in shell.splitlines() if "buildah build" in line)
    words = shlex.split(command.removeprefix("$ buildah build").replace(" --tag app .", ""))
    local = ("--no-cache", "--isolation", "chroot", "--build-arg", f"PYTHON={python}", "--quiet")

    layers = []
    for name in ("one", "two"):
        buildah("build", *words, *local, "--tag", name, context)
        layers.append(buildah.layers_of(f"localhost/{name}"))
    root = buildah.mounted("localhost/one")
    before = {path: exact_snapshot(root / path) for path in ("opt/base", "opt/store", "opt/envs")}
    install = ("thinvenv", "install", "--json", "--env", "/opt/envs/web", *REQUIREMENTS["web"].split())
    plan = json.loads(inside(root, *install))
    checks = inside(root, "thinvenv", "check", "/opt/envs/web", "/opt/envs/report")
    (another,) = (line for line in shell.splitlines() if "thinvenv create /tmp/another" in line)
    (root / "report.txt").write_text(REQUIREMENTS["report"])
    created = inside(root, "sh", "-c", f"HOME=/tmp {INDEX} {another.removeprefix('$ ')}")

    lowest = len(buildah.layers_of(python))
    assert len(layers[0]) == lowest + 4
    assert layers[0] == layers[1]
    sizes = buildah.layer_sizes("localhost/one", tmp_path / "oci")[lowest:]
    assert max(sizes[1:]) < MEGABYTE, sizes
    assert {step["action"] for step in plan["steps"]} == {"reuse"}
    assert checks.splitlines() == ["/opt/envs/web: ok", "/opt/envs/report: ok"]
    assert inside(root, "tool") == "ready\n"
    assert "linked 2 from the store" in created
    assert {path: exact_snapshot(root / path) for path in before} == before


@pytest.fixture
def installed(make_venv: Callable[..., Venv], base: Base, index: Indexer, tmp_path: Path) -> Venv:
    """Return an environment over a base, with links to a store."""
    base.install(Project("numpy", "2.0"), Project("pandas", "2.2", requires=("numpy",)), TOOL)
    index(Project("report", requires=("pandas",)))
    venv = make_venv("venv", str(base.python), reuse="link", stores=[str(tmp_path / "store")])
    venv.install("report", "tool")
    return venv


def assert_current(venv: Venv, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Assert that the last install need not be repeated, and that nothing is written to find that out."""
    monkeypatch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "another-cache"))
    monkeypatch.setattr("thinvenv.engine._install_locked", None)
    before = exact_snapshot(venv.prefix)
    assert not venv.install("report", "tool").changes
    assert check.check(venv.prefix, venv.context).ok
    assert venv.call(venv.prefix / "bin" / "tool") == "ready"
    assert exact_snapshot(venv.prefix) == before


def test_a_round_trip_through_an_image_of_umoci(
    installed: Venv, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, folders = f"{tmp_path / 'image'}:all", (base.prefix, tmp_path / "store", installed.prefix)
    run("umoci", "init", "--layout", tmp_path / "image")
    run("umoci", "new", "--image", image)
    for folder in folders:
        run("umoci", "insert", "--image", image, folder, folder)
        shutil.rmtree(folder)
    run("umoci", "unpack", "--image", image, tmp_path / "bundle")
    for folder in folders:
        (tmp_path / "bundle" / "rootfs" / folder.relative_to("/")).rename(folder)

    assert_current(installed, monkeypatch, tmp_path)


@pytest.mark.parametrize("program", ["mount", "squashfuse"])
def test_a_base_and_a_store_on_squashfs(
    installed: Venv, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    block = next(block for block in documented("images.md", "console") if "mksquashfs" in block)
    make, mount, _ = (shlex.split(line.removeprefix("$ "), comments=True) for line in block.splitlines())
    mount = mount if program == "mount" else ["squashfuse", *mount[-2:]]
    with ExitStack() as mounts:
        for folder in (base.prefix, tmp_path / "store"):
            names = {"/opt/base": str(folder), "base.squashfs": f"{folder}.squashfs"}
            run(*(names.get(word, word) for word in make))
            shutil.rmtree(folder)
            folder.mkdir()
            mounts.enter_context(mounted(*(names.get(word, word) for word in mount)))

        assert_current(installed, monkeypatch, tmp_path)
