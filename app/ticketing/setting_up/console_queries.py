"""What the console of tickets reads. Rows outside the scope of whoever asks are as good as not there."""

import datetime as dt
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.i18n import Text
from app.events import desk
from app.events.owned import Held
from app.people.roles import Principal
from app.ticketing.setting_up.edits import Coverable, OwnQuota, OwnType

T = TypeVar("T", bound=msgspec.Struct)

_TYPES = """
SELECT t.id, t.organiser, t.slug, t.number, t.position, t.role, t.mode, t.entry_rule, t.entry_times, t.reentry,
  t.days, t.price, t.tax_percent,
  t.admission, t.sale_from, t.sale_until, t.changes_until, t.public, t.title, t.description, t.revision,
  (SELECT coalesce(jsonb_agg(g.event), '[]') FROM coverage g WHERE g.ticket_type = t.id) AS events,
  (SELECT coalesce(jsonb_agg(u.quota), '[]') FROM quota_use u WHERE u.ticket_type = t.id) AS quotas,
  (SELECT count(*) FROM ticket k WHERE k.ticket_type = t.id AND k.state <> 'canceled') AS tickets,
  (SELECT count(*) FROM ticket k WHERE k.ticket_type = t.id AND k.state IN ('unpaid', 'valid', 'blocked')) AS given
FROM ticket_type t
"""
_OF_EVENT = """
WHERE EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
ORDER BY t.organiser IS NULL, t.position, t.slug
"""
_QUOTAS = """
SELECT q.id, q.organiser, q.session, s.event, q.slug, coalesce(s.title, q.name) AS name, q.capacity, q.taken,
  q.revision, (SELECT count(*) FROM quota_use u WHERE u.quota = q.id) AS used, q.within, q.day, q.venue,
  (SELECT coalesce(sum((h.places ->> q.id::text)::int), 0) FROM hold h
    WHERE h.convention = q.convention AND h.places ? q.id::text) AS held,
  (SELECT count(*) FROM registration r JOIN ticket k ON k.registration = r.id WHERE r.convention = q.convention
    AND r.status = 'waiting' AND k.state = 'waiting' AND q.id = ANY(k.places)) AS waiting
FROM quota q LEFT JOIN session s ON s.id = q.session
"""
_QUOTAS_OF_EVENT = """
WHERE (q.convention = $1 AND q.organiser = $2 AND q.session IS NULL) OR s.event = $3
  OR (q.session IS NULL AND q.organiser IS NULL AND ($4 OR EXISTS (SELECT 1 FROM quota_use u
    JOIN coverage g ON g.ticket_type = u.ticket_type WHERE u.quota = q.id AND g.event = $3)))
ORDER BY q.session IS NOT NULL, q.organiser IS NULL, s.starts_at, q.slug
"""
_COVERABLE = """
SELECT e.id, e.organiser, e.title, e.first_day, e.last_day FROM event e
WHERE e.convention = $1 AND ($2::uuid IS NULL OR e.organiser = $2) ORDER BY e.position, e.slug
"""


def may_change(principal: Principal, organiser: UUID | None) -> bool:
    """Whether a principal answers for what belongs to `organiser`; None is the city."""
    reached = desk.reach(principal)
    return reached is None or organiser in reached


def _read(row: asyncpg.Record, kind: type[T], **more: Any) -> T:
    """Make a Struct of a row; what JSONB columns hold is decoded."""
    texts = {name: msgspec.json.decode(value) for name, value in row.items() if name in _JSON and value is not None}
    return msgspec.convert({**dict(row), **texts, **more}, kind)


_JSON = frozenset({"title", "description", "name", "days", "events", "quotas"})


async def types_of_event(event: UUID, principal: Principal) -> list[OwnType]:
    """Return the ticket types that open an event: its organiser's in their order, then the city's."""
    rows = await fetch(_TYPES + _OF_EVENT, event)
    return [_read(row, OwnType, mine=may_change(principal, row["organiser"])) for row in rows]


async def own_type(ticket_type: UUID, principal: Principal) -> OwnType:
    """Return a ticket type that the principal may change, or raise `NotFound`."""
    row = await fetch_one(_TYPES + "WHERE t.id = $1", ticket_type)
    if row is None or not may_change(principal, row["organiser"]):
        raise NotFound
    return _read(row, OwnType, mine=True)


async def quotas_of_event(at: Held, principal: Principal) -> list[OwnQuota]:
    """Return the organiser's quotas, those of its sessions, and the city's: all for whoever may change them.

    For others only those that tickets of this event draw on.
    """
    reach = (at.convention.id, at.event.organiser, at.event.id, may_change(principal, None))
    rows = await fetch(_QUOTAS + _QUOTAS_OF_EVENT, *reach)
    return [_read(row, OwnQuota, mine=_is_own_quota(row, principal)) for row in rows]


def _is_own_quota(row: asyncpg.Record, principal: Principal) -> bool:
    return row["session"] is None and may_change(principal, row["organiser"])


async def own_quota(quota: UUID, principal: Principal) -> OwnQuota:
    """Return a quota that the principal may change, or raise `NotFound`; a session's is changed with the session."""
    row = await fetch_one(_QUOTAS + "WHERE q.id = $1", quota)
    if row is None or not _is_own_quota(row, principal):
        raise NotFound
    return _read(row, OwnQuota, mine=True)


async def coverable(convention: UUID, organiser: UUID | None) -> list[Coverable]:
    """Return the events of a convention that a ticket type may open: one organiser's, or with None all."""
    return [_read(row, Coverable) for row in await fetch(_COVERABLE, convention, organiser)]


async def quotas_to_draw_on(convention: UUID, organiser: UUID | None) -> list[OwnQuota]:
    """Return the quotas that ticket types of an organiser, or with None the city's, may draw on."""
    rows = await fetch(
        _QUOTAS + "WHERE q.convention = $1 AND q.organiser IS NOT DISTINCT FROM $2 AND q.session IS NULL"
        " ORDER BY q.slug",
        convention,
        organiser,
    )
    return [_read(row, OwnQuota, mine=True) for row in rows]


async def quotas_around(convention: UUID, organiser: UUID | None, principal: Principal) -> list[OwnQuota]:
    """Return the quotas that those of an organiser, or with None the city's, may lie within.

    These are its own; for whoever may change the city's, those too. A session's may hold no others.
    """
    holders = {organiser, None} if may_change(principal, None) else {organiser}
    return [q for holder in holders for q in await quotas_to_draw_on(convention, holder)]


async def types_of_holder(convention: UUID, organiser: UUID) -> list[UUID]:
    """Return the ids of an organiser's ticket types."""
    rows = await fetch("SELECT id FROM ticket_type WHERE convention = $1 AND organiser = $2", convention, organiser)
    return [row["id"] for row in rows]


class AskedType(msgspec.Struct, frozen=True):
    """A ticket type with which something can be asked."""

    id: UUID
    title: Text


async def types_asked(convention: UUID, event: UUID | None) -> list[AskedType]:
    """Return the ticket types that open an event, or with None all of the convention, in their order."""
    rows = await fetch(
        "SELECT t.id, t.title FROM ticket_type t WHERE t.convention = $1 AND ($2::uuid IS NULL OR EXISTS"
        " (SELECT FROM coverage g WHERE g.ticket_type = t.id AND g.event = $2))"
        " ORDER BY t.organiser IS NULL, t.position, t.slug",
        convention,
        event,
    )
    return [_read(row, AskedType) for row in rows]


async def can_be_paid(convention: UUID, organiser: UUID | None) -> bool:
    """Return whether people can pay this organiser, or with None the city."""
    row = await fetch_one(
        "SELECT 1 FROM payment_method WHERE convention = $1 AND organiser IS NOT DISTINCT FROM $2 AND enabled LIMIT 1",
        convention,
        organiser,
    )
    return row is not None


def span(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days from the first to the last."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


_EXPECTED = """
SELECT t.id, d.day::date AS day, count(*) AS tickets
FROM ticket_type t JOIN coverage g ON g.ticket_type = t.id JOIN event e ON e.id = g.event
CROSS JOIN LATERAL generate_series(e.first_day, e.last_day, interval '1 day') AS d (day)
JOIN ticket k ON k.ticket_type = t.id AND k.state = 'valid'
WHERE e.id = $1 AND (t.days = '[]' OR t.days ? to_char(d.day, 'YYYY-MM-DD')) GROUP BY t.id, d.day
"""


async def expected(event: UUID) -> dict[tuple[UUID, dt.date], int]:
    """Return how many valid tickets of each type open an event on each of its days."""
    return {(row["id"], row["day"]): row["tickets"] for row in await fetch(_EXPECTED, event)}


class EventNeeds(msgspec.Struct, frozen=True):
    """What a coming event lacks.

    `silent` counts its online sessions without a stream, `asking` the guests who are to be approved.
    """

    id: UUID
    published: bool
    lacks_types: bool
    lacks_sessions: bool
    lacks_gates: bool
    nearly_full: bool
    silent: int
    asking: int


_NEEDS = """
SELECT e.id, e.published_at IS NOT NULL AS published,
  NOT EXISTS (SELECT 1 FROM coverage g JOIN ticket_type t ON t.id = g.ticket_type WHERE g.event = e.id AND t.public)
    AS lacks_types,
  NOT EXISTS (SELECT 1 FROM session s WHERE s.event = e.id) AS lacks_sessions,
  e.mode <> 'online' AND NOT EXISTS (SELECT 1 FROM gate g WHERE g.event = e.id) AS lacks_gates,
  EXISTS (SELECT 1 FROM quota q LEFT JOIN session s ON s.id = q.session WHERE q.taken * 100 >= q.capacity * $3::int
    AND q.capacity > 0 AND (s.event = e.id OR (q.organiser = e.organiser AND EXISTS (SELECT 1 FROM quota_use u
      JOIN coverage g ON g.ticket_type = u.ticket_type WHERE u.quota = q.id AND g.event = e.id)))) AS nearly_full,
  (SELECT count(*) FROM session s WHERE s.event = e.id AND s.mode <> 'on_site' AND s.stream_url = ''
    AND s.canceled_at IS NULL AND s.ends_at > $2) AS silent,
  (SELECT count(*) FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN coverage g ON g.ticket_type = t.id
    WHERE g.event = e.id AND t.organiser = e.organiser AND k.state = 'unapproved') AS asking
FROM event e JOIN convention c ON c.id = e.convention
WHERE ($1::uuid[] IS NULL OR e.organiser = ANY($1)) AND e.canceled_at IS NULL
  AND e.last_day >= ($2 AT TIME ZONE c.zone)::date ORDER BY e.first_day, e.position
"""


async def needs(reach: list[UUID] | None, now: dt.datetime, *, nearly: int) -> list[EventNeeds]:
    """Return what the coming events within `reach` lack; `nearly` is from how many percent on places run out."""
    return [_read(row, EventNeeds) for row in await fetch(_NEEDS, reach, now, nearly)]
