"""What waits on the start page: a year to be frozen, a sample to be looked at, a figure that the ledger has left."""

import datetime as dt

from app.core.db import fetch
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.kpi.fiscal import bounds, fiscal_year_of
from app.kpi.freezing import freeze
from app.people.roles import Principal
from app.people.waiting import Todo, waits

_CITY = frozenset({"officer", "admin"})
_TO_FREEZE = """
SELECT NOT EXISTS (SELECT FROM frozen_figure WHERE fiscal_year = $3 AND kind = 'frozen')
   AND EXISTS (SELECT FROM ledger_entry WHERE scheduled_at >= $1 AND scheduled_at < $2) AS waits
"""
_OPEN = """
SELECT a.id, count(*) AS records FROM sampling_audit a JOIN audit_item i ON i.audit = a.id
WHERE a.closed_at IS NULL AND i.finding IS NULL GROUP BY a.id ORDER BY a.id
"""


@waits
async def years_to_freeze(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Remind of the year that ended last, from a month before 30 June on; freezing is done by hand."""
    year = fiscal_year_of(now) - 1
    if principal.role not in _CITY or not freeze.is_near(year, now):
        return []
    [row] = await fetch(_TO_FREEZE, *bounds(year), year)
    words = _("Fiscal year %(year)s is to be frozen on 30 June, for the council in July.", year=year)
    kind = "error" if freeze.is_due(year, now) else "warning"
    return [Todo(int(row["waits"]), words, f"/office/kpi/years/{year}", _("Look at the year"), kind)]


@waits
async def records_to_audit(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many records of open samples nobody has looked at."""
    if principal.role not in _CITY:
        return []
    return [
        Todo(
            row["records"],
            ngettext(
                "%(n)s record of the KPI's audit is open.", "%(n)s records of the KPI's audit are open.", row["records"]
            ),
            f"/office/kpi/audits/{row['id']}",
            _("Look at the records"),
        )
        for row in await fetch(_OPEN)
    ]
