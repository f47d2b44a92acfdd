"""The plugin of tox: its hooks, and nothing else.

tox loads its plugins on every start, so what is imported here is what tox has imported
itself; the engine comes in when something is to be installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tox.plugin import impl

from thinvenv.tox import configuration
from thinvenv.tox.environments import ThinCmdBuilder, ThinPackager, ThinRunner

if TYPE_CHECKING:
    from tox.config.cli.parser import ToxParser
    from tox.tox_env.register import ToxEnvRegister

__all__ = ["tox_add_option", "tox_register_tox_env"]


@impl(trylast=True)
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Register our environments, and make the runner the default, whatever other plugin there is."""
    register.add_run_env(ThinRunner)
    register.add_package_env(ThinPackager)
    register.add_package_env(ThinCmdBuilder)
    register.default_env_runner = ThinRunner.id()


@impl
def tox_add_option(parser: ToxParser) -> None:
    """Add our options."""
    configuration.add_options(parser)
