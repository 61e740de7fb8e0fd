"""The waiting list: what becomes of an offer, and who waits for what."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.i18n import Text
from app.core.i18n import gettext as _
from app.events import desk
from app.people.roles import Principal
from app.ticketing.life.admission import admit
from app.ticketing.life.by import SYSTEM, By
from app.ticketing.life.cancel import end
from app.ticketing.life.offering import serve
from app.ticketing.life.party import Held, Party, lock
from app.ticketing.mails.promises import promise
from app.ticketing.states import NotNow

__all__ = ["accept", "decline", "entries_of", "lapse", "place_of", "serve"]


@repeated
async def accept(*, registration: UUID, by: By, now: dt.datetime, payment: str = "") -> None:
    """Take the places that were offered; again does no harm. `payment` is the way to pay, where something is.

    Raises `NotFound`, and `NotNow` when nothing is offered, or the time for it is over.
    """
    party = await lock(registration)
    offered = _offered(party)
    if not offered and party.status in {"pending", "confirmed"}:
        return
    if not offered or _over(party, now):
        raise NotNow(_("These places are not kept for you any more."))
    await admit(party, offered, action="accepted", by=by, payment=payment, now=now)


@repeated
async def decline(*, registration: UUID, by: By, now: dt.datetime) -> None:
    """Leave the places that were offered to others; again does no harm. Raises `NotFound`, `NotNow`."""
    party = await lock(registration)
    offered = _offered(party)
    if not offered and party.status == "canceled":
        return
    if not offered:
        raise NotNow
    await end(party, offered, action="declined", by=by, now=now)


@repeated
async def lapse(*, registration: UUID, now: dt.datetime) -> None:
    """End an offer whose time is over, and tell whoever got it; one that was answered, or has time left, stays."""
    party = await lock(registration)
    offered = _offered(party)
    if offered and _over(party, now):
        party = await end(party, offered, action="lapsed", by=SYSTEM, now=now)
        await promise("offer_lapsed", registration=party.id, now=now)


def _offered(party: Party) -> list[Held]:
    return [ticket for ticket in party.tickets if ticket.state == "offered"]


def _over(party: Party, now: dt.datetime) -> bool:
    return party.expires_at is not None and party.expires_at <= now


class InQueue(msgspec.Struct, frozen=True):
    """A ticket of somebody who waits, or has an offer; the title of its type."""

    id: UUID
    type_title: Text


class QueueEntry(msgspec.Struct, frozen=True):
    """A registration that waits for places of an event, or has got an offer until `expires_at`.

    `place` counts from 1 among those who wait for these ticket types, 0 for an offer; `size` is the whole party.
    """

    registration: UUID
    place: int
    size: int
    status: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    tickets: list[InQueue]


_ENTRIES = """
SELECT r.id, r.status, r.created_at, r.expires_at,
    (SELECT count(*) FROM ticket o WHERE o.registration = r.id AND o.state <> 'canceled') AS size,
    jsonb_agg(jsonb_build_object('id', t.id, 'type_title', y.title) ORDER BY t.position) AS tickets
FROM registration r JOIN ticket t ON t.registration = r.id AND t.state IN ('waiting', 'offered')
JOIN ticket_type y ON y.id = t.ticket_type
WHERE r.status IN ('waiting', 'offered') AND (y.organiser = $2 OR ($3 AND y.organiser IS NULL))
    AND EXISTS (SELECT FROM coverage g WHERE g.ticket_type = y.id AND g.event = $1)
GROUP BY r.id ORDER BY r.status = 'waiting', r.created_at, r.id
"""


async def entries_of(*, event: UUID, principal: Principal) -> list[QueueEntry]:
    """Return who has an offer of an event's own tickets, and then who waits for one, in the order of the queue.

    Officers see those of the city's tickets as well. Raises `NotFound`.
    """
    at = await desk.own_event(principal=principal, event=event)
    rows = await fetch(_ENTRIES, event, at.event.organiser, desk.is_city(principal))
    waiting = [row["id"] for row in rows if row["status"] == "waiting"]
    return [
        QueueEntry(
            registration=row["id"],
            place=waiting.index(row["id"]) + 1 if row["status"] == "waiting" else 0,
            size=row["size"],
            status=row["status"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            tickets=msgspec.json.decode(row["tickets"], type=list[InQueue]),
        )
        for row in rows
    ]


class Place(msgspec.Struct, frozen=True):
    """Where somebody stands in the queue: `number` from 1, and what has no place left."""

    number: int
    full: Sequence[Text]


_PLACE = """
WITH mine AS (
    SELECT r.id, r.convention, r.created_at, array_agg(DISTINCT q) AS places FROM registration r
    JOIN ticket t ON t.registration = r.id AND t.state = 'waiting', unnest(t.places) AS q
    WHERE r.id = $1 AND r.status = 'waiting' GROUP BY r.id
)
SELECT (SELECT count(*) FROM registration o
     WHERE o.convention = m.convention AND o.status = 'waiting' AND (o.created_at, o.id) <= (m.created_at, m.id)
        AND EXISTS (SELECT FROM ticket t
            WHERE t.registration = o.id AND t.state = 'waiting' AND t.places && m.places)) AS number,
    (SELECT coalesce(jsonb_agg(coalesce(s.title, q.name) ORDER BY q.slug), '[]')
     FROM quota q LEFT JOIN session s ON s.id = q.session
     WHERE q.id = ANY(m.places) AND q.capacity - q.taken < (SELECT count(*) FROM ticket t
        WHERE t.registration = m.id AND t.state = 'waiting' AND q.id = ANY(t.places))) AS full_ones
FROM mine m
"""


async def place_of(registration: UUID) -> Place | None:
    """Return where a registration stands among those who wait for anything it waits for; None if it does not wait."""
    row = await fetch_one(_PLACE, registration)
    return Place(row["number"], msgspec.json.decode(row["full_ones"], type=list[Text])) if row else None
