"""The decorator ``session``, which accepts the ``thin_*`` settings as keywords."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any, Literal, overload

from nox._decorators import Func
from nox.logger import logger
from nox.registry import session_decorator
from nox.virtualenv import ALL_VENVS

from thinvenv.errors import UsageError
from thinvenv.nox import backend
from thinvenv.nox.defaults import Defaults, session_defaults
from thinvenv.nox.thin_session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Unpack

    import nox
    from nox._typing import Python

    from thinvenv.nox.defaults import ThinSettings

    Decorator = Callable[[Callable[..., Any] | Func], Func]


@overload
def session(func: Callable[..., Any] | Func, /) -> Func: ...


@overload
def session(
    func: None = ...,
    /,
    python: Python | None = ...,
    py: Python | None = ...,
    reuse_venv: bool | None = ...,  # noqa: FBT001 - nox's own
    name: str | None = ...,
    venv_backend: str | None = ...,
    venv_params: Sequence[str] = ...,
    tags: Sequence[str] | None = ...,
    *,
    default: bool = ...,
    requires: Sequence[str] | None = ...,
    download_python: Literal["auto", "never", "always"] | None = ...,
    allow_parallel: bool | None = ...,
    **thin_settings: Unpack[ThinSettings],
) -> Decorator: ...


def session(func: Callable[..., Any] | Func | None = None, /, *args: Any, **options: Any) -> Func | Decorator:
    """Designate a function as a session, as :func:`nox.session` does.

    Args:
        func: The function. Without it, a decorator is returned.
        args: As in nox.
        options: As in nox, and the keywords of :class:`thinvenv.nox.defaults.ThinSettings`.

    Raises:
        SystemExit: A ``thin_*`` keyword or value is unknown, or contradicts another. nox ends with an
            error in its log, as it does if a noxfile needs another version of nox.

    """
    if func is None:
        return (
            functools.partial(session, *args, **options) if not args else lambda func: session(func, *args, **options)
        )
    if backend.NAME in str(options.get("venv_backend")).split("|"):
        ALL_VENVS.setdefault(backend.NAME, backend.ThinEnv)  # nox checks the name when it runs the session
    keywords = {name: options.pop(name) for name in list(options) if name.startswith("thin_")}
    function = func.func if isinstance(func, Func) else func
    function = getattr(function, "thin_function", function)
    values = _checked(function, keywords, options.get("venv_params", ())) if keywords else Defaults()

    @functools.wraps(function)
    def run(session: nox.Session, *args: Any, **kwargs: Any) -> Any:
        thin_session = session if isinstance(session, Session) else Session(session._runner)  # noqa: SLF001 - as nox makes it
        return function(thin_session, *args, **kwargs)

    # On the function itself, as `parametrize` does: nox copies such attributes to its own objects.
    vars(run).update(thin_function=function, thin_keywords=values)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        designated = session_decorator(run, *args, **options)
    for warning in caught:
        warnings.warn(warning.message, stacklevel=2)  # at the noxfile's line, as nox does
    designated.venv_params = backend.ThinParams(designated.venv_params)
    return designated


def _checked(function: Callable[..., Any], keywords: dict[str, Any], venv_params: Iterable[str]) -> Defaults:
    try:
        return session_defaults(keywords, venv_params)
    except UsageError as error:
        code = getattr(function, "__code__", None)
        place = f" in {code.co_filename}, line {code.co_firstlineno}" if code else ""
        logger.error(f"{function.__name__}{place}: {error}")
        raise SystemExit(error.exit_code) from error
