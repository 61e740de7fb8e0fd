"""Online presence: measured time in a session, by the server's clock alone.

A page that plays a session sends a beat every `BEAT` and a farewell when it closes. Beats of one page (`visit`) no
further apart than `GRACE` make one interval. What the rules leave open is decided so:

* Time is measured while the session runs, and cut to its scheduled start and end; whoever comes earlier waits.
* A page that falls silent was there until `GRACE` after its last beat.
* Every page is measured for itself; two tabs give two intervals, and counting takes their union.
* A farewell is final: what a page sent before it and arrives after it opens nothing again. Whoever comes back begins a
  new visit.

Beats themselves are in `online.beats`.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.attendance import ledger
from app.attendance.errors import NoAdmission, SessionCanceled, SessionOver
from app.attendance.schemas import PresenceState, decode_texts
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.signing import capability, open_capability

BEAT = dt.timedelta(seconds=30)
GRACE = dt.timedelta(seconds=45)
MOST_AT_ONCE = 500

# A session is known here by what a ticket opens on line; both beat and page ask this one question about what is
# `asked`: ticket, session, holder. A ticket that was passed on opens it to its present holder alone.
OPENED = """
    SELECT q.*, s.starts_at, s.ends_at, s.title, s.stream_url, s.event AS event_id, c.zone, e.title AS event,
           s.canceled_at IS NOT NULL OR e.canceled_at IS NOT NULL AS canceled,
           t.state = 'valid' AND y.mode IN ('online', 'hybrid') AND s.mode IN ('online', 'hybrid')
           AND (y.days = '[]' OR y.days ? to_char(s.starts_at AT TIME ZONE c.zone, 'YYYY-MM-DD'))
           AND EXISTS (SELECT 1 FROM coverage o WHERE o.ticket_type = y.id AND o.event = s.event)
           AND q.holder IS NOT DISTINCT FROM CASE WHEN EXISTS (
               SELECT 1 FROM ticket_change h WHERE h.ticket = t.id AND h.action = 'transferred') THEN t.person END
           AS opened
    FROM {asked} q JOIN ticket t ON t.id = q.ticket JOIN ticket_type y ON y.id = t.ticket_type
         JOIN session s ON s.id = q.session JOIN event e ON e.id = s.event JOIN convention c ON c.id = e.convention
"""
ROOM = OPENED.format(asked="(SELECT $1::uuid AS ticket, $2::uuid AS session, $3::uuid AS holder)")

# The end is the last sign of life, or the grace after it, or the end of the session, whatever came first.
_CLOSE = """
WITH closed AS (
    UPDATE presence_interval p
    SET ended_at = greatest(p.started_at, least($1::timestamptz, p.beat_at + $2::interval, s.ends_at))
    FROM session s WHERE s.id = p.session AND p.ended_at IS NULL AND {which}
    RETURNING p.id, p.ticket, p.session, p.started_at, p.ended_at, s.event, s.starts_at, s.ends_at
)
SELECT c.id, c.ticket, c.session, c.started_at, c.ended_at, c.event, c.starts_at AS scheduled_at,
       extract(epoch FROM c.ends_at - c.starts_at)::int / 60 AS scheduled_minutes, e.kpi_scope, t.person, t.residence,
       y.role
FROM closed c JOIN ticket t ON t.id = c.ticket JOIN ticket_type y ON y.id = t.ticket_type JOIN event e ON e.id = c.event
ORDER BY c.ended_at, c.id
"""
CLOSE_VISIT = _CLOSE.format(which="p.visit = $3 AND p.ticket = $4 AND p.session = $5")
CLOSE_LOST = _CLOSE.format(
    which=f"""p.id IN (
        SELECT id FROM presence_interval WHERE ended_at IS NULL AND beat_at < $1::timestamptz - $2::interval
        ORDER BY beat_at LIMIT {MOST_AT_ONCE} FOR UPDATE SKIP LOCKED)"""
)
CLOSE_SILENT = _CLOSE.format(
    which="""p.id IN (
        SELECT id FROM presence_interval WHERE ended_at IS NULL AND visit = ANY($3::uuid[])
            AND beat_at < $1::timestamptz - $2::interval
        ORDER BY ticket, session, visit FOR UPDATE)"""
)


class Room(Struct, frozen=True):
    """A session as a ticket follows it on line; `holder` of a ticket that was passed on."""

    ticket: UUID
    session: UUID
    holder: UUID | None
    event_id: UUID
    title: dict[str, str]
    event: dict[str, str]
    starts_at: dt.datetime
    ends_at: dt.datetime
    zone: str
    stream_url: str

    def state(self, now: dt.datetime) -> PresenceState:
        """Whether time is being measured at this moment."""
        return "waiting" if now < self.starts_at else "recording"

    @property
    def _names(self) -> tuple[UUID, ...]:
        return (self.ticket, self.session, *([self.holder] if self.holder else []))

    @property
    def join(self) -> str:
        """The token of the personal link to the door; beats name it too."""
        return capability("join", *self._names)

    @property
    def inside(self) -> str:
        """The token of the room itself: told only in answer to a POST, so no mail scanner has it."""
        return capability("room", *self._names)


def ids(token: str, purpose: str = "join") -> tuple[UUID, UUID, UUID | None]:
    """Return the ticket, the session and, of a ticket that was passed on, the holder that a link names.

    Raises `NotFound` for a token that is not ours for this purpose.
    """
    found = open_capability(purpose, token, 2) or open_capability(purpose, token, 3)
    if found is None:
        raise NotFound
    return found[0], found[1], found[2] if len(found) > 2 else None


async def door(token: str) -> Room:
    """Return what a join link leads to; nothing is counted. Raises `NotFound`, `NoAdmission`, `SessionCanceled`."""
    return await _room(*ids(token))


async def room(token: str) -> Room:
    """Return the room that somebody has entered by `Room.inside`; raises as `door` does."""
    return await _room(*ids(token, "room"))


async def _room(ticket: UUID, session: UUID, holder: UUID | None) -> Room:
    row = await fetch_one(ROOM, ticket, session, holder)
    if row is None:
        raise NotFound
    refuse(row)
    return Room(
        ticket=row["ticket"],
        session=row["session"],
        holder=row["holder"],
        event_id=row["event_id"],
        title=decode_texts(row["title"]),
        event=decode_texts(row["event"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        stream_url=row["stream_url"],
    )


def refuse(row: asyncpg.Record) -> None:
    """Raise `NoAdmission` or `SessionCanceled` for a row of `OPENED` that opens nothing."""
    if not row["opened"]:
        raise NoAdmission
    if row["canceled"]:
        raise SessionCanceled(_("It does not take place. The other sessions are in the programme."))


async def enter(*, token: str, now: dt.datetime) -> Room:
    """Return the room behind a join link, or raise as `door` does, or `SessionOver`."""
    found = await door(token)
    if now >= found.ends_at:
        raise SessionOver
    return found


async def leave(*, token: str, visit: UUID, now: dt.datetime) -> None:
    """Close what is open of a visit and write its evidence; a second farewell finds nothing to close."""
    ticket, session, _holder = ids(token)
    async with transaction():
        rows = await fetch(CLOSE_VISIT, now, GRACE, visit, ticket, session)
        await ledger.append([_entry(row) for row in rows], now=now)


async def close_lost(*, now: dt.datetime) -> int:
    """Close every interval that has been silent for longer than `GRACE`; return how many. Run it every minute."""
    closed = 0
    while True:
        async with transaction():
            rows = await fetch(CLOSE_LOST, now, GRACE)
            await ledger.append([_entry(row) for row in rows], now=now)
        closed += len(rows)
        if len(rows) < MOST_AT_ONCE:
            return closed


async def close_silent(*, visits: Sequence[UUID], now: dt.datetime) -> None:
    """Close what was silent for longer than `GRACE` of pages that speak again, so that they can be measured anew."""
    async with transaction():
        rows = await fetch(CLOSE_SILENT, now, GRACE, list(visits))
        await ledger.append([_entry(row) for row in rows], now=now)


def _entry(row: asyncpg.Record) -> ledger.Entry:
    return ledger.Entry(
        source=f"presence:{row['id']}",
        kind="presence",
        evidence_class="C",
        person=row["person"],
        role=row["role"],
        ticket=row["ticket"],
        event=row["event"],
        session=row["session"],
        scope=row["kpi_scope"],
        mode="online",
        scheduled_at=row["scheduled_at"],
        scheduled_minutes=row["scheduled_minutes"],
        starts_at=row["started_at"],
        ends_at=row["ended_at"],
        residence=row["residence"],
    )
