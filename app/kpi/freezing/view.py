"""What the office sees of a year: frozen, restated, what came since, how far the audit is."""

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import Struct

from app.attendance.ledger import CHAIN
from app.core import chain
from app.kpi.counting import Figure
from app.kpi.freezing import audits, freeze
from app.kpi.freezing.audits import Worksheet
from app.kpi.freezing.body import differences
from app.kpi.freezing.frozen import Late, Stored, audit_of, late_by_kind, late_entries, stored
from app.kpi.live import counted
from app.kpi.schemas import SampleAudit

MOST_LATE = 200
"""Entries since the freeze that are listed; the counts by kind speak of all."""


class Since(Struct, frozen=True):
    """What the ledger says since a freeze: the figure now, how it differs by line, and the entries that explain it."""

    figure: Figure
    changes: Mapping[str, int]
    by_kind: Mapping[str, int]
    entries: Sequence[Late]


class YearView(Struct, frozen=True, kw_only=True):
    """A fiscal year for the office; `since` and `worksheet` None while it is open."""

    fiscal_year: int
    due: dt.date
    is_due: bool
    now: Figure
    frozen: Stored | None
    restated: Sequence[Stored]
    since: Since | None
    worksheet: Worksheet | None
    audit: SampleAudit | None

    @property
    def published(self) -> Stored | None:
        """What was published last."""
        return self.restated[0] if self.restated else self.frozen

    @property
    def is_stale(self) -> bool:
        """Whether the ledger says something else than what was published last."""
        return self.published is not None and self.published.opened.figure != self.now


async def year_view(*, fiscal_year: int, now: dt.datetime) -> YearView:
    """Return a year for the office."""
    rows = await stored(fiscal_year)
    figure, _head = await counted(fiscal_year)
    first = rows[0] if rows else None
    drawn = await audits.of_year(fiscal_year)
    return YearView(
        fiscal_year=fiscal_year,
        due=freeze.due(fiscal_year),
        is_due=freeze.is_due(fiscal_year, now),
        now=figure,
        frozen=first,
        restated=rows[1:],
        since=await _since(first, figure) if first else None,
        worksheet=await audits.worksheet(drawn.id) if drawn else None,
        audit=await audit_of(fiscal_year),
    )


async def _since(first: Stored, figure: Figure) -> Since:
    upto = (await chain.head(CHAIN)).position
    return Since(
        figure=figure,
        changes=differences(first.opened.figure, figure),
        by_kind=await late_by_kind(first, upto=upto),
        entries=await late_entries(first, upto=upto, limit=MOST_LATE),
    )
