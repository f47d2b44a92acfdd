"""The configuration of Sphinx: ``nox -s docs`` builds the documentation and checks its links."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import reference_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "thinvenv"
author = "The thinvenv developers"
copyright = author  # noqa: A001 - Sphinx reads this name
release = version = version_of("thinvenv")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build", "examples"]

html_theme = "furo"
html_title = "thinvenv"
html_extra_path = ["schemas"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

linkcheck_timeout = 15
linkcheck_retries = 2
linkcheck_ignore = [
    # The site and the repository exist only after the first release.
    r"https://thinvenv\.readthedocs\.io/.*",
    r"https://github\.com/thinvenv/thinvenv.*",
    # Machines without the internet check the links between pages only: DOCS_OFFLINE=1 nox -s docs
    *([r"https?://.*"] if os.environ.get("DOCS_OFFLINE") else []),
]
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]  # GitHub adds the anchors with JavaScript


def setup(app: Sphinx) -> None:
    """Insert the generated parts of pages when Sphinx reads them."""
    app.connect("source-read", _insert_generated)


def _insert_generated(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = reference_pages.filled(source[0])
