"""Runs in the interpreter of some pip, and writes what that pip reads from its configuration.

Each line of standard input is a JSON object: the environment variables and the prefix of the environment. Each line
of standard output is another: the configuration files, the values of the options of ``pip install``, and their long
names.

The platform is an argument, since pip chooses its folders by it when it is imported. As on Windows without the
system's own calls, the variables name the folders there.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import urllib.request
from importlib import import_module
from typing import Any

# These are loaded while the platform is the real one: they load its own modules.
sysconfig.get_config_vars()
urllib.request.getproxies()
sys.platform = sys.argv[1]
if sys.platform == "win32":
    sys.modules["ctypes"] = None  # type: ignore[assignment]
create_command = import_module("pip._internal.commands").create_command
Configuration = import_module("pip._internal.configuration").Configuration


def answer(case: dict[str, Any]) -> dict[str, Any]:
    os.environ.clear()
    os.environ.update(case["environ"])
    sys.prefix = case["prefix"]
    configuration = Configuration(isolated=False)
    configuration.load()
    files = [path for parsers in configuration._parsers.values() for path, _ in parsers]
    parser = create_command("install").parser
    values = parser.get_default_values()
    names = [name.removeprefix("--") for option in parser.option_list_all for name in option._long_opts]
    return {"files": files, "values": {name: plain(value) for name, value in vars(values).items()}, "names": names}


def plain(value: Any) -> Any:
    if hasattr(value, "no_binary"):
        return {"no_binary": sorted(value.no_binary), "only_binary": sorted(value.only_binary)}
    if hasattr(value, "only_final"):
        return {"all_releases": sorted(value.all_releases), "only_final": sorted(value.only_final)}
    return value if isinstance(value, str | int | float | list | None) else repr(value)


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
