"""pip's options, as far as an install here can mean them.

People write pip's options in requirements files, in tox's ``deps`` and in nox's
``session.install``; each is either understood, carried to the backend, or refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from thinvenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

FLAGS: dict[str, str] = {
    "--pre": "pre",
    "--no-deps": "no_deps",
    "--no-dependencies": "no_deps",
    "--force-reinstall": "reinstall",
    "--reinstall": "reinstall",
    "-I": "reinstall",
    "--ignore-installed": "reinstall",
    "-U": "upgrade",
    "--upgrade": "upgrade",
    "--require-hashes": "require_hashes",
    "--offline": "offline",
    "--prune": "prune",
}
"""Options that are a field of the request."""

CARRIED_FLAGS = frozenset({"--no-index", "--no-build-isolation", "--prefer-binary", "--no-cache-dir", "--use-pep517"})
"""Options without a value that the backend gets."""

CARRIED_VALUES: dict[str, str] = {
    "-i": "--index-url",
    "--index-url": "--index-url",
    "--default-index": "--index-url",
    "--pypi-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "-f": "--find-links",
    "--find-links": "--find-links",
    "--trusted-host": "--trusted-host",
    "--allow-insecure-host": "--trusted-host",
    "--no-binary": "--no-binary",
    "--only-binary": "--only-binary",
    "-C": "--config-settings",
    "--config-settings": "--config-settings",
    "--config-setting": "--config-settings",
    "--cert": "--cert",
    "--client-cert": "--client-cert",
    "--proxy": "--proxy",
    "--timeout": "--timeout",
    "--retries": "--retries",
    "--cache-dir": "--cache-dir",
}
"""Options with a value that the backend gets, under pip's long name."""

UV_FLAGS = frozenset({
    "--no-cache", "--no-sources", "--no-build", "--refresh", "--native-tls", "--system-certs", "--compile-bytecode",
    "--no-config", "--no-verify-hashes",
})  # fmt: skip
"""uv's own options without a value, which uv gets and pip has nothing like."""

UV_VALUES: dict[str, str] = {
    one: one
    for one in (
        "--resolution", "--prerelease", "--exclude-newer", "--index", "--index-strategy", "--keyring-provider",
        "--torch-backend", "--link-mode", "--refresh-package", "--no-sources-package",
        "--no-build-isolation-package", "--config-settings-package", "--build-constraint",
        "--build-constraints", "--exclude-newer-package", "--prerelease-package",
        "--config-file",
    )
}  # fmt: skip
"""The same, with a value."""

UV_REPEATED = frozenset({
    "--extra-index-url", "--find-links", "--allow-insecure-host", "--no-binary", "--only-binary", "--config-settings",
    "--index", "--refresh-package", "--no-sources-package",
    "--no-build-isolation-package", "--config-settings-package", "--build-constraint", "--build-constraints",
    "--exclude-newer-package", "--prerelease-package",
})  # fmt: skip
"""The options of uv that it takes more than once; of any other the last counts."""

QUIET_FLAGS = frozenset({
    "-q", "--quiet", "-v", "--verbose", "--no-color", "--no-input", "--disable-pip-version-check",
    "--no-warn-script-location", "--no-warn-conflicts", "--no-python-version-warning", "--isolated",
    "--no-progress", "--no-compile", "--no-clean", "--break-system-packages", "--compile", "--debug", "--strict",
    "--require-virtualenv",
})  # fmt: skip
"""Options that only change what pip prints or asks: nothing is lost without them."""

QUIET_VALUES = frozenset({
    "--progress-bar", "--upgrade-strategy", "--use-feature", "--use-deprecated", "--log", "--color",
    "--root-user-action", "--exists-action", "--resume-retries",
})  # fmt: skip
"""The same, with a value."""


CLUSTERED = ("-q", "-v", "-U", "-I")
"""Options of one letter that others may follow in one word, as in ``-ve.``."""


def only_for_uv(options: Iterable[str]) -> list[str]:
    """Return the options that uv alone has."""
    return [one for one in options if one.partition("=")[0] in {*UV_FLAGS, *UV_VALUES}]


def refused(option: str, origin: str) -> UsageError:
    """Return the error for an option that an install here cannot mean."""
    where = f" ({origin})" if origin else ""
    return UsageError(
        f"`{option}` cannot be used here{where}",
        why=("thinvenv installs into one virtual environment and decides itself what to reuse",),
    )
