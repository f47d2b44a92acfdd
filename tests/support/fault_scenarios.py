"""The scenarios of the campaign of faults: commands of every kind, and the distributions that they install."""

from __future__ import annotations

from support.faults import LONG, Scenario
from support.projects import Project

TOOL = Project(
    "tool",
    "2.0",
    requires=("helper",),
    modules={"tool/__init__.py": "__version__ = '2.0'\ndef main(): print('tool')\n", "tool/data.txt": "data\n"},
    entry_points="[console_scripts]\ntool = tool:main\n",
)
BASE = (TOOL, Project("helper", "1.0", scripts={"helper": "#!python\nprint('helper')\n"}), Project("unused"))
INDEX = (
    TOOL,
    Project("tool", "1.0", entry_points="[console_scripts]\nold-tool = tool:main\n"),
    Project("fresh", "1.0", requires=("helper",), modules={f"fresh/m{number}.py": "" for number in range(5)}),
    Project("fresh", "2.0", requires=("helper",), entry_points="[console_scripts]\nfresh = fresh:main\n"),
)

CREATE = "create {env} --python {python}"
LINK = f"{CREATE} --reuse link"
SCENARIOS = (
    Scenario("create", f"{CREATE} tool fresh"),
    Scenario("install", "install --env {env} tool fresh", (CREATE,)),
    Scenario("shadow", "install --env {env} tool<2", (f"{CREATE} tool fresh",)),
    Scenario("link", "install --env {env} tool fresh", (LINK,)),
    Scenario("replay", "install --env {env} tool", ("create {other} --python {python} tool", CREATE)),
    Scenario("replay-link", "install --env {env} tool", ("create {other} --python {python} --reuse link tool", LINK)),
    Scenario("upgrade", "install --env {env} -U fresh tool", (f"{CREATE} fresh<2 tool",)),
    Scenario("prune", "install --env {env} --prune tool fresh", (f"{CREATE} --never-reuse tool tool fresh",)),
    Scenario("change-mode", f"{LINK} --clear tool fresh", (f"{CREATE} tool fresh<2",)),
    Scenario("clear", f"{CREATE} --clear tool", (f"{LINK} tool fresh",)),
    Scenario("uninstall", "uninstall --env {env} fresh", (f"{CREATE} tool fresh",)),
)
SLOW_SCENARIOS = (
    Scenario("replay-files", "install --env {env} tool fresh", ("create {other} --python {python} tool fresh", CREATE)),
    Scenario("create-empty", CREATE),
    Scenario("unshadow", "install --env {env} --prune tool>1", (f"{CREATE} tool<2",)),
    Scenario("link-upgrade", "install --env {env} -U fresh tool", (f"{LINK} fresh<2 tool",)),
    Scenario("store", "install --env {env} --store {root}/world/store tool fresh", (CREATE,)),
    Scenario(
        "replay-store",
        "install --env {env} --store {root}/world/store tool fresh",
        ("create {other} --python {python} --store {root}/world/store tool fresh", CREATE),
    ),
    Scenario("uninstall-link", "uninstall --env {env} tool", (f"{LINK} tool fresh",)),
    Scenario("pip", "install --env {env} --backend pip tool fresh", (CREATE,)),
    Scenario("pip-link", "install --env {env} --backend pip tool fresh", (LINK,)),
)


BY_NAME = {scenario.name: scenario for scenario in (*SCENARIOS, *SLOW_SCENARIOS)}


def scenario_names(*sample: str) -> list[str]:
    """Return the names of the scenarios in a sample; in the long run, those of all scenarios."""
    return list(BY_NAME if LONG else sample)
