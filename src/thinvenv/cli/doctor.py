"""The command doctor: prints what a bug report needs."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from thinvenv._api import diagnosis
from thinvenv.cli.commands import context_of, print_json, print_lines
from thinvenv.cli.paths import prefix_of

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping


def doctor(options: Namespace) -> int:
    """Run ``thinvenv doctor`` and return the exit status."""
    context = context_of(options)
    document = diagnosis.document(lambda: prefix_of(options.env, context), context)
    if options.json:
        print_json(document)
    else:
        print_lines(_lines(document))
    return 0


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a report as indented lines."""
    width = shutil.get_terminal_size().columns if os.isatty(1) else sys.maxsize
    for title, content in document.items():
        if title == "schema":
            continue
        yield f"{title}:" if not isinstance(content, str) else f"{title}: {content}"
        if isinstance(content, dict):
            yield from (line[:width] for name, value in content.items() for line in _value_lines(name, value))
        elif isinstance(content, list):
            yield from (f"  {entry['name']}: {_text(entry['value'])} [{entry['origin']}]" for entry in content)


def _value_lines(name: str, value: Any) -> Iterator[str]:
    if name == "layers":
        yield "  layers:"
        yield from (f"    {layer['path']} [{layer['kind']}] {layer['distributions']}" for layer in value)
    else:
        first, *others = _text(value).split("\n")
        yield from (f"  {name}: {first}", *(f"  {line}" for line in others))


def _text(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, (list, tuple)) else value
    return "-" if text in {None, ""} else str(text)
