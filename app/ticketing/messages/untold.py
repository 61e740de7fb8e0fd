"""Canceled events whose guests nobody has written to since: nobody is told by itself, for only people know what to say.

Whoever can write to guests is asked to: organisers to holders of their own tickets, the city's officers to those of the
city's.
"""

import datetime as dt
from uuid import UUID

from app.core.db import fetch
from app.events import desk
from app.people.roles import Principal
from app.ticketing.guests.listed import sees_the_citys

_UNTOLD = """
SELECT e.id FROM event e JOIN convention c ON c.id = e.convention
WHERE ($1::uuid[] IS NULL OR e.organiser = ANY($1)) AND e.canceled_at IS NOT NULL
  AND e.last_day >= ($2 AT TIME ZONE c.zone)::date
  AND EXISTS (SELECT FROM coverage g JOIN ticket_type t ON t.id = g.ticket_type JOIN ticket k ON k.ticket_type = t.id
    WHERE g.event = e.id AND k.state = 'valid'
      AND CASE WHEN $3 THEN t.organiser IS NULL ELSE t.organiser = e.organiser END)
  AND NOT EXISTS (SELECT FROM message m JOIN account a ON a.id = m.account
    WHERE m.event = e.id AND m.kind = 'service' AND m.sent_at >= e.canceled_at
      AND (NOT $3 OR a.role IN ('officer', 'admin')))
ORDER BY e.first_day, e.position
"""


async def untold(principal: Principal, now: dt.datetime) -> list[UUID]:
    """Return the canceled events whose guests wait for a word of this principal."""
    rows = await fetch(_UNTOLD, desk.reach(principal), now, sees_the_citys(principal))
    return [row["id"] for row in rows]
