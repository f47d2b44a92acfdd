"""``tox thin``: what would be reused and installed, and whether what is there still holds."""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tox.report import HandledError
from tox.tox_env.errors import Fail, Skip
from tox.tox_env.python.api import Python
from tox.tox_env.python.dependency_groups import resolve as resolve_groups
from tox.tox_env.python.extras import resolve_extras_static
from tox.tox_env.runner import RunToxEnv

from thinvenv.tox import configuration
from thinvenv.tox.environments import ThinEnv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tox.session.state import State

    from thinvenv.context.context import Context
    from thinvenv.model import Health, Plan


@dataclass(frozen=True)
class _Answer:
    name: str
    prefix: Path
    plan: Plan
    health: Health | None
    left_out: str


def show(state: State) -> int:
    """Print plan and check of the chosen environments; 1 where one of them no longer holds."""
    from thinvenv.errors import ThinvenvError  # noqa: PLC0415 - only this command pays

    answers, code = [], 0
    for name in state.envs.iter():
        env = state.envs[name]
        if not isinstance(env, ThinEnv):
            _complain(name, f"its runner is `{env.conf['runner']}`, so thinvenv has no part in it")
            continue
        try:
            with env.display_context(suspend=False):
                answers.append(_look(env))
        except Skip as skipped:
            _complain(name, f"skipped because {skipped}")
        except (ThinvenvError, Fail, HandledError) as error:
            _complain(name, str(error))
            code = 1
    _print_json(answers) if state.conf.options.thin_json else _print(answers)
    return max(code, 0 if all(one.health is None or one.health.ok for one in answers) else 1)


def _look(env: ThinEnv) -> _Answer:
    from thinvenv import engine  # noqa: PLC0415 - see above
    from thinvenv.installation.check import check  # noqa: PLC0415

    context = env.installer.context(show_note=lambda text: _complain(env.name, text))
    words, left_out = _words(env)
    with _environment(env, context) as prefix:
        plan = engine.plan(env.installer.request(words, context), prefix, context)
        state = prefix if prefix == env.env_dir else None
        health = check(state, context) if state else None
    return _Answer(env.name, env.env_dir, plan, health, left_out)


@contextmanager
def _environment(env: ThinEnv, context: Context) -> Iterator[Path]:
    """Yield the environment, or one like it that is gone afterwards, where tox would make it anew."""
    if _is_current(env):
        yield env.env_dir
        return
    from thinvenv.creation.create import create  # noqa: PLC0415 - only this command pays

    settings = configuration.settings_of(env)
    with tempfile.TemporaryDirectory(prefix="thinvenv-") as folder:
        prefix = Path(folder, env.name)
        python = str(env.base_python.extra["executable"])
        create(prefix, context, python=python, bases=settings.bases or (), reuse=settings.reuse or "off")
        yield prefix


def _is_current(env: ThinEnv) -> bool:
    """Tell whether tox would keep the environment as it is; what was asked before is kept by tox beside it."""
    try:
        known: dict[str, Any] = json.loads((env.env_dir / ".tox-info.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(known.get(Python.__name__) == env.python_cache())


def _words(env: ThinEnv) -> tuple[list[str], str]:
    """Return what tox would install, in one request, and what cannot be told without a build."""
    conf = env.conf
    words = _locked(env) or _listed(env)
    words += [str(one) for one in conf["constraints"].as_root_args]
    if "package" not in conf or conf["package"] in {"skip", "external"}:
        return words, ""
    own = resolve_extras_static(_package_root(env), conf["extras"])
    if own is None:
        return words, "what the project itself requires, which only its build tells"
    return [*words, *map(str, own)], ""


def _locked(env: ThinEnv) -> list[str]:
    conf = env.conf
    if "pylock" not in conf or not conf["pylock"]:
        return []
    path = str(env.core["package_root"] / conf["pylock"])
    words = [word for extra in sorted(conf["extras"]) for word in ("--extra", extra)]
    return [
        "-r",
        path,
        *words,
        *(word for one in sorted(conf["dependency_groups"]) for word in ("--group", f"{path}:{one}")),
    ]


def _listed(env: ThinEnv) -> list[str]:
    conf = env.conf
    words = [str(one) for one in conf["deps"].as_root_args] if "deps" in conf else []
    groups: set[str] = conf["dependency_groups"] if "dependency_groups" in conf else set()  # noqa: SIM401 - no mapping
    return [*words, *(str(one) for one in resolve_groups(env.core["package_root"], groups))] if groups else words


def _package_root(env: ThinEnv) -> Path:
    """Return where the project is, which the environment that builds it may say for itself."""
    builder = env.package_env if isinstance(env, RunToxEnv) else None
    said = builder is not None and "package_root" in builder.conf
    root: Path = builder.conf["package_root"] if builder and said else env.core["package_root"]
    return root


def _print(answers: list[_Answer]) -> None:
    from thinvenv import report  # noqa: PLC0415 - see above

    for one in answers:
        lines = [f"{one.name}: {report.summary(one.plan)}", *(f"  {line}" for line in report.step_lines(one.plan))]
        lines += [f"  warning: {line}" for line in one.plan.warnings]
        lines += [f"  left out: {one.left_out}"] if one.left_out else []
        lines += [f"  {finding.kind}: {finding.text}" for finding in (one.health.findings if one.health else ())]
        sys.stdout.write("".join(f"{line}\n" for line in lines))


def _print_json(answers: list[_Answer]) -> None:
    from thinvenv import report  # noqa: PLC0415 - see above

    environments: list[dict[str, Any]] = []
    for one in answers:
        told = report.plan_json(one.plan, str(one.prefix))
        checked = report.health_json([one.health])["environments"][0] if one.health else None
        environments.append({"name": one.name, **told, "left_out": one.left_out, "check": checked})
        del environments[-1]["schema"]
    json.dump({"schema": report.SCHEMA, "environments": environments}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _complain(name: str, text: str) -> None:
    sys.stderr.write(f"{name}: {text}\n")
