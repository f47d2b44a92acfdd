from __future__ import annotations

import os
from typing import TYPE_CHECKING

from thinvenv.store import staged

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, name: str, *files: str, content: str = "") -> None:
    """Write files of a distribution, and its RECORD with their hashes."""
    site, rows = root / "lib" / "python3.12" / "site-packages", []
    (site / f"{name}-1.dist-info").mkdir(parents=True)
    for file in files:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        rows.append(f"{file},{staged.file_hash(str(path), 'sha256')},{len(content)}")
    rows.append(f"{name}-1.dist-info/RECORD,,")
    (site / f"{name}-1.dist-info" / "RECORD").write_text("\n".join(rows) + "\n")


def test_each_distribution_gets_its_own_files_and_their_byte_code(tmp_path: Path) -> None:
    write(tmp_path, "a", "ns/a/__init__.py", "a.py", "same.txt", "../../../share/x/a")
    write(tmp_path, "b", "ns/b/__init__.py", "b.py", "same.txt", "../../../bin/b", content="")
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    for cache in (site / "__pycache__", site / "ns" / "a" / "__pycache__"):
        cache.mkdir()
        for name in ("a", "b", "__init__"):
            (cache / f"{name}.cpython-312.pyc").touch()
    distributions = staged.read(str(tmp_path))

    folders = staged.split(distributions, str(tmp_path / "entries"), {"a": "a", "b": "b"})

    files = {
        name: sorted(
            os.path.relpath(os.path.join(at, file), folder) for at, _, files in os.walk(folder) for file in files
        )
        for name, folder in folders.items()
    }
    prefix = "lib/python/site-packages/"
    in_site = ("__pycache__/b.cpython-312.pyc", "b-1.dist-info/RECORD", "b.py", "ns/b/__init__.py", "same.txt")
    assert files["b"] == ["bin/b", *(prefix + path for path in in_site)]
    assert prefix + "ns/a/__pycache__/__init__.cpython-312.pyc" in files["a"]
    assert {prefix + "same.txt", "share/x/a"} < set(files["a"])
    assert [staged.read(folder)[0].damage() for folder in folders.values()] == ["", ""]


def test_the_digest_ignores_the_interpreter_of_scripts_and_the_installer(tmp_path: Path) -> None:
    digests = []
    for name, line, installer in (
        ("one", "#!/one/python\n", "uv"),
        ("two", "#!/two/python\n", "pip"),
        ("x", "#!x\ny", ""),
    ):
        write(tmp_path / name, "a", "a-1.dist-info/INSTALLER", content=installer)
        script = tmp_path / name / "bin" / "a"
        script.parent.mkdir()
        script.write_text(line)
        record = next((tmp_path / name).rglob("RECORD"))
        record.write_text(record.read_text() + f"../../../bin/a,{staged.file_hash(str(script), 'sha256')},1\n")
        digests.append(staged.read(str(tmp_path / name))[0].digest())

    assert digests[0] == digests[1] != digests[2]


def test_files_without_a_hash_count_with_their_content(tmp_path: Path) -> None:
    digests: list[str] = []
    for content in ("x = 1", "x = 2", "x = 1"):
        root = tmp_path / str(len(digests))
        write(root, "a", "a.py", content=content)
        record = next(root.rglob("RECORD"))
        record.write_text("a.py,,5\na-1.dist-info/RECORD,,\n")
        digests.append(staged.read(str(root))[0].digest())

    assert digests[0] == digests[2] != digests[1]


def test_damage_is_found(tmp_path: Path) -> None:
    write(tmp_path, "a", "a.py", "b.py")
    write(tmp_path, "out", "../../../../out")
    (tmp_path / "lib" / "python3.12" / "site-packages" / "a.py").write_text("changed")

    distributions = staged.read(str(tmp_path))

    damaged = staged.unshare(distributions)

    assert damaged == {"a": "lib/python3.12/site-packages/a.py", "out": "../out"}
    assert staged.overwritten(distributions, damaged) == set()


def test_a_file_of_two_distributions_is_damaged_in_the_overwritten_one(tmp_path: Path) -> None:
    write(tmp_path, "a", "same.txt", content="a")
    write(tmp_path, "b", "same.txt", content="b")
    distributions = staged.read(str(tmp_path))

    damaged = staged.unshare(distributions)

    assert damaged == {"a": "lib/python3.12/site-packages/same.txt"}
    assert staged.overwritten(distributions, damaged) == {"a"}
