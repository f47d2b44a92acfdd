"""Whether what `thinvenv base suggest` predicts comes true, for tox environments with numpy, pandas and pytest.

    python -m thinbench.suggested_bases [--numpy VERSION]... [--pandas VERSION]... [--pytest VERSION]... [--bases K]

tox with tox-uv makes an environment for each combination of the versions. Then the suggested bases are built, and
tox with thinvenv makes the environments again over them. It needs a package registry. By default there are eight
environments; ``--all`` makes 48, which take minutes and some gigabytes.
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
from thinbench.tables import size
from thinbench.toolboxes import toolbox

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def write_project(project: Path, versions: dict[str, list[str]]) -> int:
    """Write the ``tox.ini`` of a project with an environment for each combination, and return their number."""
    project.mkdir(parents=True, exist_ok=True)
    combinations = list(product(*versions.values()))
    lines = ["[tox]", "skip_package = true", f"env_list = {', '.join(f'e{i}' for i in range(len(combinations)))}"]
    for number, combination in enumerate(combinations):
        pins = zip(versions, combination, strict=True)
        requirements = [f"{name}{'' if text[0] in '<>' else '=='}{text}" for name, text in pins]
        lines += [f"[testenv:e{number}]", "deps =", *(f"    {text}" for text in requirements)]
        lines += ["commands = python -c 'import numpy, pandas, pytest'"]
    (project / "tox.ini").write_text("\n".join(lines) + "\n")
    return len(combinations)


def apparent_size(folder: Path) -> int:
    """Return the apparent size of the environments below a folder, as `thinvenv report` measures it."""
    report = json.loads(run(toolbox("tox-thinvenv").tool("thinvenv"), "report", folder, "--json"))
    return int(report["totals"]["apparent_bytes"])


def measure(versions: dict[str, list[str]], count: int) -> Prediction:
    """Make the environments without and with suggested bases, and return what was predicted and what came true.

    Args:
        versions: The versions of each distribution.
        count: How many bases there may be.

    """
    project, thin = home() / "suggested-bases", toolbox("tox-thinvenv")
    shutil.rmtree(project, ignore_errors=True)
    write_project(project, versions)
    run(toolbox("tox-uv").tool("tox"), "run", "-q", cwd=project)
    before = apparent_size(project)
    words = ("--bases", str(count), "--json", "-o", "base.txt")
    suggested = json.loads(run(thin.tool("thinvenv"), "base", "suggest", ".", *words, cwd=project))["bases"]
    for number, base in enumerate(suggested, 1):
        file = "base.txt" if count == 1 else f"base-{number}.txt"
        prefix = project / f"base-{number}"
        run(thin.tool("thinvenv"), "base", "build", prefix, "--python", sys.executable, "-r", file, cwd=project)
        names = ",".join(path.rpartition("/")[2] for path in base["environments"])
        run(thin.tool("tox"), "run", "-q", "-r", "-e", names, cwd=project, extra={"THINVENV_BASE": str(prefix)})
    saved = before - apparent_size(project / ".tox")
    predicted = sum(base["saved_bytes"] for base in suggested)
    return Prediction(sum(len(base["environments"]) for base in suggested), before, predicted, saved)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was predicted and what came true. The exit status is 1 if they differ by more than a tenth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in SMALL:
        parser.add_argument(f"--{name}", action="append", metavar="VERSION")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--bases", type=int, default=2, metavar="K")
    options = parser.parse_args(arguments)
    default = ALL if options.all else SMALL
    versions = {name: getattr(options, name) or default[name] for name in SMALL}
    result = measure(versions, options.bases)
    print(
        f"{result.environments} environments, {size(result.before)}: predicted {size(result.predicted)}, "
        f"saved {size(result.saved)} ({result.error:.1%} apart)"
    )
    raise SystemExit(int(result.error > 0.1))  # noqa: PLR2004 - a tenth


if __name__ == "__main__":
    main()
