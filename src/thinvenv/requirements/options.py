"""pip's options, as far as an install here can mean them.

People write pip's options in requirements files, in tox's ``deps`` and in nox's
``session.install``; each is either understood, carried to the backend, or refused by name.
"""

from __future__ import annotations

from thinvenv.errors import UsageError

FLAGS: dict[str, str] = {
    "--pre": "pre",
    "--no-deps": "no_deps",
    "--no-dependencies": "no_deps",
    "--force-reinstall": "reinstall",
    "--reinstall": "reinstall",
    "-U": "upgrade",
    "--upgrade": "upgrade",
    "--require-hashes": "require_hashes",
    "--offline": "offline",
}
"""Options that are a field of the request."""

CARRIED_FLAGS = frozenset({"--no-index", "--no-build-isolation", "--prefer-binary", "--no-cache-dir", "--use-pep517"})
"""Options without a value that the backend gets."""

CARRIED_VALUES: dict[str, str] = {
    "-i": "--index-url",
    "--index-url": "--index-url",
    "--pypi-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "-f": "--find-links",
    "--find-links": "--find-links",
    "--trusted-host": "--trusted-host",
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

QUIET_FLAGS = frozenset({
    "-q", "--quiet", "-v", "--verbose", "--no-color", "--no-input", "--disable-pip-version-check",
    "--no-warn-script-location", "--no-warn-conflicts", "--no-python-version-warning", "--isolated",
})  # fmt: skip
"""Options that only change what pip prints or asks: nothing is lost without them."""

QUIET_VALUES = frozenset({"--progress-bar", "--upgrade-strategy", "--use-feature", "--use-deprecated", "--log"})
"""The same, with a value."""


def refused(option: str, origin: str) -> UsageError:
    """Return the error for an option that an install here cannot mean."""
    where = f" ({origin})" if origin else ""
    return UsageError(
        f"`{option}` cannot be used here{where}",
        why=("thinvenv installs into one virtual environment and decides itself what to reuse",),
    )
