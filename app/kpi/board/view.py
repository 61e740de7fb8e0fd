"""The board of KPI 2 as the page draws it: bars, shares and the plan beside the figure. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from babel.numbers import format_decimal, format_percent
from msgspec import Struct

from app.core.i18n import day, language, locale, text, text_language
from app.kpi.board.alarms import Checked
from app.kpi.board.cells import Row
from app.kpi.board.forecast import Forecast, against
from app.kpi.board.live import Board
from app.kpi.board.people import People
from app.kpi.board.words import Told, assumption, told
from app.kpi.board.words import against as words_against
from app.kpi.figures import NUMBER
from app.kpi.fiscal import fiscal_year_of
from app.kpi.freezing import entered
from app.kpi.plan import Kpi, Reference, kpi_of, load_plan, reference
from app.kpi.publishing.folding import PublicRow
from app.kpi.rules import RULE_SETS, Rules
from app.kpi.schemas import KpiFigure
from app.people.residence import country_name

MOST_BARS = 12
"""Rows of the chart; the table has every country."""


class Bar(Struct, frozen=True):
    """A row of the chart. `width` in per cent of the longest; `countries` are how many a last row of the rest holds."""

    name: str
    people: int
    width: float
    countries: int = 0


class Line(Struct, frozen=True):
    """A row of a table by day, event or venue; `key` opens the people behind it."""

    key: str
    name: str
    language: str
    row: Row


class Target(Struct, frozen=True):
    """What the year is held against; a `kind` of reference is no target. `against` says how the forecast lies to it."""

    kind: Literal["level", "increment", "reference"]
    people: int
    fiscal_year: int
    against: str


class Range(Struct, frozen=True):
    """A forecast in numbers and words, and as a drawing in per cent of its width: `people`, `low`, `high`, `marks`."""

    low: int
    high: int
    assumption: Sequence[str]
    people_at: float
    low_at: float
    high_at: float
    marks: Sequence[float]


class Other(Struct, frozen=True):
    """An indicator that is entered, in the fiscal year shown; None where nobody has entered anything.

    `reference` is the plan's last level, for years without a target of their own.
    """

    kpi: Kpi
    actual: Decimal | None
    level: Decimal | None
    increment: Decimal | None
    reference: Reference | None
    evidence: str


class Shown(Struct, frozen=True, kw_only=True):
    """Everything the live parts of the page say."""

    figure: KpiFigure
    with_exhibitors: int
    conflicts: int
    rules: Rules
    bars: Sequence[Bar]
    countries: Sequence[tuple[str, PublicRow]]
    days: Sequence[Line]
    events: Sequence[Line]
    venues: Sequence[Line]
    percent_done: int
    targets: Sequence[Target]
    forecast: Range | None
    alarms: Sequence[Told]
    checked: Checked | None
    others: Sequence[Other]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has been counted and nobody would be."""
        return not self.figure.people and not self.figure.unknown_residence

    @property
    def is_ready(self) -> bool:
        """Whether the tables by day, event and venue are counted."""
        return self.percent_done == 100


def shown(found: Board) -> Shown:
    """Arrange a board for the page, with names in the reader's language."""
    figure = found.report.figure
    goals = _targets(figure, found.forecast)
    return Shown(
        figure=figure,
        with_exhibitors=found.report.with_exhibitors,
        conflicts=found.report.conflicts,
        rules=RULE_SETS[figure.rule],
        bars=bars(figure.by_country),
        countries=[(_name(row), row) for row in figure.by_country],
        days=[Line(row.key, day(dt.date.fromisoformat(row.key)), language(), row) for row in found.days],
        events=_lines(found.events, found.names.event),
        venues=_lines(found.venues, found.names.venue),
        percent_done=int(100 * found.done),
        targets=goals,
        forecast=_range(found.forecast, figure.people, goals) if found.forecast else None,
        alarms=[told(alarm) for alarm in found.alarms],
        checked=found.checked,
        others=[_other(row, figure.fiscal_year) for row in found.beside if row.kpi.number != NUMBER],
    )


def _lines(rows: Sequence[Row], names: Mapping[str, Mapping[str, str]]) -> list[Line]:
    """Name the rows, the largest first; one without a name was deleted, or names no place."""
    lines = []
    for row in rows:
        name = dict(names.get(row.key, {}))
        lines.append(Line(row.key, text(name), text_language(name), row))
    return sorted(lines, key=lambda line: (-line.row.people, line.name, line.key))


def _targets(figure: KpiFigure, found: Forecast | None) -> list[Target]:
    def target(kind: Literal["level", "increment", "reference"], people: int, year: int) -> Target:
        return Target(kind, people, year, words_against(against(found, people)) if found else "")

    if figure.targets:
        year = figure.fiscal_year
        return [target("level", figure.targets.level, year), target("increment", figure.targets.increment, year)]
    last = reference(kpi_of(load_plan(), NUMBER), fiscal_year=figure.fiscal_year)
    return [target("reference", last.level, last.fiscal_year)] if last else []


def _range(found: Forecast, people: int, goals: Sequence[Target]) -> Range:
    longest = max([found.high, *(goal.people for goal in goals)])
    return Range(
        low=found.low,
        high=found.high,
        assumption=assumption(found),
        people_at=_width(people, longest),
        low_at=_width(found.low, longest),
        high_at=_width(found.high, longest),
        marks=[_width(goal.people, longest) for goal in goals],
    )


def _other(row: entered.Row, fiscal_year: int) -> Other:
    cell = row.cells.get(fiscal_year, entered.Cell())
    last = reference(row.kpi, fiscal_year=fiscal_year)
    latest = next((one.evidence for one in cell.evidence if one.kind == "actual"), "")
    return Other(row.kpi, cell.actual, cell.level, cell.increment, last, latest)


def years(*, now: dt.datetime, shown: int) -> list[int]:
    """Return the fiscal years of the switch: from the plan's first to the present one, and the one shown."""
    first = min(int(year) for year in kpi_of(load_plan(), NUMBER).increments)
    return sorted({*range(first, fiscal_year_of(now) + 1), shown})


def bars(rows: Sequence[PublicRow]) -> list[Bar]:
    """Return the rows of the chart, largest first; what does not fit becomes one last row."""
    shown, rest = (rows, ()) if len(rows) <= MOST_BARS else (rows[: MOST_BARS - 1], rows[MOST_BARS - 1 :])
    others = sum(row.people for row in rest)
    longest = max([*(row.people for row in shown), others], default=0)
    found = [Bar(_name(row), row.people, _width(row.people, longest)) for row in shown]
    return [*found, Bar("", others, _width(others, longest), len(rest))] if rest else found


def _width(people: int, longest: int) -> float:
    return round(100 * people / longest, 1) if longest else 0


def _name(row: PublicRow) -> str:
    return country_name(row.country or row.region)


def number(value: int | Decimal) -> str:
    """Write a number in the reader's way."""
    return str(format_decimal(value, locale=locale(language())))


def share(part: int, whole: int) -> str:
    """Write a share in per cent with one decimal, cut rather than rounded: 99.96 % is not a target reached."""
    tenths = 1000 * part // whole if whole else 0
    return str(format_percent(tenths / 1000, format="#,##0.0%", locale=locale(language())))


def cell_name(found: People) -> str:
    """Name the cell of a list of people; empty for everybody, and for what has no name any more."""
    by, key = found.cell
    if by == "country":
        return country_name(key)
    if by == "day":
        return day(dt.date.fromisoformat(key))
    return text({"event": found.names.event, "venue": found.names.venue}.get(by, {}).get(key, {}))
