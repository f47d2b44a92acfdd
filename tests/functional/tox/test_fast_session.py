"""tox creates environments as by a command line of virtualenv, without one."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tox.tox_env.python.virtual_env.api import VirtualEnv
from virtualenv.run.plugin.base import PluginLoader

from support.bases import installed_interpreters
from thinvenv.tox import environments, fast_session
from thinvenv.tox.fast_session import make_session

if TYPE_CHECKING:
    from pathlib import Path

    from virtualenv.run.session import Session

    from support.bases import Base
    from support.tox_projects import ToxProject
    from thinvenv.tox.environments import ThinEnv


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="virtualenv has further creators for Windows and for some Pythons of macOS"
)
_FLAGS = ("dest", "clear", "symlinks", "enable_system_site_package", "no_vcs_ignore", "venv_redirect", "prompt")


class Arguments(NamedTuple):
    """What a session is made of."""

    env: ThinEnv
    variables: dict[str, str]


class Sessions:
    """The arguments of the sessions that tox makes for the environments of a project."""

    def __init__(self, project: ToxProject, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.arguments: dict[str, Arguments] = {}
        monkeypatch.setattr(environments, "make_session", self._make)

    def _make(self, env: ThinEnv, variables: dict[str, str]) -> Session | None:
        self.arguments[env.name] = Arguments(env, dict(variables))
        return make_session(env, variables)

    def of(self, python: object, *options: str, sees_base: bool = False, code: int | None = 0) -> Arguments:
        """Return the arguments for an environment of an interpreter that does not exist yet."""
        self.project.write(
            "tox.ini",
            f"""
            [tox]
            no_package = true
            [testenv]
            base_python = {python}
            system_site_packages = {sees_base}
            """,
        )
        self.project.tox("config", "-e", "py", "-k", "env_python", *options, code=code)
        return self.arguments["py"]


@pytest.fixture
def sessions(project: ToxProject, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    return Sessions(project, monkeypatch)


def command_line_session(env: ThinEnv, variables: dict[str, str]) -> Session:
    """Return the session that tox makes without the plugin."""
    return VirtualEnv._create_imported_session(env, variables)


def contents(folder: Path) -> dict[str, tuple[int, str | bytes]]:
    """Return the mode of every entry below a folder, and the target of a link or the content of a file."""
    entries: dict[str, tuple[int, str | bytes]] = {}
    for path in folder.rglob("*"):
        is_link, is_file = path.is_symlink(), path.is_file()
        content = str(path.readlink()) if is_link else path.read_bytes() if is_file else ""
        entries[str(path.relative_to(folder))] = path.lstat().st_mode, content
    return entries


def assert_same(arguments: Arguments) -> None:
    """Assert that the session is made of the parts that the command line selects, and creates the same files."""
    outcomes = []
    for session in (make_session(*arguments), command_line_session(*arguments)):
        assert session is not None
        session.run()
        creator, activators = session.creator, [(type(part), vars(part)) for part in session.activators]
        flags = {name: getattr(creator, name, None) for name in _FLAGS}
        directories = (creator.exe, creator.script_dir, creator.purelib, creator.platlib)
        parts = (type(creator), flags, directories, activators, session.verbosity)
        outcomes.append((parts, contents(arguments.env.env_dir)))
        shutil.rmtree(arguments.env.env_dir)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][1]["pyvenv.cfg"]


def test_a_new_environment_needs_no_command_line(
    sessions: Sessions, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.of(base.python)
    monkeypatch.setattr(VirtualEnv, "_create_imported_session", None)

    for options in ((), ("-r",)):
        assert sessions.project.tox("run", "-e", "py", *options).lines("OK")


def test_an_environment_is_that_of_the_command_line(sessions: Sessions, base: Base) -> None:
    assert_same(sessions.of(base.python, sees_base=False))
    assert_same(sessions.of(base.python, sees_base=True))


@pytest.mark.skipif("3.9" not in installed_interpreters(), reason="there is no Python 3.9")
def test_an_environment_of_an_old_python_is_that_of_the_command_line(sessions: Sessions) -> None:
    assert_same(sessions.of(installed_interpreters()["3.9"]))  # virtualenv writes two more files for it


def test_settings_of_a_creation_need_a_command_line(sessions: Sessions, base: Base) -> None:
    env, variables = sessions.of(base.python)
    by_tox = {"CLEAR": "True", "COPIES": "True", "NO_SEED": "False", "NO_VENV_REDIRECT": "False", "PYTHON": "3,2"}
    by_people = {"ALWAYS_COPY": "True", "SYMLINKS": "0", "PROMPT": "x", "NO_VCS_IGNORE": "1", "ACTIVATORS": "bash"}
    settings = by_tox | by_people
    required = ("CLEAR", "COPIES", "NO_SEED", "SYSTEM_SITE_PACKAGES")
    changed = [{**variables, f"VIRTUALENV_{name}": value} for name, value in settings.items()]
    incomplete = [{**variables} for _ in required]
    for name, rest in zip(required, incomplete, strict=True):
        del rest[f"VIRTUALENV_{name}"]

    assert make_session(env, variables) is not None
    assert [make_session(env, other) for other in (*changed, *incomplete)] == [None] * (len(settings) + len(required))


def test_a_path_that_virtualenv_warns_of_or_refuses_needs_a_command_line(
    sessions: Sessions, base: Base, tmp_path: Path
) -> None:
    """Activation scripts can name neither a path with a colon, nor, in some locales, one that is not ASCII."""
    not_ascii = sessions.of(base.python, "--workdir", str(tmp_path / "stüff"))
    with_colon = sessions.of(base.python, "--workdir", str(tmp_path / "a:b"), code=None)

    assert make_session(*not_ascii) is None
    assert make_session(*with_colon) is None


@pytest.mark.parametrize("group", ["activate", "create"])
def test_a_plugin_of_virtualenv_needs_a_command_line(
    sessions: Sessions, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    arguments = sessions.of(base.python)
    metadata = tmp_path / "plugin" / "mine-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[virtualenv.{group}]\nmine = mine:Part\n")
    monkeypatch.syspath_prepend(str(metadata.parent))
    monkeypatch.setattr(PluginLoader, "_ENTRY_POINTS", None)

    assert make_session(*arguments) is None


def test_another_virtualenv_may_have_other_parts(
    sessions: Sessions, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = sessions.of(base.python)
    monkeypatch.setattr(fast_session, "_CREATOR", "cpython4-posix")

    assert make_session(*arguments) is None


def test_a_missing_interpreter_is_reported_in_the_words_of_the_command_line(sessions: Sessions) -> None:
    arguments = sessions.of("nowhere9", code=None)
    messages = []
    for make in (make_session, command_line_session):
        with pytest.raises(RuntimeError) as error:
            make(*arguments)
        messages.append(str(error.value))

    assert messages[0] == messages[1]
