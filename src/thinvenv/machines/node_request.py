"""What a runtime environment of Ray asks of thinvenv: read, checked and named."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from thinvenv.choices import suggestion
from thinvenv.config.settings import SETTINGS
from thinvenv.errors import UsageError
from thinvenv.files.fingerprint import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIELD = "thinvenv"
"""The field of a runtime environment, the name of the plugin, and the scheme of its URIs."""

OTHER_INSTALLERS = ("pip", "uv", "conda", "py_executable", "container", "image_uri")
"""The fields of a runtime environment that choose another interpreter for its workers."""

_TEXTS = ("reuse", "backend")
_LISTS = ("packages", "bases", "stores", "only_reuse", "never_reuse")
_OPTIONS = {setting.field: setting.own_option for setting in SETTINGS if setting.field in (*_TEXTS, *_LISTS)}
"""The options of ``thinvenv create`` for the fields that are settings."""
_VARIABLES = ("UV_", "PIP_", "THINVENV_")
"""The prefixes of the variables that decide what an installer answers."""


@dataclass(frozen=True)
class NodeRequest:
    """The field ``thinvenv`` of a runtime environment. See :func:`thinvenv.create` for the settings.

    Attributes:
        packages: Requirements (PEP 508), and lines with options of ``pip install`` such as ``-r reqs.txt``.
        reuse: How the Python of the node is reused; empty for the default.
        backend: The tool that resolves and installs; empty for the default.
        bases: Further bases.
        stores: Stores to link from what has to be installed.
        only_reuse: Globs of names. Only matching distributions of the node are reused, and Ray.
        never_reuse: Globs of names. Matching distributions of the node are not reused.

    """

    packages: tuple[str, ...] = ()
    reuse: str = ""
    backend: str = ""
    bases: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    only_reuse: tuple[str, ...] = ()
    never_reuse: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The packages as arguments of a command: a line with an option is split as a shell does it."""
        return [
            word for line in self.packages for word in (shlex.split(line) if line.lstrip().startswith("-") else [line])
        ]

    @property
    def names_files(self) -> bool:
        """Whether a package may be a file or a folder, so that the working directory counts."""
        return any(word.startswith(("-", ".", "/")) or os.sep in word.partition("@")[0] for word in self.words)

    def arguments(self, pins: Iterable[str] = (), also_reused: Iterable[str] = ()) -> list[str]:
        """Return the arguments of ``thinvenv create``, without the path and the interpreter.

        Args:
            pins: Further requirements, which the node satisfies.
            also_reused: Names to reuse beside ``only_reuse``, if there is any.

        """
        values = {"only_reuse": (*self.only_reuse, *also_reused) if self.only_reuse else ()}
        arguments = []
        for field, option in _OPTIONS.items():
            value = values.get(field) or getattr(self, field)
            for text in [value] if isinstance(value, str) else value:
                arguments += [option, text] if text else []
        return [*arguments, *pins, *self.words]


def read_request(section: Any) -> NodeRequest:
    """Return the request of the field ``thinvenv``: an object, or a list that stands for its ``packages``.

    Raises:
        UsageError: A field is unknown or has another type, or a line cannot be split.

    """
    fields = section if isinstance(section, dict) else {"packages": section}
    values: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in (*_LISTS, *_TEXTS):
            hint = suggestion(str(name), [*_LISTS, *_TEXTS])
            raise UsageError(f'runtime_env: "{FIELD}" has no field "{name}"', hint=hint)
        values[name] = _checked(name, value)
    request = NodeRequest(**values)
    try:
        _ = request.words
    except ValueError as error:
        raise UsageError(f'runtime_env: "packages" of "{FIELD}" cannot be read', why=(str(error),)) from error
    return request


def _checked(name: str, value: Any) -> str | tuple[str, ...]:
    """Return the value of a field.

    Raises:
        UsageError: It has another type.

    """
    if name in _TEXTS and isinstance(value, str):
        return value
    is_list = isinstance(value, (list, tuple)) and all(isinstance(text, str) and text.strip() for text in value)
    if name in _LISTS and is_list:
        return tuple(value)
    why = ("it is a string" if name in _TEXTS else "it is a list of strings",)
    raise UsageError(f'runtime_env: "{name}" of "{FIELD}" cannot be {value!r}', why=why)


def check_alone(runtime_env: Mapping[str, Any]) -> None:
    """Check that a runtime environment has no other field that chooses the interpreter of its workers.

    Raises:
        UsageError: It has.

    """
    others = [name for name in OTHER_INSTALLERS if runtime_env.get(name)]
    if others:
        names = " and ".join(f'"{name}"' for name in others)
        raise UsageError(
            f'runtime_env: "{FIELD}" cannot be combined with {names}',
            why=("each of them chooses the Python of the workers",),
            hint=f'list all packages in "packages" of "{FIELD}", or leave "{FIELD}" out',
        )


def uri_of(request: NodeRequest, runtime_env: Mapping[str, Any]) -> str:
    """Return the URI of the environment that a request needs: the same for all that may share it.

    Args:
        request: The request.
        runtime_env: The runtime environment. Its variables count if an installer reads them, and its working
            directory, which Ray names after its content, if the request names files.

    """
    variables = runtime_env.get("env_vars") or {}
    relevant = sorted(pair for pair in variables.items() if pair[0].startswith(_VARIABLES))
    folder = runtime_env.get("working_dir") or "" if request.names_files else ""
    return f"{FIELD}://{digest([repr((sorted(asdict(request).items()), relevant, folder))])}"
