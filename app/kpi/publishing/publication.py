"""All that is published of KPI 2, gathered once: the page, the open data and the council's paper show this and no more.

A frozen year is published as it was frozen, with the restated value beside it; an open year as it stands.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from app.core.errors import NotFound
from app.kpi.figures import NUMBER, report
from app.kpi.fiscal import fiscal_year_of
from app.kpi.plan import Plan, Reference, Targets, kpi_of, load_plan, reference
from app.kpi.publishing.folding import PublicRow
from app.kpi.publishing.public import public
from app.kpi.rules import RULE_SETS, Rules
from app.kpi.schemas import PublicFigure, Released, Restated, SampleAudit

TOTALS = (
    "people", "on_site", "online", "both", "core_only", "visits", "participations", "registrations",
    "unknown_residence",
)  # fmt: skip
"""Numbers that speak of no single country, in the order in which they are shown."""


class Year(Struct, frozen=True, kw_only=True):
    """What is published of a fiscal year. `state` frozen | open; the names are those of `schemas.KpiFigure`.

    `people_now` is what the ledger says at present; it differs from `people` when a frozen year was corrected since.
    """

    fiscal_year: int
    state: Literal["frozen", "open"]
    rule: str
    people: int
    on_site: int
    online: int
    both: int
    core_only: int
    visits: int
    participations: int
    registrations: int
    unknown_residence: int
    sensitivity: dict[str, int]
    by_country: tuple[PublicRow, ...]
    by_country_of: Released | None
    targets: Targets | None
    reference: Reference | None
    ledger_head: str
    digest: str | None
    frozen_at: dt.datetime | None
    restated: Restated | None
    audit: SampleAudit | None

    @property
    def rules(self) -> Rules:
        """The rule set that counted it."""
        return RULE_SETS[self.rule]

    @property
    def too_many(self) -> tuple[int, int, int] | None:
        """By how many people the number is too high by the audited sample: estimate, least, most (95 %)."""
        found = self.audit
        if found is None:
            return None
        return round(found.share * self.people), round(found.low * self.people), round(found.high * self.people)

    @property
    def is_empty(self) -> bool:
        """Whether the ledger knows nobody in this year."""
        return not self.people and not self.unknown_residence

    @property
    def is_table_complete(self) -> bool:
        """Whether the rows of the table add up to the number: not while people were counted since its release."""
        return sum(row.people for row in self.by_country) == self.people


class Publication(Struct, frozen=True, kw_only=True):
    """A year, and all from the plan's first to the present one, in order."""

    year: Year
    years: Sequence[Year]
    plan: Plan

    @property
    def counted(self) -> list[Year]:
        """The years of which the ledger knows something: an empty one before it began is no year without guests."""
        return [year for year in self.years if not year.is_empty or year.fiscal_year == self.years[-1].fiscal_year]


async def publication(*, fiscal_year: int | None, now: dt.datetime) -> Publication:
    """Return what is published of a year (none: the present one). Raises `NotFound` outside the plan and the future."""
    present, plan = fiscal_year_of(now), load_plan()
    first = min(int(year) for year in kpi_of(plan, NUMBER).increments)
    wanted = fiscal_year or present
    if not first <= wanted <= present:
        raise NotFound
    known = [await year_of(year, now=now) for year in range(first, present + 1)]
    return Publication(
        year=known[wanted - first],
        years=known,
        plan=plan,
    )


async def year_of(fiscal_year: int, *, now: dt.datetime) -> Year:
    """Return what is published of a year."""
    return published(await public((await report(fiscal_year=fiscal_year, now=now)).figure))


def published(found: PublicFigure) -> Year:
    """Take the frozen numbers of a frozen year, else those as they stand. Pure."""
    frozen, holds = found.frozen, found.frozen or found
    return Year(
        fiscal_year=found.fiscal_year,
        state="frozen" if frozen else "open",
        rule=holds.rule,
        people=holds.people,
        on_site=holds.on_site,
        online=holds.online,
        both=holds.both,
        core_only=holds.core_only,
        visits=holds.visits,
        participations=holds.participations,
        registrations=holds.registrations,
        unknown_residence=holds.unknown_residence,
        sensitivity=holds.sensitivity,
        by_country=found.by_country,
        by_country_of=found.by_country_of,
        targets=found.targets,
        reference=reference(kpi_of(load_plan(), NUMBER), fiscal_year=found.fiscal_year),
        ledger_head=holds.ledger_head,
        digest=frozen.digest if frozen else None,
        frozen_at=frozen.frozen_at if frozen else None,
        restated=frozen.restated if frozen else None,
        audit=frozen.audit if frozen else None,
    )
