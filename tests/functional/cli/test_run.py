"""The command run: scripts with requirements of their own, and commands, in environments of the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from support.bases import make_base
from support.command_line import thinvenv as call
from support.command_line import thinvenv_process
from support.projects import Project
from thinvenv.cli import cached_environments, quick_run
from thinvenv.context.lock import creation_lock
from thinvenv.requirements.lines import depends_on_others

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.bases import Base
    from support.result import Result
    from support.venv import Indexer
    from thinvenv.cache import Cache

SCRIPT = """\
# /// script
# requires-python = ">=3.8"
# dependencies = ["app"]
# ///
import app, lib, sys
print(app.__version__, lib.__version__, sys.argv[1:])
if sys.argv[1:] == ["out.txt"]:
    open("out.txt", "w").write(f"{app.__version__} {lib.__version__}")
"""

SHOW = "def show():\n    import more\n    print(more.__version__)\n"


@pytest.fixture
def start(base: Base, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Return a function that calls ``thinvenv run`` over the base in this process, and returns what it starts."""

    def run_in_child(program: str, command: list[str], environ: dict[str, str]) -> Any:
        path = shutil.which(program, path=environ["PATH"])
        if path is None:
            raise FileNotFoundError(2, "No such file or directory", program)
        raise SystemExit(subprocess.run([path, *command[1:]], env=environ, check=False).returncode)

    monkeypatch.setattr(os, "execvpe", run_in_child)
    monkeypatch.chdir(tmp_path)
    return lambda *words: call("run", "--python", base.python, *words)


@pytest.fixture
def script(base: Base, index: Indexer, tmp_path: Path) -> Path:
    """Return a script that requires ``app``; its base has ``lib``."""
    base.install(Project("lib"))
    index(Project("app", requires=("lib",)), Project("lib", "2.0"), Project("more"))
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def environments(tmp_path: Path) -> list[Path]:
    """Return the environments in the cache."""
    return sorted(path for path in tmp_path.glob("thinvenv-cache/*/environments/*") if path.is_dir())


def test_a_script_finds_its_environment_again(script: Path, base: Base, index: Indexer, tmp_path: Path) -> None:
    words = ("run", "--python", base.python, script, "--python", "-x")

    first = thinvenv_process(*words)
    (environment,) = environments(tmp_path)
    index()
    second = thinvenv_process(*words)

    assert (first.code, first.out) == (0, "1.0 1.0 ['--python', '-x']\n")
    assert first.err.startswith("reused 1 from ")
    assert (second.code, second.out, second.err) == (0, first.out, "")
    assert environments(tmp_path) == [environment]
    base.install(Project("lib", "1.10"))  # of another size, so that Python does not take the old byte code
    assert thinvenv_process(*words).out == "1.0 1.10 ['--python', '-x']\n"
    script.write_text(SCRIPT + "sys.exit(7)\n")
    assert thinvenv_process(*words).code == 7
    (environment / "bin" / "python").unlink()
    assert thinvenv_process(*words, "again").out == "1.0 1.10 ['--python', '-x', 'again']\n"
    assert environments(tmp_path) == [environment]


def test_commands_and_further_requirements(script: Path, start: Callable[..., Result], tmp_path: Path) -> None:
    code = "import more, os, sys; assert sys.prefix == os.environ['VIRTUAL_ENV'], sys.prefix"

    assert start("--with", "more", "--", "python", "-c", code).code == 0
    assert start("--with", "more", "-q", "python", "-c", code).code == 0
    assert len(environments(tmp_path)) == 1
    assert start("--with", "more", "--reuse", "link", script, "out.txt").code == 0
    assert len(environments(tmp_path)) == 2
    assert start("--refresh", "--with", "more", "--", "python", "-c", "raise SystemExit(3)").code == 3
    assert (tmp_path / "out.txt").read_text() == "1.0 1.0"


def test_a_command_of_the_base_runs_in_the_environment(
    base: Base, start: Callable[..., Result], index: Indexer, capfd: pytest.CaptureFixture[str]
) -> None:
    base.install(Project("lib", modules={"lib.py": SHOW}, entry_points="[console_scripts]\nlib-show = lib:show\n"))
    index(Project("more"))

    assert start("--with", "more", "--", "lib-show").code == 0
    assert capfd.readouterr().out == "1.0\n"
    assert start("--with", "more", "--reuse", "link", "--", "lib-show").code == 1


def test_an_environment_that_another_run_has_just_made_is_not_replaced(
    script: Path, start: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire, inodes = creation_lock, []

    @contextmanager
    def wait_for_another_run(prefix: Path, cache: Cache) -> Iterator[None]:
        monkeypatch.setattr(cached_environments, "creation_lock", acquire)
        start(script)
        inodes.append(environments(tmp_path)[0].stat().st_ino)
        with acquire(prefix, cache):
            yield

    monkeypatch.setattr(cached_environments, "creation_lock", wait_for_another_run)

    assert start(script, "out.txt").code == 0

    assert inodes == [environment.stat().st_ino for environment in environments(tmp_path)]


@pytest.mark.parametrize(
    ("text", "words", "code", "message"),
    [
        (None, (), 2, "there is nothing to run"),
        (None, ("--",), 2, "there is nothing to run"),
        (None, ("absent.py",), 1, "cannot read the script {cwd}/absent.py"),
        (None, ("https://host.test/x.py",), 1, "`https://host.test/x.py` is a URL, and not a script"),
        (None, (".",), 1, "`.` is a directory, and not a script"),
        (None, ("./absent",), 1, "there is no script `./absent`"),
        (None, ("--with", "app<", "--", "python"), 1, "cannot read the requirement `app<`"),
        (None, ("--", "no-such-command"), 1, "there is no command `no-such-command`"),
        ('# dependencies = "app"', ("s.py",), 1, "`dependencies` of the script {cwd}/s.py is not a list of strings"),
        ("# dependencies = [", ("s.py",), 1, "cannot read the metadata of the script {cwd}/s.py"),
        ("# dependencies = []\nx", ("s.py",), 1, "the block `# /// script` of the script {cwd}/s.py does not end"),
        ("# requires-python = '3'", ("s.py",), 1, "`requires-python` of the script {cwd}/s.py is invalid"),
        ("# requires-python = '>=4'", ("s.py",), 1, "the script requires Python >=4"),
        ("# dependencies = []\n# ///\n\n# /// script\n# a = 1", ("s.py",), 1, "has 2 blocks `# /// script`"),
    ],
)
def test_wrong_input_is_a_clear_error_and_leaves_no_environment(
    text: str | None, words: tuple[str, ...], code: int, message: str, start: Callable[..., Result], tmp_path: Path
) -> None:
    if text:
        (tmp_path / "s.py").write_text(f"# /// script\n{text}\n# ///\n")

    refused = start(*words)

    assert (refused.code, refused.out) == (code, "")
    assert message.format(cwd=tmp_path) in refused.err
    assert environments(tmp_path) == [] or "no-such-command" in words


def test_a_script_without_metadata_runs_in_an_empty_environment(start: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("import sys; sys.exit(sys.prefix == sys.base_prefix)\n")

    assert start("plain.py").code == 0
    assert sys.prefix not in map(str, environments(tmp_path))


def test_an_unchanged_run_needs_no_parser_and_any_change_is_noticed(
    script: Path, start: Callable[..., Result], base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--python", str(base.python), str(script), "out.txt"]
    changes: list[Callable[[], object]] = [
        lambda: script.write_text(SCRIPT + "# changed\n"),
        lambda: base.install(Project("further")),
        lambda: (tmp_path / "pyproject.toml").write_text("[tool.thinvenv]\nreuse = 'inherit'\n"),
        lambda: monkeypatch.setenv("THINVENV_NEVER_REUSE", "further"),
        lambda: monkeypatch.setenv("UV_INDEX_STRATEGY", "first-index"),
    ]
    assert quick_run.try_start(arguments) is None
    for change in changes:
        assert start(script, "out.txt").code == 0
        with pytest.raises(SystemExit) as ended:
            quick_run.try_start(arguments)
        assert ended.value.code == 0
        change()
        assert quick_run.try_start(arguments) is None
    assert quick_run.try_start(["--refresh", *arguments]) is None
    assert quick_run.try_start(["--with", "app", "command"]) is None
    assert quick_run.try_start(["--"]) is None


def test_a_run_needs_a_directory_and_a_cache(
    start: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with monkeypatch.context() as patch:
        patch.setenv("THINVENV_CACHE_DIR", str(tmp_path / "file"))
        refused = start("--", "python", "-V")
    assert refused.err.startswith(f"error: cannot write to {tmp_path / 'file'} [")
    assert "hint: use another folder: a file is in the place of this one" in refused.err

    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert quick_run.try_start(["--", "python", "-V"]) is None  # the parser goes on, and has an error about it


@pytest.mark.parametrize("specifier", ["active", "path", "name"])
def test_a_run_follows_the_interpreter_that_it_means(
    specifier: str, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_base(tmp_path / "other")
    program = tmp_path / "active" / "bin" / ("ownpython" if specifier == "name" else "python")
    program.parent.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    if specifier == "active":
        monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    words = {"active": (), "path": ("--python", program), "name": ("--python", "ownpython")}[specifier]

    for installation in (base, base, other):
        program.unlink(missing_ok=True)
        program.symlink_to(installation.python)
        shown = thinvenv_process("run", *words, "--", "python", "-c", "import sys; print(sys.base_prefix)")
        assert shown.out == f"{installation.prefix}\n"


def test_a_run_follows_the_interpreter_that_a_launcher_chooses_now(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a shim of pyenv, which reads ``.python-version`` and a variable."""
    other = make_base(tmp_path / "other")
    shim = tmp_path / "shims" / "ownpython"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nread -r chosen < "${0%/*}/chosen"\nexec "$chosen" "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    words = ("--", "python", "-c", "import sys; print(sys.base_prefix)")

    for installation, specifier in ((base, "ownpython"), (other, "ownpython"), (base, shim), (other, shim)):
        (shim.parent / "chosen").write_text(f"{installation.python}\n")
        shown = thinvenv_process("run", "--python", specifier, *words)
        assert shown.out == f"{installation.prefix}\n"


def test_metadata_after_a_byte_order_mark_count(start: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("\ufeff# /// script\n# requires-python = '>=4'\n# ///\n", encoding="utf-8")

    assert "the script requires Python >=4" in start("s.py").err


def test_a_second_run_starts_what_the_first_one_has_started(start: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "tool").write_text("raise SystemExit(4)\n")

    for _ in range(2):
        assert start("tool", "fails.py").code == 4
        assert start("python", "-c", "pass", "fails.py").code == 0


def test_a_command_after_two_dashes_is_no_script_that_has_its_name(
    start: Callable[..., Result], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "python").mkdir()
    (tmp_path / "tool").write_text("#!/bin/sh\necho shell\n")
    (tmp_path / "tool").chmod(0o755)

    for _ in range(2):
        assert start("--", "python", "-c", "print(1)").code == 0
        assert start("--", "./tool").code == 0
        assert capfd.readouterr().out == "1\nshell\n"
    assert "hint: thinvenv run -- python, if it is a command\n" in start("python").err


@pytest.mark.parametrize(
    ("text", "is_alone"), [("app>=1 # -c", True), ("app>1${X}", False), (" -r x", False), ("", True)]
)
def test_a_file_depends_on_others_if_it_names_them(text: str, *, is_alone: bool, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text(text)

    assert depends_on_others(str(tmp_path / "constraints.txt")) != is_alone
    assert depends_on_others(str(tmp_path / "missing.txt"))


@pytest.mark.parametrize("text", ["-c further.txt", "app${SPECIFIER}"])
def test_constraints_that_depend_on_others_are_read_in_each_run(
    text: str, script: Path, start: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: Base
) -> None:
    (tmp_path / "constraints.txt").write_text(text)
    (tmp_path / "further.txt").touch()
    monkeypatch.setenv("PIP_CONSTRAINT", "constraints.txt")
    monkeypatch.setenv("SPECIFIER", ">=1")

    assert start(script).code == 0

    assert quick_run.try_start(["--python", str(base.python), str(script)]) is None
