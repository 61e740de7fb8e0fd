"""Drawings of the page and of the council's paper, in numbers: bars by country, columns by fiscal year. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from app.kpi.publishing.folding import PublicRow
from app.kpi.publishing.publication import Year

WIDTH, LEFT, RIGHT = 640, 64, 632
TOP, FLOOR = 40, 240
BAR = 72
"""Of the column chart: its width, the ends of its axis, its highest and lowest line, the widest column."""


class Column(Struct, frozen=True):
    """A fiscal year: its column, or None for a year that was not counted, and its targets as heights on the page."""

    fiscal_year: int
    middle: float
    left: float
    width: float
    top: float
    people: int | None
    level: float | None
    increment: float | None


class Columns(Struct, frozen=True):
    """The whole drawing: `ticks` are (people, height)."""

    columns: Sequence[Column]
    ticks: Sequence[tuple[int, float]]


class Bar(Struct, frozen=True):
    """A row of the table by country; `width` in per cent of the longest."""

    row: PublicRow
    width: float


def bars(rows: Sequence[PublicRow]) -> list[Bar]:
    """Return a bar for every row."""
    longest = max((row.people for row in rows), default=1)
    return [Bar(row, round(100 * row.people / longest, 1)) for row in rows]


def columns(years: Sequence[Year]) -> Columns:
    """Return a column for each fiscal year, with both readings of its target."""
    goals = [people for year in years if year.targets for people in (year.targets.level, year.targets.increment)]
    most = _round_up(max([1, *goals, *(year.people for year in years)]))
    step = (RIGHT - LEFT) / max(len(years), 1)
    drawn = [_column(year, middle=LEFT + step * (n + 0.5), most=most) for n, year in enumerate(years)]
    return Columns(drawn, [(most * part // 2, _height(most * part // 2, most)) for part in (0, 1, 2)])


def _column(year: Year, *, middle: float, most: int) -> Column:
    return Column(
        fiscal_year=year.fiscal_year,
        middle=round(middle, 1),
        left=round(middle - BAR / 2, 1),
        width=BAR,
        top=_height(year.people, most),
        people=None if year.is_empty else year.people,
        level=_height(year.targets.level, most) if year.targets else None,
        increment=_height(year.targets.increment, most) if year.targets else None,
    )


def _height(people: int, most: int) -> float:
    return round(FLOOR - (FLOOR - TOP) * people / most, 1)


def _round_up(people: int) -> int:
    """Return the next even number of one significant digit: 23,418 -> 40,000; so half of it is round as well."""
    unit = int(10 ** (len(str(people)) - 1))
    found = -(-people // unit)
    return max(2, (found + found % 2) * unit)
