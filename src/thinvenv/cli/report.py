"""The command report: what environments cost on disk, and what would be saved."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from thinvenv._api.arguments import directories
from thinvenv.base_suggestion.suggest import with_best_bases
from thinvenv.cache import write_atomically
from thinvenv.cli.commands import context_of, print_json, print_lines
from thinvenv.cli.paths import output_path
from thinvenv.fleet.document import fleet_json
from thinvenv.fleet.fleet import measure_fleet
from thinvenv.fleet.html import html_page
from thinvenv.fleet.text import WIDTH, markdown_lines, table_lines

if TYPE_CHECKING:
    from argparse import Namespace


def report(options: Namespace) -> int:
    """Run ``thinvenv report`` and return the exit status."""
    context = context_of(options)
    paths = directories(options.paths or ["."], context, hint="thinvenv report .")
    page = output_path(options.html, context) if options.html else None
    fleet = measure_fleet(paths, context.cache, context.reporter.progress)
    if options.bases:
        fleet = with_best_bases(fleet, paths, options.bases, context)
    if page is not None:
        date = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
        write_atomically(page, html_page(fleet, paths, context.cwd, date))
    if options.json:
        print_json(fleet_json(fleet))
    elif options.markdown:
        print_lines(markdown_lines(fleet, context.cwd))
    else:
        print_lines(table_lines(fleet, context.cwd, complete=options.all, width=_width()))
    print_lines((f"warning: passed over {line}" for line in fleet.skipped), sys.stderr)
    return 0


def _width() -> int:
    """Return the columns of the terminal, at least those that a table needs; of a file or a pipe, these."""
    try:
        return max(WIDTH, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):  # `ValueError`: it has no file descriptor
        return WIDTH
