"""A build backend (PEP 517, PEP 660) for the projects of the tests. It needs no network."""

from __future__ import annotations

import ast
import tarfile
import zipfile
from pathlib import Path
from typing import Any


def _project() -> dict[str, Any]:
    try:
        import tomllib  # noqa: PLC0415 - new in Python 3.11
    except ImportError:
        lines = [line.partition(" = ") for line in Path("pyproject.toml").read_text().splitlines()]
        return {name: ast.literal_eval(value) for name, _, value in lines if value}
    project: dict[str, Any] = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    return project


def _stem() -> str:
    project = _project()
    return f"{project['name'].replace('-', '_')}-{project['version']}"


def _metadata() -> str:
    project = _project()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in project.get("dependencies", [])]
    for extra, requirements in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f'Requires-Dist: {requirement} ; extra == "{extra}"' for requirement in requirements]
    return "\n".join(lines) + "\n"


def _write(folder: str, files: dict[str, str]) -> str:
    name = f"{_stem()}-py3-none-any.whl"
    info = f"{_stem()}.dist-info"
    files[f"{info}/METADATA"] = _metadata()
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(Path(folder, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]))
    return name


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    source = Path("src")
    files = {str(path.relative_to(source)): path.read_text() for path in sorted(source.rglob("*.py"))}
    return _write(wheel_directory, files)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    return _write(wheel_directory, {f"__editable__{_project()['name']}.pth": f"{Path('src').resolve()}\n"})


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    name = f"{_stem()}.tar.gz"
    with tarfile.open(Path(sdist_directory, name), "w:gz") as archive:
        for path in sorted(Path().rglob("*")):
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.parts):
                archive.add(path, f"{_stem()}/{path}")
        info = Path(sdist_directory, "PKG-INFO")
        info.write_text(_metadata())
        archive.add(info, f"{_stem()}/PKG-INFO")
        info.unlink()
    return name
