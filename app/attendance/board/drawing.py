"""The drawing of entries per minute: one path, so that a message stays small. Pure."""

from collections.abc import Sequence

from msgspec import Struct

WIDTH, HEIGHT, GAP = 10, 100, 2


class Columns(Struct, frozen=True):
    """Columns side by side, as the `d` of an SVG path in a box of `width` by 100; `most` is the tallest's number."""

    path: str
    width: int
    most: int
    latest: int
    total: int


def columns(numbers: Sequence[int]) -> Columns:
    """Return a column for each number, of a height relative to the largest; nothing is drawn for 0."""
    most = max(numbers, default=0)
    drawn = [
        f"M{place * WIDTH} {HEIGHT}v-{height}h{WIDTH - GAP}v{height}z"
        for place, value in enumerate(numbers)
        if value > 0
        for height in [max(1, round(HEIGHT * value / most))]
    ]
    latest = numbers[-1] if numbers else 0
    return Columns("".join(drawn), WIDTH * len(numbers), max(0, most), latest, sum(numbers))
