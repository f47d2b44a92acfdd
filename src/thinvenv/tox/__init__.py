"""The plugin of tox: its hooks, and nothing else.

tox loads its plugins on every start, so what is imported here is what tox has imported
itself; the engine comes in when something is to be installed.
"""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tox.plugin import impl
from tox.report import HandledError
from tox.session.env_select import CliEnv, register_env_select_flags
from tox.tox_env.runner import RunToxEnv

from thinvenv.tox import configuration

try:
    from thinvenv.tox.environments import RUNNER, ThinCmdBuilder, ThinEnv, ThinPackager, ThinRunner, ThinScriptRunner
except ImportError as error:
    what = f"thinvenv needs tox 4.53 or later, this is {version('tox')}: upgrade tox, or take thinvenv from beside it"
    raise HandledError(what) from error

if TYPE_CHECKING:
    from tox.config.cli.parser import ToxParser
    from tox.config.sets import ConfigSet
    from tox.session.state import State
    from tox.tox_env.api import ToxEnv
    from tox.tox_env.register import ToxEnvRegister

LOGGER = logging.getLogger(__name__)


@impl(trylast=True)
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Register our environments, and make the runner the default, whatever other plugin there is."""
    register.add_run_env(ThinRunner)
    register.add_run_env(ThinScriptRunner)
    register.add_package_env(ThinPackager)
    register.add_package_env(ThinCmdBuilder)
    register.default_env_runner = ThinRunner.id()


@impl
def tox_add_option(parser: ToxParser) -> None:
    """Add our options and our command."""
    configuration.add_options(parser)
    our = parser.add_command("thin", [], "show what the base provides, and what would be installed", _thin)
    our.add_argument("--json", action="store_true", dest="thin_json", help="print one JSON object")
    register_env_select_flags(our, default=CliEnv())


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Remember the run, whose sum is told when its last environment has ended."""
    from thinvenv.tox import summary  # noqa: PLC0415 - not imported by what only reads options

    summary.begin(core_conf, state)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Tell whoever has set another runner for an environment what that means."""
    if not isinstance(tox_env, ThinEnv) and tox_env.options.default_runner == RUNNER:
        LOGGER.warning(
            "`runner = %s` is set for this environment, so nothing is reused by thinvenv; `runner = %s` changes that",
            tox_env.conf["runner"],
            RUNNER,
        )


@impl
def tox_env_teardown(tox_env: ToxEnv) -> None:
    """Note that an environment has ended."""
    if isinstance(tox_env, RunToxEnv):
        from thinvenv.tox import summary  # noqa: PLC0415 - see above

        summary.end(tox_env)


def _thin(state: State) -> int:
    from thinvenv.tox.command import show  # noqa: PLC0415 - only this command pays

    return show(state)


def tox_append_version_info() -> str:
    """Return what ``tox --version`` shows after our name."""
    try:
        return f"with uv {version('uv')}"
    except PackageNotFoundError:
        return "with pip"
