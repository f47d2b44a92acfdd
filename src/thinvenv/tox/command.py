"""The command ``tox thin``: shows what would be installed, and checks what is installed."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from tox.report import HandledError
from tox.tox_env.errors import Fail, Skip
from tox.tox_env.python.api import Python
from tox.tox_env.python.dependency_groups import resolve as resolve_groups
from tox.tox_env.python.extras import resolve_extras_static
from tox.tox_env.runner import RunToxEnv

from thinvenv import engine, report
from thinvenv.config.spelling import in_words_of
from thinvenv.creation.create import create
from thinvenv.errors import ThinvenvError, printable
from thinvenv.fleet.comparison import measure_all
from thinvenv.installation.check import check
from thinvenv.tox import configuration, locked_projects
from thinvenv.tox.context import context_of
from thinvenv.tox.environments import ThinEnv, ThinRunner
from thinvenv.tox.locked_projects import package_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tox.session.state import State

    from thinvenv.context.context import Context
    from thinvenv.fleet.values import FleetEnvironment
    from thinvenv.model import Health, Plan


_DEFAULT_VERBOSITY = 2
"""The verbosity of tox without ``-v``."""


@dataclass(frozen=True)
class _Answer:
    """What the command shows of one environment.

    Attributes:
        name: The environment's name.
        prefix: Its root.
        plan: What tox would reuse and install.
        health: The result of the check; ``None`` if tox would create the environment first.
        left_out: What the plan does not contain; empty if it is complete.

    """

    name: str
    prefix: Path
    plan: Plan
    health: Health | None
    left_out: str


def show(state: State) -> int:
    """Print the plan and the check of each chosen environment.

    Returns:
        The exit status: 1 if an environment has an error or its check fails, else 0.

    """
    answers: list[_Answer] = []
    errors: dict[str, str] = {}
    for name in state.envs.iter():
        env = state.envs[name]
        if not isinstance(env, ThinEnv):
            _print_note(name, f"this environment uses the runner `{env.conf['runner']}`, so thinvenv does nothing here")
            continue
        try:
            with env.display_context(suspend=False):
                answers.append(_answer(env))
        except Skip as skipped:
            _print_note(name, f"skipped because {skipped}")
        except (ThinvenvError, Fail, HandledError) as error:
            errors[name] = in_words_of("tox", error) if isinstance(error, ThinvenvError) else str(error)
            _print_note(name, errors[name])
    if state.conf.options.thin_json:
        _print_json(answers, errors)
    else:
        _print(answers, steps=state.conf.options.verbosity > _DEFAULT_VERBOSITY)
    is_healthy = all(answer.health is None or answer.health.ok for answer in answers)
    return 0 if is_healthy and not errors else 1


def _answer(env: ThinEnv) -> _Answer:
    context = context_of(env, lambda text: _print_note(env.name, text))
    arguments, left_out = ([], "") if _follows_lock(env) else _install_arguments(env)
    with _environment(env, context) as prefix:
        if _follows_lock(env):
            request = env.operations.locked_request(locked_projects.words_of(env), context, prefix)
        else:
            request = env.operations.request(arguments, context)
        plan = engine.plan(request, prefix, context)
        health = check(prefix, context) if prefix == env.env_dir else None
    return _Answer(env.name, env.env_dir, plan, health, left_out)


def _follows_lock(env: ThinEnv) -> TypeGuard[ThinRunner]:
    return isinstance(env, ThinRunner) and bool(env.conf["thin_locked"])


@contextmanager
def _environment(env: ThinEnv, context: Context) -> Iterator[Path]:
    """Yield the environment's root; if tox would recreate the environment, that of a temporary one like it."""
    if _is_current(env):
        yield env.env_dir
        return
    settings = configuration.settings_of(env)
    with tempfile.TemporaryDirectory(prefix="thinvenv-") as folder:
        prefix = Path(folder, env.name)
        python = str(env.base_python.extra["executable"])
        create(prefix, context, python=python, bases=settings.bases or (), reuse=settings.reuse or "off")
        yield prefix


def _is_current(env: ThinEnv) -> bool:
    """Return whether tox would keep the environment: the values that it has stored there have not changed."""
    try:
        stored: dict[str, Any] = json.loads((env.env_dir / ".tox-info.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(stored.get(Python.__name__) == env.python_cache())


def _install_arguments(env: ThinEnv) -> tuple[list[str], str]:
    """Return all that tox would install as arguments of one ``pip install``, and what is missing from them."""
    conf = env.conf
    arguments = _lock_arguments(env) or _deps_arguments(env)
    arguments += [str(argument) for argument in conf["constraints"].as_root_args]
    if "package" not in conf or conf["package"] in {"skip", "external"}:
        return arguments, ""
    requirements = resolve_extras_static(_package_root(env), conf["extras"])
    if requirements is None:
        return arguments, "the requirements of the project itself, which are known only after it has been built"
    return [*arguments, *map(str, requirements)], ""


def _lock_arguments(env: ThinEnv) -> list[str]:
    conf = env.conf
    if "pylock" not in conf or not conf["pylock"]:
        return []
    path = str(package_root(env.core) / conf["pylock"])
    extras = [argument for extra in sorted(conf["extras"]) for argument in ("--extra", extra)]
    groups = [argument for group in sorted(conf["dependency_groups"]) for argument in ("--group", f"{path}:{group}")]
    return ["-r", path, *extras, *groups]


def _deps_arguments(env: ThinEnv) -> list[str]:
    conf = env.conf
    arguments = [str(argument) for argument in conf["deps"].as_root_args] if "deps" in conf else []
    groups: set[str] = conf["dependency_groups"] if "dependency_groups" in conf else set()  # noqa: SIM401 - no mapping
    return [*arguments, *map(str, resolve_groups(package_root(env.core), groups))] if groups else arguments


def _package_root(env: ThinEnv) -> Path:
    """Return the project's folder; the environment that builds the package may have its own setting."""
    builder = env.package_env if isinstance(env, RunToxEnv) else None
    if builder is not None and "package_root" in builder.conf:
        root: Path = builder.conf["package_root"]
        return root
    return package_root(env.core)


def _print(answers: list[_Answer], *, steps: bool) -> None:
    """Print a line for each environment, with the steps of its plan if they are wanted, and the sums."""
    existing = _existing(answers)
    for answer in answers:
        plan, findings = answer.plan, answer.health.findings if answer.health else ()
        parts = [f"{answer.name}: {report.summary(plan)}"]
        if environment := existing.get(answer.name):
            parts += _stored_parts([environment])
            parts.append(f"{report.human_size(environment.sizes.disk_bytes)} on disk")
        lines = [", ".join(parts)]
        lines += [f"  {line}" for line in (report.step_lines(plan) if steps else ())]
        lines += [f"  warning: {in_words_of('tox', warning)}" for warning in plan.warnings]
        lines += [f"  left out: {answer.left_out}"] if answer.left_out else []
        lines += [f"  {finding.kind}: {finding.text}" for finding in findings]
        _print_lines(lines)
    if len(answers) > 1:
        _print_lines([_total_line(answers, list(existing.values()))])


def _total_line(answers: list[_Answer], existing: list[FleetEnvironment]) -> str:
    plans = [answer.plan for answer in answers]
    disk = sum(environment.sizes.disk_bytes for environment in existing)
    parts = [f"total: {len(answers)} environments reuse {sum(len(plan.reused) for plan in plans)}"]
    parts += [f"install {installed}"] if (installed := sum(len(plan.installed) for plan in plans)) else []
    parts += _stored_parts(existing)
    parts += [f"take {report.human_size(disk)} on disk"] if disk else []
    parts += [f"saved {report.human_size(saved)}"] if (saved := sum(map(report.saved_size, plans))) else []
    return ", ".join(parts)


def _stored_parts(existing: list[FleetEnvironment]) -> list[str]:
    """Return how many distributions environments link from stores, as a part of a line, if there are any."""
    stored = sum(dist.kind == "stored" for environment in existing for dist in environment.distributions)
    return [f"link {stored} from stores"] if stored else []


def _existing(answers: list[_Answer]) -> dict[str, FleetEnvironment]:
    """Return the environments that exist, measured, by name. What several share counts for the first."""
    existing = [answer for answer in answers if os.path.isfile(answer.prefix / "pyvenv.cfg")]
    fleet = measure_all(str(answer.prefix) for answer in existing)
    return {answer.name: environment for answer, environment in zip(existing, fleet.environments, strict=True)}


def _print_json(answers: list[_Answer], errors: Mapping[str, str]) -> None:
    environments: list[dict[str, Any]] = []
    existing = _existing(answers)
    for answer in answers:
        plan = report.plan_json(answer.plan, str(answer.prefix))
        health = report.health_json([answer.health])["environments"][0] if answer.health else None
        environments.append({"name": answer.name, **plan, "left_out": answer.left_out, "check": health})
        environment = existing.get(answer.name)
        environments[-1]["disk_bytes"] = environment.sizes.disk_bytes if environment else None
        del environments[-1]["schema"]
    failed = [{"name": name, "error": text} for name, text in errors.items()]
    json.dump({"schema": report.SCHEMA, "environments": environments, "errors": failed}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _print_lines(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))


def _print_note(name: str, text: str) -> None:
    sys.stderr.write(printable(f"{name}: {text}", "\n") + "\n")
