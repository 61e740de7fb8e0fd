"""What officers enter into the plan's table, each with its evidence: actuals of KPI 1 and 3, targets of later years.

The plan's own text stays as it is (`plan.toml`), and nobody types KPI 2. What was entered is never changed; the latest
value of a kind holds, the earlier ones stay to be seen.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from app.core import audit
from app.core.db import fetch, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import Paragraph
from app.kpi.plan import Kpi, Plan, Targets, kpi_of, load_plan, targets
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR

COUNTED = 2
"""The indicator that is counted and never entered."""
Kind = Literal["actual", "level", "increment"]

_ADD = """
INSERT INTO entered_value (id, kind, number, fiscal_year, value, evidence, operator, entered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ALL = """
SELECT kind, number, fiscal_year, value, evidence, operator, entered_at FROM entered_value
ORDER BY entered_at DESC, id DESC
"""
_LATEST = """
SELECT DISTINCT ON (fiscal_year, kind) fiscal_year, kind, value FROM entered_value
WHERE number = $1 AND kind <> 'actual' ORDER BY fiscal_year, kind, entered_at DESC, id DESC
"""


class NewValue(Struct, frozen=True, forbid_unknown_fields=True):
    """A value as an officer enters it; `evidence` says where it stands: a document, its date, a page."""

    kind: Kind
    number: Annotated[int, msgspec.Meta(ge=1, le=99)]
    fiscal_year: Annotated[int, msgspec.Meta(ge=FIRST_YEAR, le=LAST_YEAR)]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=15, pattern=r"^[0-9]{1,11}(?:\.[0-9]{1,2})?$(?!\n)")]
    evidence: Annotated[Paragraph, msgspec.Meta(min_length=1)]


class Entered(Struct, frozen=True):
    """A value that was entered, by whom and when."""

    kind: Kind
    number: int
    fiscal_year: int
    value: Decimal
    evidence: str
    operator: str
    entered_at: dt.datetime


class Cell(Struct, frozen=True):
    """One indicator in one fiscal year. The plan's own increment, else what was entered; None where nobody said."""

    increment: Decimal | None = None
    level: Decimal | None = None
    actual: Decimal | None = None
    is_plan: bool = False
    evidence: tuple[Entered, ...] = ()


class Row(Struct, frozen=True):
    """An indicator with its cells by fiscal year."""

    kpi: Kpi
    cells: Mapping[int, Cell]


async def enter(*, wish: NewValue, operator: str, now: dt.datetime) -> None:
    """Write down a value. Raises `Invalid` for what is counted, and for what the plan itself says."""
    errors = refusals(wish, load_plan())
    if errors:
        raise Invalid(errors)
    number, year = wish.number, wish.fiscal_year
    async with transaction():
        await fetch(_ADD, uuid4(), wish.kind, number, year, Decimal(wish.value), wish.evidence, operator, now)
        detail = {"kind": wish.kind, "value": wish.value, "fiscal_year": year}
        await audit.record(actor=operator, action="kpi.enter", subject=f"kpi:{number}", now=now, detail=detail)


def refusals(wish: NewValue, plan: Plan) -> list[FieldError]:
    """Say why a value must not be entered: an empty list when it may."""
    known = {kpi.number: kpi for kpi in plan.kpi}
    if wish.number not in known:
        return [FieldError("number", "choice", _("The plan has no such indicator."))]
    if wish.kind == "actual":
        counted = [FieldError("number", "counted", _("KPI 2 is counted from the ledger. Nobody enters it."))]
        return counted if wish.number == COUNTED else []
    last = max(int(year) for year in known[wish.number].increments)
    if wish.fiscal_year <= last:
        said = _("Targets up to fiscal year %(year)s are the plan's own. Enter later years only.", year=last)
        return [FieldError("fiscal_year", "plan", said)]
    if wish.number == COUNTED and Decimal(wish.value) != int(Decimal(wish.value)):
        return [FieldError("value", "number", _("KPI 2 is in whole people."))]
    return []


async def all_entered() -> list[Entered]:
    """Return everything that was ever entered, the latest first."""
    return [Entered(**row) for row in await fetch(_ALL)]


async def table() -> list[Row]:
    """Return the plan's table with what was entered; KPI 2 has no actual here, its figure is counted."""
    return rows(load_plan(), await all_entered())


def rows(plan: Plan, entered: Sequence[Entered]) -> list[Row]:
    """Put the plan and what was entered (the latest first) together. Pure."""
    years = sorted({int(y) for kpi in plan.kpi for y in kpi.increments} | {one.fiscal_year for one in entered})
    return [Row(kpi, {year: _cell(kpi, year, entered) for year in years}) for kpi in plan.kpi]


def _cell(kpi: Kpi, year: int, entered: Iterable[Entered]) -> Cell:
    own = tuple(one for one in entered if (one.number, one.fiscal_year) == (kpi.number, year))
    latest: dict[str, Decimal] = {}
    for one in own:
        latest.setdefault(one.kind, one.value)
    planned = targets(kpi, fiscal_year=year)
    increment = Decimal(planned.increment) if planned else latest.get("increment")
    level = Decimal(planned.level) if planned else latest.get("level")
    return Cell(increment, level, latest.get("actual"), planned is not None, own)


async def targets_of(fiscal_year: int) -> Targets | None:
    """Return both readings of KPI 2's target: the plan's, else those entered for a later year, else None."""
    kpi = kpi_of(load_plan(), COUNTED)
    planned = targets(kpi, fiscal_year=fiscal_year)
    if planned is not None or fiscal_year < min(int(year) for year in kpi.increments):
        return planned
    found = {(row["fiscal_year"], row["kind"]): int(row["value"]) for row in await fetch(_LATEST, COUNTED)}
    return later_targets(kpi, found, fiscal_year=fiscal_year)


def later_targets(kpi: Kpi, entered: Mapping[tuple[int, str], int], *, fiscal_year: int) -> Targets | None:
    """Return both readings for a year after the plan; the reading that was not entered follows from the other. Pure.

    A level is the last level before it and the year's increment; years between without a target add nothing.
    """
    level, found = kpi.sum, None
    for year in sorted({year for year, _kind in entered if year <= fiscal_year}):
        before = level
        level = entered.get((year, "level"), before + entered.get((year, "increment"), 0))
        found = Targets(level=level, increment=entered.get((year, "increment"), level - before))
    return found if (fiscal_year, "level") in entered or (fiscal_year, "increment") in entered else None
