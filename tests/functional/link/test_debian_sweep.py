"""Every package of Debian's Python that is installed here, linked alone: each of its modules is imported.

Run it on Debian, after ``apt-get install`` of as many ``python3-*`` packages as you like, with
``pytest -m debian tests/functional/link/test_debian_sweep.py``. It prints how many packages and modules it tried.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from support import debian
from thinvenv.errors import ThinvenvError
from thinvenv.inventory import dpkg
from thinvenv.inventory.debian_relations import is_interpreter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from support.venv import Venv
    from thinvenv.inventory.dpkg import Packages

pytestmark = [
    pytest.mark.debian,
    pytest.mark.skipif(not dpkg.database_of(str(debian.SITE)), reason="needs Debian's Python"),
]

_IMPORT = """
import importlib, json, os, sys
class Absent:
    names = []
    def find_spec(self, name, path=None, target=None):
        self.names.append(name)
sys.meta_path.append(Absent())
with open(sys.argv[1], "a", buffering=1) as log:
    for name in sys.stdin.read().split():
        print(json.dumps([name, False, Absent.names]), file=log)
        try:
            importlib.import_module(name)
        except BaseException:
            continue
        print(json.dumps([name, True, []]), file=log)
    print(json.dumps(["", False, Absent.names]), file=log)
os._exit(0)
"""
"""Imports modules. Writes before each one which modules were absent until then, and after it that it was imported."""
_MODULE = re.compile(r"(?P<path>[\w/]+?)(?:/__init__)?(?:\.cpython-[\w-]+|\.abi3)?\.(?:py|so)")
_NOT_IMPORTED = frozenset({"__main__", "antigravity"})
_SECONDS = 300
_AT_ONCE = 2


class _Imports(NamedTuple):
    """The modules that were imported, and those that an import asked for and that are not there."""

    imported: set[str]
    absent: set[str]


class _Result(NamedTuple):
    """What became of the modules of a package: where the whole base is visible, and where it alone is linked."""

    package: str
    visible: _Imports
    linked: _Imports


@pytest.fixture(autouse=True)
def _only_if_selected(request: pytest.FixtureRequest) -> None:
    if "debian" not in request.config.getoption("markexpr"):
        pytest.skip("takes ten minutes, and runs with -m debian")


def modules_of(names: Collection[str], packages: Packages) -> set[str]:
    """Return the modules in some packages."""
    matches = (_MODULE.fullmatch(path) for name in names for path in packages.files.get(name, ()))
    modules = {match["path"].replace("/", ".") for match in matches if match}
    return {module for module in modules if all(map(str.isidentifier, module.split(".")))}


def import_all(python: Path, modules: Collection[str], folder: Path) -> _Imports:
    """Import modules in one process, and in further ones where a module ends it."""
    folder.mkdir()
    environ = {**os.environ, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen", "MPLBACKEND": "agg"}
    remaining = sorted(modules, key=lambda name: (name.count("."), name))
    result = _Imports(set(), set())
    while remaining:
        log = folder / "log"
        log.write_text("")
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [str(python), "-B", "-W", "ignore", "-c", _IMPORT, str(log)],
                input="\n".join(remaining),
                text=True,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                cwd=folder,
                env=environ,
            )
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert lines, f"{python} does not start"
        result.imported.update(name for name, is_imported, _ in lines if is_imported)
        result.absent.update(name for *_, names in lines for name in names)
        remaining = remaining[remaining.index(lines[-1][0]) + 1 :] if lines[-1][0] else []
    return result


def dependencies_of(package: str, packages: Packages) -> set[str]:
    """Return a package and all installed packages that it depends on, as names in the status file lead to them."""
    providers: dict[str, set[str]] = {name: {name} for name in packages.installed}
    for name, entry in packages.installed.items():
        for relation in entry.provides:
            providers.setdefault(relation.name, set()).add(name)
    pending, dependencies = [package], set()
    while pending:
        name = pending.pop()
        dependencies.add(name)
        for alternatives in packages.installed[name].depends:
            if not any(map(is_interpreter, alternatives)):
                needed = {provider for entry in alternatives for provider in providers.get(entry.name, ())}
                pending += needed - dependencies
    return dependencies


def test_every_package_that_apt_has_installed_imports_when_it_is_linked_alone(
    make_venv: Callable[..., Venv], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages = dpkg.packages_of(str(debian.SITE))
    assert packages
    whole = make_venv("whole", python=str(debian.PYTHON))
    names = distribution_names(whole, packages)
    refused = []

    def sweep(package: str) -> _Result | None:
        venv = make_venv(f"linked-{package}", python=str(debian.PYTHON), reuse="link")
        modules = {name for name in modules_of([package], packages) if _NOT_IMPORTED.isdisjoint(name.split("."))}
        try:
            plan = venv.install(*names[package])
        except ThinvenvError:  # Debian's own metadata contradict each other, so the same happens in any mode
            with pytest.raises(ThinvenvError):
                whole.plan(*names[package])
            refused.append(package)
            return None
        assert not plan.changes
        visible = import_all(whole.python, modules, tmp_path / f"visible-{package}")
        return _Result(package, visible, import_all(venv.python, modules, tmp_path / f"imports-{package}"))

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        results = list(filter(None, executor.map(sweep, sorted(names))))

    count = sum(len(result.visible.imported) for result in results)
    lost = {result.package: result.visible.imported - result.linked.imported for result in results}
    with capsys.disabled():
        print(  # noqa: T201 - the count is what the sweep is run for
            f"\n{len(results)} packages linked alone: {count} modules, {sum(map(len, lost.values()))} of which need "
            f"packages that theirs does not depend on; not reused: {', '.join(refused) or 'none'}"
        )
    for result in results:
        needed = modules_of(dependencies_of(result.package, packages), packages)
        absent = result.linked.absent - result.visible.absent
        assert not absent & needed, result.package
        # What is not imported asked for a module of a package that is installed, but not one of the dependencies.
        assert not lost[result.package] or absent, result.package


def distribution_names(venv: Venv, packages: Packages) -> dict[str, list[str]]:
    """Return the names of the distributions in each package that has any."""
    code = "from importlib.metadata import distributions as d; print(*(f'{x.name} {x._path}' for x in d()), sep='\\n')"
    names: dict[str, list[str]] = {}
    for line in venv.run(code).splitlines():
        name, _, path = line.partition(" ")
        for package, paths in packages.files.items():
            if Path(path).parent == debian.SITE and Path(path).name in paths:
                names.setdefault(package, []).append(name)
    return names
