"""Environments that follow the uv.lock of the project, by own keys or those of tox-uv."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from tox.config.types import Command
from tox.execute.request import StdinSource
from tox.report import HandledError
from tox.tox_env.errors import Fail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tox.config.sets import CoreConfigSet, EnvConfigSet

    from thinvenv.tox.environments import ThinEnv, ThinRunner

LOGGER = logging.getLogger(__name__)

SYNC = ("thinvenv", "sync")
"""The start of a command for the engine, which follows the lock."""
RUN_ID = "install_locked"
"""The identifier of that command in tox's journal. tox counts those that start like this as installs."""
BUILT_BY_TOX = "--no-install-project"
"""The option of environments whose project tox builds and installs, or leaves out."""
PACKAGES = ("editable", "wheel", "skip", "uv", "uv-editable")
"""The values of the key ``package`` in tox-uv's runner for ``uv.lock``."""


def add_keys(conf: EnvConfigSet) -> None:
    """Add the key of environments whose project tox builds."""
    text = "whether the uv.lock of the project says what is installed, in place of deps and pylock"
    conf.add_config(keys=["thin_locked"], of_type=bool, default=False, desc=text)


def add_keys_of_tox_uv(conf: EnvConfigSet, default_root: Path) -> None:
    """Add the keys of tox-uv's runner for ``uv.lock``.

    Args:
        conf: The configuration of the environment.
        default_root: The folder of the project if ``package_root`` names no other.

    """
    conf.add_constant(keys=["thin_locked"], desc="the uv.lock of the project says what is installed", value=True)
    text = "only these dependency groups, without the project"
    conf.add_config(keys=["only_groups"], of_type=set[str], default=set(), desc=text)
    conf.add_config(
        keys=["no_default_groups"],
        of_type=bool,
        default=lambda _conf, _name: bool(conf["dependency_groups"]),
        desc="whether the default groups are left out",
    )
    conf.add_config(keys=["uv_sync_flags"], of_type=list[str], default=[], desc="further options of uv sync")
    text = "whether a lock that is out of date is an error"
    conf.add_config(keys=["uv_sync_locked"], of_type=bool, default=True, desc=text)
    text = "where pyproject.toml and uv.lock are"
    conf.add_config(keys=["package_root", "setupdir"], of_type=Path, default=default_root, desc=text)


def sync(env: ThinRunner) -> None:
    """Install what the lock selects for an environment, and remove everything else.

    Raises:
        Fail: The environment has requirements besides, which the next change of the lock would remove.
        SystemExit: The install failed; tox has shown why.

    """
    has_deps = bool(env.conf["deps"].as_root_args)
    if has_deps and _has_keys_of_tox_uv(env):
        LOGGER.warning("`deps` are not installed here, as with tox-uv: uv.lock says what is")
    elif has_deps:
        raise Fail(
            "cannot use both `deps` and `thin_locked`\n"
            "hint: add the deps to a dependency group of pyproject.toml, lock the project, and set `dependency_groups`"
        )
    command = Command([*SYNC, *words_of(env)])
    outcome = env.execute(command.args, StdinSource.OFF, show=None, run_id=RUN_ID)
    outcome.assert_success()


def words_of(env: ThinRunner) -> list[str]:
    """Return the options of ``uv sync`` that the configuration of an environment means."""
    conf = env.conf
    groups = _repeated("--group", conf["dependency_groups"])
    words = _repeated("--extra", conf["extras"])
    if not _has_keys_of_tox_uv(env):
        return ["--locked", *words, *groups, *(["--no-default-groups"] if groups else []), BUILT_BY_TOX]
    flags: list[str] = conf["uv_sync_flags"]
    words += ["--no-default-groups"] if conf["no_default_groups"] else []
    words += [*groups, *_repeated("--only-group", conf["only_groups"])]
    words += ["--resolution", conf["uv_resolution"]] if conf["uv_resolution"] else []
    words += _package_words(env)
    return [*(["--locked"] if conf["uv_sync_locked"] and "--frozen" not in flags else []), *words, *flags]


def root_of(env: ThinEnv) -> Path:
    """Return the folder of the project."""
    path: Path = env.conf["package_root"] if "package_root" in env.conf else package_root(env.core)
    root: Path = env.core["tox_root"]
    return root / path


def package_root(core: CoreConfigSet) -> Path:
    """Return the folder of the project in the configuration of tox.

    Before tox 4.67, the key exists only once an environment that builds a package does.
    """
    root: Path = core["package_root" if "package_root" in core else "tox_root"]
    return root


def _has_keys_of_tox_uv(env: ThinRunner) -> bool:
    return "uv_sync_locked" in env.conf


def _package_words(env: ThinRunner) -> list[str]:
    package: str = env.conf["package"]
    if package == "external" or env.conf["skip_install"]:
        return [BUILT_BY_TOX]
    if package not in PACKAGES:
        raise HandledError(f"{env.name}.package cannot be `{package}`: it is one of {', '.join(PACKAGES)}")
    return {"skip": [BUILT_BY_TOX], "wheel": ["--no-editable"], "uv": ["--no-editable"]}.get(package, [])


def _repeated(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in sorted(values) for word in (option, value)]
