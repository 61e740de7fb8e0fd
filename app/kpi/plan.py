"""The plan's KPI table: data in `plan.toml`, both readings of its targets, and no target where the plan names none."""

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

Text = dict[str, str]
"""One text per language."""


class About(Struct, frozen=True, forbid_unknown_fields=True):
    """The plan itself: its period includes both days."""

    name: Text
    begins: date = msgspec.field(name="from")
    ends: date = msgspec.field(name="to")
    source: Text
    verified: Text


class Kpi(Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator: `before` is the level before the plan, `increments` what each fiscal year (a string) is to add."""

    number: int
    name: Text
    unit: Text
    before: int
    increments: dict[str, int]
    sum: int
    note: Text


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    plan: About
    kpi: tuple[Kpi, ...]


class Targets(Struct, frozen=True):
    """Both readings of one year's target.

    Attributes:
        level: the increments read as steps of a level: `before` and all increments up to the year.
        increment: the increment read as the year's own number.
    """

    level: int
    increment: int


class Reference(Struct, frozen=True):
    """The plan's last level, beside years for which no target exists. To be shown as that, never as a target."""

    fiscal_year: int
    level: int


def parse_plan(text: str) -> Plan:
    """Read the table. `ValueError` when a field is missing or unknown, or when increments and sum disagree."""
    plan = msgspec.toml.decode(text, type=Plan)
    for kpi in plan.kpi:
        if kpi.before + sum(kpi.increments.values()) != kpi.sum:
            raise ValueError(f"KPI {kpi.number}: the increments do not add up to {kpi.sum}")
    return plan


@cache
def load_plan() -> Plan:
    """The table that comes with the program."""
    return parse_plan((Path(__file__).parent / "plan.toml").read_text(encoding="utf-8"))


def kpi_of(plan: Plan, number: int) -> Kpi:
    """The indicator with this number. `LookupError` when the plan has none."""
    for kpi in plan.kpi:
        if kpi.number == number:
            return kpi
    raise LookupError(f"the plan has no KPI {number}")


def targets(kpi: Kpi, *, fiscal_year: int) -> Targets | None:
    """Targets of a year, or None: the plan names none before its first and after its last year."""
    increment = kpi.increments.get(str(fiscal_year))
    if increment is None:
        return None
    level = kpi.before + sum(value for year, value in kpi.increments.items() if int(year) <= fiscal_year)
    return Targets(level=level, increment=increment)


def reference(kpi: Kpi, *, fiscal_year: int) -> Reference | None:
    """What a year after the plan is shown against; None within the plan and before it."""
    last = max(int(year) for year in kpi.increments)
    return Reference(fiscal_year=last, level=kpi.sum) if fiscal_year > last else None
