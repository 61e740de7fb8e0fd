"""Who gets a message: each address once, however many tickets go to it."""

import asyncio
import datetime as dt
from typing import NamedTuple
from uuid import UUID

import asyncpg

from app.core.db import fetch, fetch_one
from app.people.persons import address_key, open_details

PAGE = 500
_FIRST = UUID(int=0)

_NEWS = """
SELECT c.id FROM consent c JOIN consent_text x ON x.version = c.text
WHERE c.person = k.person AND x.purpose = 'news' AND c.withdrawn_at IS NULL ORDER BY c.given_at DESC LIMIT 1
"""
_PAGE = f"""
SELECT k.id, p.key, coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN event e ON e.id = $1 JOIN person p ON p.id = k.person
LEFT JOIN person_details d ON d.person = p.id
WHERE k.state = 'valid' AND (t.organiser = e.organiser OR ($2 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = e.id)
  AND ($3 = 'service' OR EXISTS ({_NEWS})) AND k.id > $4
ORDER BY k.id LIMIT {PAGE}
"""


class Whom(NamedTuple):
    """The guests a message is for: those of the event's organiser, and if `city` those with the city's tickets."""

    event: UUID
    city: bool
    kind: str


class Page(NamedTuple):
    """Tickets by the keyed hash of the address they went to, and where the next page begins; None at the end."""

    tickets: dict[bytes, UUID]
    after: UUID | None


async def page(whom: Whom, *, after: UUID | None = None) -> Page:
    """Return a page of the recipients, in the order of their tickets; an address may come again on a later page."""
    rows = await fetch(_PAGE, whom.event, whom.city, whom.kind, after or _FIRST)
    tickets = await asyncio.to_thread(_by_address, rows)
    return Page(tickets, rows[-1]["id"] if len(rows) == PAGE else None)


def _by_address(rows: list[asyncpg.Record]) -> dict[bytes, UUID]:
    found: dict[bytes, UUID] = {}
    for row in rows:
        if row["key"] and row["sealed"]:
            found.setdefault(address_key(open_details(row["key"], row["sealed"]).email), row["id"])
    return found


async def count(whom: Whom) -> int:
    """Return how many addresses a message would go to now."""
    addresses: set[bytes] = set()
    after: UUID | None = None
    while True:
        found = await page(whom, after=after)
        addresses |= found.tickets.keys()
        if found.after is None:
            return len(addresses)
        after = found.after


async def consent_to_news(ticket: UUID) -> UUID | None:
    """Return the consent by which the holder of a ticket gets news, or None when there is none any more."""
    row = await fetch_one(f"SELECT ({_NEWS}) AS id FROM ticket k WHERE k.id = $1", ticket)
    return row["id"] if row else None


class Progress(NamedTuple):
    """How far a message is: mails sent, given up, and in all as far as known."""

    sent: int
    given_up: int
    total: int
    finished: bool


_PROGRESS = """
SELECT count(*) FILTER (WHERE name = 'ticketing.send_message' AND done_at IS NOT NULL) AS sent,
  count(*) FILTER (WHERE given_up_at IS NOT NULL) AS given_up,
  count(*) FILTER (WHERE name = 'ticketing.send_message') AS total,
  count(*) FILTER (WHERE done_at IS NULL AND given_up_at IS NULL) AS open
FROM job WHERE payload ->> 'message' = $1 AND name IN ('ticketing.send_message', 'ticketing.spread_message')
"""
FORGOTTEN = dt.timedelta(days=29)
"""After so long the jobs that were done are no longer kept, and count as done."""


async def progress(*, message: UUID, recipients: int, sent_at: dt.datetime, now: dt.datetime) -> Progress:
    """Return how far a message is that was sent to so many addresses."""
    row = await fetch_one(_PROGRESS, str(message))
    if row is None or sent_at < now - FORGOTTEN:
        return Progress(recipients, 0, recipients, finished=True)
    total = max(row["total"], recipients) if row["open"] else row["total"]
    return Progress(row["sent"], row["given_up"], total, finished=not row["open"])
