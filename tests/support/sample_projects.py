"""Sample projects with every kind of file that a distribution can have."""

from __future__ import annotations

from support.projects import Project

_PKGUTIL = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"

TREE = Project(
    "tree",
    modules={
        "tree/__init__.py": "__version__ = '1.0'\n",
        "tree/leaf.py": "def main():\n    print('leaf')\n",
        "tree/inner/__init__.py": "",
        "tree/data.txt": "data\n",
        "tree/py.typed": "",
        "tree-stubs/__init__.pyi": "",
        "tree.libs/libtree-1.so": "not really\n",
        "tree-1.0.data/data/share/tree/readme.txt": "read me\n",
        "tree-1.0.data/headers/tree.h": "/* tree */\n",
    },
    entry_points="[console_scripts]\ntree = tree.leaf:main\n[forest]\ntree = tree.leaf\n",
    scripts={"plant": "#!python\nimport sys\nprint(sys.prefix)\n"},
)
SINGLE = Project("single", modules={"single.py": "__version__ = '1.0'\n"})
NATIVE = tuple(
    Project(f"ns-{part}", modules={f"ns/deep/{part}/__init__.py": f"name = {part!r}\n"}) for part in ("one", "two")
)
PKGUTIL = tuple(
    Project(f"pk-{part}", modules={"pk/__init__.py": _PKGUTIL, f"pk/{part}.py": f"name = {part!r}\n"})
    for part in ("one", "two")
)
PLUGIN = Project(
    "pytest-plug",
    modules={"plug/__init__.py": "", "plug/hooks.py": "def pytest_configure(config):\n    assert config\n"},
    entry_points="[pytest11]\nplug = plug.hooks\n",
)
SAMPLE_PROJECTS = (TREE, SINGLE, *NATIVE, *PKGUTIL, PLUGIN)
SAMPLE_NAMES = tuple(project.name for project in SAMPLE_PROJECTS)
