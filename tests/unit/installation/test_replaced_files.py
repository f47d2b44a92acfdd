"""What an installer that was killed has left of distributions whose RECORD it had removed."""

from __future__ import annotations

import shutil
from pathlib import Path

from thinvenv.installation import recovery
from thinvenv.model import Distribution, Environment


def environment_at(prefix: Path) -> Environment:
    """Return an environment whose site directory is ``lib``."""
    site = str(prefix / "lib")
    return Environment("", str(prefix), "", "", "", "", "", site, site, str(prefix / "bin"), (), {})


def install(name: str, prefix: Path, *paths: str) -> Distribution:
    """Write the files of a distribution, relative to the site directory, and its RECORD."""
    location = prefix / "lib" / f"{name}-1.0.dist-info"
    location.mkdir(parents=True)
    (location / "RECORD").write_text("".join(f"{path},,\n" for path in paths))
    for path in (prefix / "lib" / path for path in paths if not path.startswith("/")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return Distribution(name, "1.0", str(location), str(location.parent))


def test_what_nobody_else_lists_is_removed(tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    environment = environment_at(prefix)
    alpha = install("alpha", prefix, "alpha/__init__.py", "alpha/sub/m.py", "ns/a.py", "ns/shared.py", "../bin/run")
    install("beta", prefix, "ns/shared.py", "ns/b.py")
    (prefix / "bin" / "written").touch()
    (prefix / "lib/alpha/sub/__pycache__").mkdir()
    paths = recovery.files_of([alpha], environment)
    shutil.rmtree(alpha.location)
    (prefix / "lib/alpha/__init__.py").unlink()

    recovery.remove_files((*paths, "bin/written"), {"bin/written"}, environment)

    files = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if "beta" not in str(path)}
    assert files == {"lib", "lib/ns", "lib/ns/b.py", "lib/ns/shared.py", "bin", "bin/written"}


def test_nothing_outside_of_the_environment_is_listed_or_removed(tmp_path: Path) -> None:
    prefix, base = tmp_path / "env", tmp_path / "base"
    environment = environment_at(prefix)
    outside = ("../../base/alpha/m.py", "/etc/passwd", "..", "a\\b.py")
    alpha = install("alpha", prefix, "alpha/m.py", outside[0])
    (Path(alpha.location) / "RECORD").write_text("".join(f"{path},,\n" for path in ("alpha/m.py", *outside)))

    paths = recovery.files_of([alpha], environment)

    assert paths == ("lib/alpha/m.py",)
    shutil.rmtree(prefix / "lib" / "alpha")
    (prefix / "lib" / "alpha").symlink_to(base / "alpha")
    recovery.remove_files(paths, (), environment)
    assert (base / "alpha" / "m.py").exists()
