"""The decorator."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any, Literal, overload

from nox._decorators import Func
from nox.logger import logger
from nox.registry import session_decorator

from thinvenv.nox.defaults import Defaults, checked
from thinvenv.nox.thin_session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import nox
    from nox._typing import Python

    from thinvenv.choices import BackendName, ReuseMode
    from thinvenv.nox.defaults import StrPath

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
    thin_reuse: ReuseMode | None = ...,
    thin_base: StrPath | Iterable[StrPath] | None = ...,
    thin_only_reuse: str | Iterable[str] | None = ...,
    thin_never_reuse: str | Iterable[str] | None = ...,
    thin_backend: BackendName | None = ...,
) -> Decorator: ...


def session(func: Callable[..., Any] | Func | None = None, /, *args: Any, **options: Any) -> Func | Decorator:
    """Designate a function as a session, as :func:`nox.session` does.

    Args:
        func: The function; what is returned is a decorator where it is not given.
        args: As in nox.
        options: As in nox, and the fields of :class:`thinvenv.nox.defaults.Defaults`.

    Raises:
        SystemExit: A ``thin_*`` word or value is not known, or contradicts another: nox ends with
            an error in its log, as it does where a noxfile wants another version of nox.

    """
    if func is None:
        return functools.partial(session, *args, **options) if not args else lambda one: session(one, *args, **options)
    thin = {name: options.pop(name) for name in list(options) if name.startswith("thin_")}
    function = func.func if isinstance(func, Func) else func
    function = getattr(function, "thin_function", function)
    words = _checked(function, thin, options.get("venv_params", ())) if thin else Defaults()

    @functools.wraps(function)
    def run(one: nox.Session, *args: Any, **kwargs: Any) -> Any:
        return function(one if isinstance(one, Session) else Session(one._runner), *args, **kwargs)  # noqa: SLF001

    # On the function itself, as `parametrize` does: nox carries such names along to its own objects.
    vars(run).update(thin_function=function, thin_words=words)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = session_decorator(run, *args, **options)
    for one in told:
        warnings.warn(one.message, stacklevel=2)  # at the noxfile's line, as nox does
    return made


def _checked(function: Callable[..., Any], thin: dict[str, Any], venv_params: Iterable[str]) -> Defaults:
    try:
        return checked(thin, venv_params)
    except Exception as error:
        from thinvenv.errors import UsageError  # noqa: PLC0415 - seldom needed

        if not isinstance(error, UsageError):
            raise
        code = getattr(function, "__code__", None)
        where = f" in {code.co_filename}, line {code.co_firstlineno}" if code else ""
        logger.error(f"{function.__name__}{where}: {error}")
        raise SystemExit(error.exit_code) from error
