"""Tickets that lapsed and were paid after all: all of them have their places again, or none of them."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from uuid import UUID

from app.core.db import fetch, transaction
from app.ticketing.life import places

_LAPSED = """
SELECT t.id, ARRAY(SELECT q.id FROM quota q WHERE q.id = ANY(t.places)) AS places, t.voucher
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
JOIN convention c ON c.id = y.convention JOIN person p ON p.id = t.person
WHERE t.id = ANY($1::uuid[]) AND t.state = 'canceled' AND p.erased_at IS NULL
  AND c.last_day >= ($2::timestamptz AT TIME ZONE c.zone)::date
"""
_RESERVE = """
INSERT INTO reservation (id, ticket, session)
SELECT gen_random_uuid(), t.id, q.session FROM ticket t JOIN quota q ON q.id = ANY(t.places) AND q.session IS NOT NULL
WHERE t.id = ANY($1::uuid[]) ON CONFLICT (ticket, session) DO NOTHING
"""
_USE = """
UPDATE voucher v SET used = v.used + w.uses FROM unnest($1::uuid[], $2::int[]) AS w (id, uses)
WHERE v.id = w.id AND v.used + w.uses <= v.uses RETURNING v.id
"""


_KEEP = """
UPDATE ticket t SET places = ARRAY(SELECT q.id FROM quota q WHERE q.id = ANY(t.places)) WHERE t.id = ANY($1::uuid[])
"""
"""A quota that was removed meanwhile is nothing to take a place of."""


class _NotAll(Exception):
    """Something that the tickets need is gone."""


async def take_places(tickets: Collection[UUID], *, now: dt.datetime) -> bool:
    """Take the places of canceled tickets again, and return whether that could be done; their state is the caller's.

    Whoever waits was offered the places when they fell free, so nobody is passed over: what is left is for all. The
    caller holds the locks of the registration and its tickets.
    """
    try:
        async with transaction():
            await _take(list(tickets), now)
    except _NotAll:
        return False
    return True


async def _take(tickets: list[UUID], now: dt.datetime) -> None:
    rows = await fetch(_LAPSED, tickets, now)
    if len(rows) != len(tickets):
        raise _NotAll
    wanted = places.counted([row["places"] for row in rows])
    if wanted and await places.take(wanted):
        raise _NotAll
    used = Counter(row["voucher"] for row in rows if row["voucher"])
    if len(await fetch(_USE, list(used), list(used.values()))) != len(used):
        raise _NotAll
    await fetch(_KEEP, tickets)
    await fetch(_RESERVE, tickets)
