"""Who waits: for approval, or for places."""

import asyncio
import datetime as dt
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch
from app.core.i18n import Text
from app.events import desk
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing.guests import listed, replies
from app.ticketing.guests.listed import Guest, Wanted, sees_the_citys
from app.ticketing.guests.one import Reply, in_words

MOST = 200
"""How many a page shows; the others follow when these are decided."""


class Candidate(msgspec.Struct, frozen=True):
    """Somebody who asks to come, with what was answered."""

    guest: Guest
    answers: list[Reply]


class Candidates(NamedTuple):
    """The first of those who ask to come, and how many there are."""

    first: list[Candidate]
    total: int


async def to_approve(*, event: UUID, principal: Principal, now: dt.datetime) -> Candidates:
    """Return who asks to come, the oldest first, and write down that it was read; raises `NotFound`."""
    everybody = await listed.all_of(event=event, principal=principal, wanted=Wanted(state="unapproved"))
    shown = everybody[::-1][:MOST]
    asked = await replies.questions(event=event, principal=principal)
    given = await replies.of_tickets(asked, [g.ticket for g in shown])
    await _note(event, len(shown), principal, now)
    return Candidates(
        [Candidate(g, in_words(asked, given.get(g.ticket, {}))) for g in shown],
        len(everybody),
    )


async def _note(event: UUID, seen: int, principal: Principal, now: dt.datetime) -> None:
    if seen:
        await audit.record(
            actor=principal.actor, action="guests.read", subject=f"event:{event}", now=now, detail={"guests": seen}
        )


_WAITING = """
SELECT r.id, r.status, r.created_at, r.expires_at, min(k.position) AS position,
  (array_agg(k.id ORDER BY k.position))[1] AS ticket, count(*) AS party,
  jsonb_agg(DISTINCT t.title) AS titles, (array_agg(p.key ORDER BY k.position))[1] AS key,
  (array_agg(coalesce(k.sealed, d.sealed) ORDER BY k.position))[1] AS sealed
FROM registration r JOIN ticket k ON k.registration = r.id JOIN ticket_type t ON t.id = k.ticket_type
JOIN person p ON p.id = k.person LEFT JOIN person_details d ON d.person = p.id
WHERE r.convention = $5 AND r.status IN ('waiting', 'offered') AND k.state IN ('waiting', 'offered')
  AND (t.organiser = $2 OR ($3 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
GROUP BY r.id ORDER BY r.created_at, r.id LIMIT $4
"""


class Waiting(msgspec.Struct, frozen=True):
    """A party that waits for places, or was offered some until `expires_at`; `ticket` is its first."""

    registration: UUID
    ticket: UUID
    name: str
    party: int
    titles: list[Text]
    status: str
    created_at: dt.datetime
    expires_at: dt.datetime | None


async def waiting(*, event: UUID, principal: Principal, now: dt.datetime) -> list[Waiting]:
    """Return the parties that wait, in their order, and write down that it was read; raises `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    rows = await fetch(_WAITING, event, at.event.organiser, sees_the_citys(principal), MOST, at.convention.id)
    await _note(event, len(rows), principal, now)
    return await asyncio.to_thread(lambda: [_waiting(row) for row in rows])


def _waiting(row: asyncpg.Record) -> Waiting:
    return Waiting(
        registration=row["id"],
        ticket=row["ticket"],
        name=open_details(row["key"], row["sealed"]).name if row["key"] and row["sealed"] else "",
        party=row["party"],
        titles=msgspec.json.decode(row["titles"]),
        status=row["status"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
