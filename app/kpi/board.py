"""The board of KPI 2 as the page draws it: bars, shares and the plan beside the figure. Pure."""

import datetime as dt
from collections.abc import Sequence

from babel.numbers import format_decimal, format_percent
from msgspec import Struct

from app.core.i18n import language, locale
from app.kpi.figures import NUMBER, Report
from app.kpi.fiscal import fiscal_year_of
from app.kpi.plan import Plan, Reference, kpi_of, load_plan, reference
from app.kpi.publication import PublicRow
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


class Board(Struct, frozen=True, kw_only=True):
    """Everything the page shows; `reference` is the plan's last level, for years after the plan."""

    figure: KpiFigure
    with_exhibitors: int
    conflicts: int
    rules: Rules
    years: Sequence[int]
    bars: Sequence[Bar]
    rows: Sequence[tuple[str, PublicRow]]
    reference: Reference | None
    plan: Plan
    plan_years: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has been counted and nobody would be."""
        return not self.figure.people and not self.figure.unknown_residence


def board(found: Report, *, years: Sequence[int]) -> Board:
    """Arrange a figure for the page, with names in the reader's language."""
    figure, plan = found.figure, load_plan()
    return Board(
        figure=figure,
        with_exhibitors=found.with_exhibitors,
        conflicts=found.conflicts,
        rules=RULE_SETS[figure.rule],
        years=years,
        bars=bars(figure.by_country),
        rows=[(_name(row), row) for row in figure.by_country],
        reference=reference(kpi_of(plan, NUMBER), fiscal_year=figure.fiscal_year),
        plan=plan,
        plan_years=sorted({year for kpi in plan.kpi for year in kpi.increments}),
    )


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


def number(value: int) -> str:
    """Write a number in the reader's way."""
    return str(format_decimal(value, locale=locale(language())))


def share(part: int, whole: int) -> str:
    """Write a share in per cent with one decimal, cut rather than rounded: 99.96 % is not a target reached."""
    tenths = 1000 * part // whole if whole else 0
    return str(format_percent(tenths / 1000, format="#,##0.0%", locale=locale(language())))
