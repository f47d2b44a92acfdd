"""A fleet of environments without a tool: as many as one likes, in seconds, to measure `thinvenv report`.

    python -m thinbench.fleets DIR [--environments N] [--distributions N] [--files N]

Each environment has some versions of the same distributions. Three of four have hard links to one cache, as
uv makes them, and the fourth has copies.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

FILES = 10
VERSIONS = 3
FOLDERS_IN_ALL = ("", "sub", "tests", "__pycache__")
_CONFIG = "home = {home}\nimplementation = CPython\nversion_info = 3.12.4\ninclude-system-site-packages = false\n"


def make_fleet(root: Path, environments: int, distributions: int = 100, files: int = FILES) -> list[Path]:
    """Create a fleet of environments, and return their roots.

    Args:
        root: The directory that gets a cache and the environments.
        environments: How many environments.
        distributions: How many distributions in each.
        files: How many files in each distribution, beside its metadata.

    """
    choice = random.Random(0)
    versions = choice.choices(range(VERSIONS), k=environments * distributions)
    for number in range(distributions):
        for version in range(VERSIONS):
            make_distribution(root / "cache" / f"{number}-{version}", number, version, files)
    roots = []
    for index in range(environments):
        env = root / f"project{index // 10:03}" / ".tox" / f"py{index % 10}"
        chosen = versions[index * distributions : (index + 1) * distributions]
        make_environment(env, root / "cache", chosen, linked=index % 4 > 0)
        roots.append(env)
    return roots


def make_distribution(folder: Path, number: int, version: int, files: int) -> None:
    """Create the files of a distribution as an installer unpacks them."""
    package, dist_info = f"dist{number}", f"dist{number}-{version}.0.dist-info"
    names = [f"{package}/{FOLDERS_IN_ALL[index % 4]}/m{index}.py".replace("//", "/") for index in range(files)]
    names += [f"{dist_info}/{name}" for name in ("METADATA", "WHEEL", "INSTALLER")]
    for position, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name} {version}\n" * (1 + (number * 37 + position * 101) % 400))
    (folder / dist_info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}.0\n")
    (folder / dist_info / "RECORD").write_text("".join(f"{name},,\n" for name in [*names, f"{dist_info}/RECORD"]))


def make_environment(env: Path, cache: Path, versions: list[int], *, linked: bool) -> None:
    """Create an environment with a version of each distribution, as hard links to the cache or as copies."""
    site = env / "lib/python3.12/site-packages"
    (env / "bin").mkdir(parents=True)
    (env / "bin/python").symlink_to(sys.executable)
    (env / "pyvenv.cfg").write_text(_CONFIG.format(home=os.path.dirname(sys.executable)))
    for number, version in enumerate(versions):
        source = str(cache / f"{number}-{version}")
        for folder, _, names in os.walk(source):
            target = f"{site}{folder[len(source) :]}"
            os.makedirs(target, exist_ok=True)
            for name in names:
                path = f"{folder}/{name}"
                if linked:
                    os.link(path, f"{target}/{name}")
                else:
                    Path(target, name).write_bytes(Path(path).read_bytes())


def main() -> None:
    """Create the fleet that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--environments", type=int, default=1000)
    parser.add_argument("--distributions", type=int, default=100)
    parser.add_argument("--files", type=int, default=FILES)
    options = parser.parse_args()
    make_fleet(options.root, options.environments, options.distributions, options.files)


if __name__ == "__main__":
    main()
