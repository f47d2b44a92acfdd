"""Whether what `thinvenv base suggest` predicts comes true, for two fleets of tox environments.

    python -m thinbench.suggested_bases [--numpy VERSION]... [--pandas VERSION]... [--pytest VERSION]... [--bases K]
    python -m thinbench.suggested_bases --public [--bases K]

tox with tox-uv makes the environments of the fleet. Then the suggested bases are built, and tox with thinvenv makes
the environments again over them. It needs a package registry.

The first fleet has an environment for each combination of some versions of numpy, pandas and pytest. By default there
are eight; ``--all`` makes 48, which take minutes and some gigabytes. The second has those of ten public projects.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from thinbench.folders import home
from thinbench.processes import run
from thinbench.public_projects import download
from thinbench.tables import size
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SMALL = {"numpy": ["1.26.*", "2.2.*"], "pandas": ["2.2.*", "2.3.*"], "pytest": ["8.3.*", ">=8"]}
ALL = {
    "numpy": ["1.26.*", "2.1.*", "2.2.*", ">=1.26"],
    "pandas": ["2.2.2", "2.2.3", "2.3.*", ">=2.2"],
    "pytest": ["7.4.*", "8.3.*", ">=8"],
}


@dataclass(frozen=True)
class Prediction:
    """What was predicted of a fleet, and what came true.

    Attributes:
        environments: The number of environments that the suggested bases are for.
        before: The apparent size of all environments, in bytes.
        predicted: What they would save, in bytes.
        saved: What they saved, in bytes.

    """

    environments: int
    before: int
    predicted: int
    saved: int

    @property
    def error(self) -> float:
        """The difference between prediction and truth, as a share of the truth."""
        return abs(self.predicted - self.saved) / self.saved if self.saved else float(self.predicted > 0)


def write_project(project: Path, versions: dict[str, list[str]]) -> list[str]:
    """Write the ``tox.ini`` of a project with an environment for each combination, and return their names."""
    project.mkdir(parents=True, exist_ok=True)
    environments = {f"e{number}": combination for number, combination in enumerate(product(*versions.values()))}
    lines = ["[tox]", "skip_package = true", f"env_list = {', '.join(environments)}"]
    for name, combination in environments.items():
        pins = zip(versions, combination, strict=True)
        requirements = [f"{pinned}{'' if text[0] in '<>' else '=='}{text}" for pinned, text in pins]
        lines += [f"[testenv:{name}]", "deps =", *(f"    {text}" for text in requirements)]
        lines += ["commands = python -c 'import numpy, pandas, pytest'"]
    (project / "tox.ini").write_text("\n".join(lines) + "\n")
    return list(environments)


def apparent_size(folder: Path) -> int:
    """Return the apparent size of the environments below a folder, as `thinvenv report` measures it."""
    report = json.loads(run(toolbox("tox-thinvenv").tool("thinvenv"), "report", folder, "--json"))
    return int(report["totals"]["apparent_bytes"])


def measure(projects: Mapping[Path, Sequence[str]], root: Path, count: int) -> Prediction:
    """Make environments without and with suggested bases, and return what was predicted and what came true.

    Args:
        projects: The environments of each project, by its folder.
        root: The folder with the projects. The bases lie beside it.
        count: How many bases there may be.

    """
    thin, bases = toolbox("tox-thinvenv"), root.with_name(f"{root.name}-bases")
    shutil.rmtree(bases, ignore_errors=True)
    for project, names in projects.items():
        run(toolbox("tox-uv").tool("tox"), "run", "-q", "--notest", "-e", ",".join(names), cwd=project)
    before = apparent_size(root)
    words = ("--bases", str(count), "--json", "-o", "base.txt")
    suggested = json.loads(run(thin.tool("thinvenv"), "base", "suggest", *projects, *words, cwd=root))["bases"]
    for number, base in enumerate(suggested, 1):
        file = "base.txt" if count == 1 else f"base-{number}.txt"
        prefix = bases / str(number)
        run(thin.tool("thinvenv"), "base", "build", prefix, "--python", sys.executable, "-r", file, cwd=root)
        for project, names in projects.items():
            users = [name for name in names if str(project / ".tox" / name) in base["environments"]]
            if users:
                recreate = ("run", "-q", "--notest", "-r", "-e", ",".join(users))
                run(thin.tool("tox"), *recreate, cwd=project, extra={"THINVENV_BASE": str(prefix)})
    saved = before - apparent_size(root)
    predicted = sum(base["saved_bytes"] for base in suggested)
    return Prediction(sum(len(base["environments"]) for base in suggested), before, predicted, saved)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was predicted and what came true. The exit status is 1 if they differ by more than a tenth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in SMALL:
        parser.add_argument(f"--{name}", action="append", metavar="VERSION")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--public", action="store_true")
    parser.add_argument("--bases", type=int, default=2, metavar="K")
    options = parser.parse_args(arguments)
    folder = home() / ("public-projects" if options.public else "suggested-bases")
    if options.public:
        projects: Mapping[Path, Sequence[str]] = download(folder)
    else:
        default = ALL if options.all else SMALL
        versions = {name: getattr(options, name) or default[name] for name in SMALL}
        shutil.rmtree(folder, ignore_errors=True)
        projects = {folder: write_project(folder, versions)}
    result = measure(projects, folder, options.bases)
    print(
        f"{result.environments} environments, {size(result.before)}: predicted {size(result.predicted)}, "
        f"saved {size(result.saved)} ({result.error:.1%} apart)"
    )
    raise SystemExit(int(result.error > 0.1))  # noqa: PLR2004 - a tenth


if __name__ == "__main__":
    main()
