"""The layout of a treemap: rectangles whose areas are proportional to sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import squarify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDTH, HEIGHT = 160.0, 80.0
"""The sides of a map, in any unit."""
MOST_CELLS = 120
"""The rectangles of a map. More would be too small to see, and squarify recurses for each row of them."""

_LEAST_SHARE = 1e-5
"""The share of a map that a cell has at least: nobody sees less, and it would be lost in the rounding of squarify."""


class Cell(NamedTuple):
    """A rectangle of a treemap.

    Attributes:
        name: What it stands for.
        size: Its size.
        label: Its size in words.
        text: All that is said of it.
        share: The share of its size that is repeated, from 0 to 1.

    """

    name: str
    size: int
    label: str
    text: str
    share: float = 0.0


class Rectangle(NamedTuple):
    """The place of a cell, in percent of the map."""

    left: float
    top: float
    width: float
    height: float


def layout(cells: Iterable[Cell], rest: str, words: Callable[[int], str]) -> list[tuple[Cell, Rectangle]]:
    """Return cells with their places, the largest first. Cells without a size, or with next to none, have no place.

    Args:
        cells: The cells. Those that are too many are put together into one.
        rest: The name of that one, with a place for their number.
        words: Returns a size in words.

    """
    largest = sorted((cell for cell in cells if cell.size > 0), key=lambda cell: -cell.size)
    least = sum(cell.size for cell in largest) * _LEAST_SHARE
    shown = [cell for cell in largest[:MOST_CELLS] if cell.size >= least]
    others = largest[len(shown) :]
    size = sum(cell.size for cell in others)
    if size >= least and others:
        share = sum(cell.share * cell.size for cell in others) / size
        name = rest.format(len(others))
        shown.append(Cell(name, size, words(size), f"{name}: {words(size)}", share))
        shown.sort(key=lambda cell: -cell.size)
    if not shown:
        return []
    sizes = squarify.normalize_sizes([cell.size for cell in shown], WIDTH, HEIGHT)
    rectangles = squarify.squarify(sizes, 0, 0, WIDTH, HEIGHT)
    return [(cell, _in_percent(rectangle)) for cell, rectangle in zip(shown, rectangles, strict=True)]


def _in_percent(rectangle: dict[str, float]) -> Rectangle:
    return Rectangle(
        100 * rectangle["x"] / WIDTH,
        100 * rectangle["y"] / HEIGHT,
        100 * rectangle["dx"] / WIDTH,
        100 * rectangle["dy"] / HEIGHT,
    )
