"""The plugin for tox: its hooks.

tox loads its plugins on every start, so the modules that are loaded here import hardly more than tox
has imported itself. The engine is imported when an environment needs it: :mod:`thinvenv.tox.context`
has what finds out that nothing has changed, :mod:`thinvenv.tox.operations` the rest.
"""

from __future__ import annotations

import gc
import logging
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tox.plugin import impl
from tox.report import HandledError
from tox.session.env_select import CliEnv, register_env_select_flags
from tox.tox_env.runner import RunToxEnv

if hasattr(gc, "freeze"):  # PyPy has none
    # What tox has loaded lives until it ends. The garbage collector need not examine it again and again,
    # which takes a twentieth of the time of a second run.
    gc.freeze()

try:
    from thinvenv.tox import configuration, summary, tox_uv_runners
    from thinvenv.tox.environments import RUNNER, ThinCmdBuilder, ThinEnv, ThinPackager, ThinRunner, ThinScriptRunner
except ImportError as error:
    what = f"thinvenv needs tox 4.58 or later, this is {version('tox')}: upgrade tox, or uninstall thinvenv here"
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
    """Register the environments, and make the runner the default even if another plugin sets one."""
    register.add_run_env(ThinRunner)
    register.add_run_env(ThinScriptRunner)
    register.add_package_env(ThinPackager)
    register.add_package_env(ThinCmdBuilder)
    tox_uv_runners.register_default(register)


@impl
def tox_add_option(parser: ToxParser) -> None:
    """Add the options and the command ``tox thin``."""
    configuration.add_options(parser)
    command = parser.add_command("thin", [], "show what the base provides, and what would be installed", _thin)
    command.add_argument("--json", action="store_true", dest="thin_json", help="print one JSON object")
    register_env_select_flags(command, default=CliEnv())


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """Remember the run, for the summary after its last environment, and adapt the runners to its options."""
    summary.begin(core_conf, state)
    tox_uv_runners.adapt(state)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Warn if thinvenv is the default runner but an environment sets another one."""
    if not isinstance(tox_env, ThinEnv) and tox_env.options.default_runner == RUNNER:
        runner = tox_env.conf["runner"]
        way = f"run tox with `--runner {RUNNER}`" if runner.startswith("uv-venv-") else f"set `runner = {RUNNER}`"
        LOGGER.warning(
            "`runner = %s` is set for this environment, so thinvenv reuses nothing; %s to use it", runner, way
        )


@impl
def tox_env_teardown(tox_env: ToxEnv) -> None:
    """Note that an environment has ended."""
    if isinstance(tox_env, RunToxEnv):
        summary.end(tox_env)


def _thin(state: State) -> int:
    from thinvenv.tox.command import show  # noqa: PLC0415 - it loads the engine

    return show(state)


def tox_append_version_info() -> str:
    """Return what ``tox --version`` shows after the plugin's name."""
    try:
        return f"with uv {version('uv')}"
    except PackageNotFoundError:
        return "with pip"
