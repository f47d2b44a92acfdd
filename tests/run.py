"""Create an environment for the tests and run them in it. Only Python is needed.

python3 tests/run.py [--here] [--coverage] [--wheel WHEEL] [--oldest] [PYTEST ARGUMENT]...
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
OLDEST_PIP = "25.1"  # the first version with dependency groups


def main() -> int:
    """Run the tests and return their exit status."""
    if sys.version_info < OLDEST:
        sys.stderr.write(f"the tests need Python {'.'.join(map(str, OLDEST))} or later, this is {sys.version}\n")
        return 2
    parser = argparse.ArgumentParser(description="Run the tests of thinvenv. Further arguments are passed to pytest.")
    parser.add_argument("--here", action="store_true", help="use the environment of this interpreter")
    parser.add_argument("--coverage", action="store_true", help="measure coverage, and fail if it is below the limit")
    parser.add_argument("--wheel", help="test this wheel instead of the sources")
    parser.add_argument("--oldest", action="store_true", help="use the oldest versions that pyproject.toml allows")
    options, rest = parser.parse_known_args()
    if options.here:
        return run_tests(Path(sys.executable), rest, coverage=options.coverage)
    with tempfile.TemporaryDirectory(prefix="thinvenv-tests-") as folder:
        python = make_environment(Path(folder), options.wheel, oldest=options.oldest)
        return run_tests(python, rest, coverage=options.coverage)


def make_environment(folder: Path, wheel: str | None, *, oldest: bool) -> Path:
    """Create an environment with thinvenv and the dependencies of its tests, and return its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    what = [wheel] if wheel else ["--editable", str(ROOT)]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", f"pip>={OLDEST_PIP}"], check=True)
    what += ["--group", f"{ROOT / 'pyproject.toml'}:test"]
    subprocess.run([*pip, *what], check=True)
    if oldest:  # with uv, because pip cannot select the lowest versions
        uv = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
        subprocess.run([*uv, "--upgrade", "--resolution", "lowest-direct", *what], check=True)
    return python


def run_tests(python: Path, arguments: list[str], *, coverage: bool) -> int:
    """Run pytest and return its exit status."""
    environ = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}

    def call(*words: str) -> int:
        return subprocess.run([str(python), "-m", *words], cwd=ROOT, env=environ, check=False).returncode

    pytest = ("pytest", "-n", "2", *arguments)
    if not coverage:
        return call(*pytest)
    call("coverage", "erase")
    status = call("coverage", "run", "-m", *pytest)
    call("coverage", "combine", "--quiet")
    return status or call("coverage", "report")


if __name__ == "__main__":
    sys.exit(main())
