"""A drawing for each event, made of its slug."""

import hashlib
from functools import lru_cache

from markupsafe import Markup

CELL = 40
COLUMNS, ROWS = 8, 3
INKS = ("near", "mid", "sun", "gold", "far", "lit")
_SHAPES = (
    "M0 0h40a40 40 0 0 1-40 40z",
    "M40 0v40A40 40 0 0 1 0 0z",
    "M0 40V0a40 40 0 0 1 40 40z",
    "M40 40H0A40 40 0 0 1 40 0z",
    "M0 40V16L20 0l20 16v24z",
    "M20 4a16 16 0 1 1 0 32a16 16 0 1 1 0-32z",
    "M0 20a20 20 0 0 1 40 0z",
    "M0 40h40L20 4z",
    "M0 8h40v8H0zM0 24h40v8H0z",
    "M8 8h8v8H8zM24 8h8v8h-8zM8 24h8v8H8zM24 24h8v8h-8z",
)
"""What stands in a cell of 40 by 40: quarters of a circle, a house, a disc, a bridge, a sail, water, windows."""


@lru_cache(maxsize=512)
def tile(name: str) -> Markup:
    """Return a drawing that is always the same for a name, and another for each name."""
    dice = hashlib.shake_128(name.encode()).digest(2 * COLUMNS * ROWS)
    cells = (
        f'<g transform="translate({n % COLUMNS * CELL} {n // COLUMNS * CELL})">{_cell(*dice[2 * n : 2 * n + 2])}</g>'
        for n in range(COLUMNS * ROWS)
    )
    size = f"{COLUMNS * CELL} {ROWS * CELL}"
    return Markup(  # noqa: S704  # numbers and words of ours
        f'<svg class="tile" viewBox="0 0 {size}" aria-hidden="true" focusable="false">{"".join(cells)}</svg>'
    )


def _cell(shape: int, ink: int) -> str:
    ground, figure = INKS[ink % len(INKS)], INKS[ink // 7 % len(INKS)]
    drawn = f'<path class="paint-{figure}" d="{_SHAPES[shape % len(_SHAPES)]}"/>' if figure != ground else ""
    return (f'<path class="paint-{ground}" d="M0 0h40v40H0z"/>' if ink & 1 else "") + drawn
