"""Tell what this interpreter is. Run *in* the target interpreter; standard library only.

It has to run on every Python that an environment can have (3.8 and later).
"""

from __future__ import annotations

import json
import os
import platform
import sys
import sysconfig


def markers() -> dict[str, str]:
    """Return the environment markers of PEP 508."""
    info = sys.implementation.version
    version = "{0.major}.{0.minor}.{0.micro}".format(info)
    if info.releaselevel != "final":
        version += info.releaselevel[0] + str(info.serial)
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def site_path() -> list[str]:
    """Return ``sys.path`` without the standard library and the current directory."""
    entries = sys.path
    if not getattr(sys.flags, "safe_path", False):
        entries = entries[1:]  # `python -c` puts the current directory first
    names = sysconfig.get_paths()
    stdlib = {os.path.realpath(names[key]) for key in ("stdlib", "platstdlib")}
    stdlib |= {os.path.join(one, "lib-dynload") for one in stdlib}
    found = [os.path.abspath(one) for one in entries if one and os.path.isdir(one)]
    return [one for one in found if os.path.realpath(one) not in stdlib]


def main() -> None:
    """Write the answer to standard output."""
    names = sysconfig.get_paths()
    base = getattr(sys, "_base_executable", None) or sys.executable
    print(
        json.dumps(
            {
                "python": sys.executable,
                "prefix": sys.prefix,
                "base_prefix": sys.base_prefix,
                "base_python": os.path.realpath(base),
                "cache_tag": sys.implementation.cache_tag or "",
                "abi": sysconfig.get_config_var("EXT_SUFFIX") or "",
                "platform": sysconfig.get_platform(),
                "purelib": names["purelib"],
                "platlib": names["platlib"],
                "scripts": names["scripts"],
                "path": site_path(),
                "markers": markers(),
            }
        )
    )


main()
