"""A fleet as an HTML page: one file that needs nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from thinvenv.fleet.html_tables import distribution_table, environment_table, html_text
from thinvenv.fleet.summary import short_path
from thinvenv.fleet.treemap import Cell, layout
from thinvenv.report import human_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from thinvenv.fleet.treemap import Rectangle
    from thinvenv.fleet.values import Fleet, FleetEnvironment, Repetition, Sizes

_FOLDER = Path(__file__).parent / "page"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The page loads nothing, whatever a name in it may contain."""
_SHARES = (("share0", "once"), ("share1", "up to a third repeated"), ("share2", "up to two thirds"), ("share3", "more"))
"""The classes of cells, by the share of them that is repeated, and what the key says of each."""
_WORDS: dict[str, Callable[[int], str]] = {"bytes": human_size, "files": "{:,} files".format}
"""What turns the sizes of a map into words."""


def html_page(fleet: Fleet, paths: Iterable[str], cwd: str, date: str) -> str:
    """Return a page about a fleet.

    Args:
        fleet: The fleet.
        paths: The directories that were searched.
        cwd: The directory that paths are relative to, if they lie below.
        date: When the fleet was measured, as people read it.

    """
    style, script, page = (
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("style.css", "script.js", "page.html")
    )
    return Template(page).substitute(
        policy=_POLICY,
        style=style,
        script=script,
        place=html_text(", ".join(paths)),
        date=html_text(date),
        figures=_figures(fleet),
        bars=_bars(fleet),
        maps=_maps(fleet, cwd),
        environments=environment_table(fleet.environments, cwd),
        distributions=distribution_table(fleet.repetitions),
        skipped=_list("Passed over", fleet.skipped),
    )


def _figures(fleet: Fleet) -> str:
    """Return the sums as a list of terms."""
    environments, sizes = fleet.environments, fleet.sizes
    cached = sum(environment.cached_bytes for environment in environments)
    saved = sum(environment.saved_bytes for environment in environments)
    distributions = sum(len(environment.distributions) for environment in environments)
    stored = f"{human_size(fleet.stored_bytes)} in stores" if fleet.stored_bytes else ""
    figures = [
        ("Environments", str(len(environments)), f"{distributions:,} distributions"),
        ("On disk", human_size(sizes.disk_bytes), f"{human_size(cached)} shared with a cache" if cached else ""),
        ("Files", f"{sizes.files:,}", f"{sizes.files + sizes.folders:,} inodes with directories"),
        ("Saved by thinvenv", human_size(saved), stored),
    ]
    items = (
        f"<div><dt>{term}</dt><dd>{value}</dd>{f'<dd>{remark}</dd>' if remark else ''}</div>"
        for term, value, remark in figures
    )
    return f'<dl class="figures">{"".join(items)}</dl>'


def _bars(fleet: Fleet) -> str:
    """Return what the fleet takes, would take without thinvenv, and would take with more of it."""
    disk, today = fleet.sizes.disk_bytes, fleet.sizes.disk_bytes + fleet.stored_bytes
    saved = sum(environment.saved_bytes for environment in fleet.environments)
    base = sum(environment.base_bytes for environment in fleet.environments)
    store = sum(environment.store_bytes for environment in fleet.environments)
    bars = [("Without thinvenv", disk + saved, "")] if saved else []
    bars.append(("Now", today, "now"))
    bars += [("Over the bases that are there", today - base, "")] if base else []
    bars += [("Linked from a store", today - store, "")] if store else []
    bars += [("Over the best bases", today - fleet.bases_bytes, "")] if fleet.bases_bytes else []
    longest = max((size for _, size, _ in bars), default=0) or 1
    items = (
        f'<li class="{kind}"><span>{name}</span>'
        f'<span class="track" aria-hidden="true"><span style="width:{100 * size / longest:.2f}%"></span></span>'
        f'<span class="value">{human_size(size)}</span></li>'
        for name, size, kind in bars
    )
    return f'<ul class="bars">{"".join(items)}</ul>'


def _maps(fleet: Fleet, cwd: str) -> str:
    """Return four treemaps, of which one is shown, and what chooses it."""
    maps = []
    for size, name in (("bytes", "size on disk"), ("files", "files")):
        words = _WORDS[size]
        by_distribution = [_distribution_cell(repetition, size) for repetition in fleet.repetitions]
        by_environment = [_environment_cell(environment, size, cwd) for environment in fleet.environments]
        distributions = layout(by_distribution, "{} other distributions", words)
        environments = layout(by_environment, "{} other environments", words)
        maps += [
            _map(f"distribution-{size}", f"Distributions by {name}", distributions),
            _map(f"environment-{size}", f"Environments by {name}", environments),
        ]
    choices = _choice("by", "By", ("distribution", "environment")) + _choice("size", "Area", ("bytes", "files"))
    key = "".join(f'<span class="{name}">{text}</span>' for name, text in _SHARES)
    hint = "Move over a rectangle, or choose one with the arrow keys."
    return (
        f'<div class="choices">{choices}</div>{"".join(maps)}<p class="details" aria-hidden="true">{hint}</p>'
        f'<p class="key">{key}</p>'
    )


def _choice(name: str, title: str, values: tuple[str, str]) -> str:
    radios = (
        f'<label><input type="radio" name="{name}" id="{name}-{value}"{" checked" if value == values[0] else ""}> '
        f"{value}</label>"
        for value in values
    )
    return f"<fieldset><legend>{title}</legend>{''.join(radios)}</fieldset>"


def _map(kind: str, title: str, cells: Iterable[tuple[Cell, Rectangle]]) -> str:
    items = []
    for cell, place in cells:
        style = f"left:{place.left:.3f}%;top:{place.top:.3f}%;width:{place.width:.3f}%;height:{place.height:.3f}%"
        items.append(
            f'<li class="{_share_class(cell.share)}" style="{style}" aria-label="{html_text(cell.text)}">'
            f'<span class="cell"><b>{html_text(os.sep.join(cell.name.split(os.sep)[-2:]))}</b>{cell.label}</span></li>'
        )
    return f'<ul class="map {kind}" aria-label="{title}">{"".join(items)}</ul>'


def _share_class(share: float) -> str:
    """Return the class of a cell of which a share is repeated. A hundredth counts as none."""
    return _SHARES[0][0] if share < 0.01 else _SHARES[1 + (share > 1 / 3) + (share > 2 / 3)][0]  # noqa: PLR2004 - percent


def _distribution_cell(repetition: Repetition, size: str) -> Cell:
    copies, versions = repetition.copy_count, repetition.version_count
    repeated = human_size(repetition.repeated_bytes)
    remark = f"{copies} copies of {versions} versions, {repeated} repeated"
    return _cell(repetition.name, size, repetition.sizes, remark, repetition.repeated_bytes)


def _environment_cell(environment: FleetEnvironment, size: str, cwd: str) -> Cell:
    name = short_path(environment.description.path, cwd)
    remark = f"{human_size(environment.store_bytes)} repeated from other environments"
    return _cell(name, size, environment.sizes, remark, environment.store_bytes)


def _cell(name: str, size: str, sizes: Sizes, remark: str, repeated: int) -> Cell:
    number = sizes.disk_bytes if size == "bytes" else sizes.files
    text = f"{name}: {human_size(sizes.disk_bytes)}, {sizes.files:,} files, {remark}"
    return Cell(name, number, _WORDS[size](number), text, repeated / sizes.disk_bytes if sizes.disk_bytes else 0)


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{html_text(line)}</li>" for line in lines)
    return f"<h2>{title}</h2>\n<ul>{items}</ul>\n" if items else ""
