"""What waits for whoever is paid."""

from typing import NamedTuple
from uuid import UUID

from app.core.db import fetch

_REFUNDS = """
SELECT r.convention, p.organiser, count(*) AS payments, (
    SELECT e.id FROM event e WHERE e.convention = r.convention AND (p.organiser IS NULL OR e.organiser = p.organiser)
    ORDER BY e.position LIMIT 1) AS event
FROM payment p JOIN registration r ON r.id = p.registration
WHERE p.state = 'refund_due' AND ($1::uuid[] IS NULL OR p.organiser = ANY($1)) GROUP BY r.convention, p.organiser
"""


class Refunds(NamedTuple):
    """How many payments have to go back, and the page that lists them."""

    payments: int
    address: str


async def refunds(reach: list[UUID] | None) -> Refunds:
    """Return the payments to be refunded by organisers within `reach` (None: everybody's, and the city's)."""
    rows = [row for row in await fetch(_REFUNDS, reach) if row["event"]]
    if not rows:
        return Refunds(0, "/console")
    one = rows[0]
    of = "" if one["organiser"] else "of=city&"
    address = f"/console/events/{one['event']}/payments?{of}state=refund_due" if len(rows) == 1 else "/console"
    return Refunds(sum(row["payments"] for row in rows), address)
