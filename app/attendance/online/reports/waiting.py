"""Stays that nobody is sure of: looked at by the organiser or by an officer, who says whose they are, and why.

An organiser is told of proposals among his own tickets only: whether an address has a ticket of the city's is not his
to find out. Whatever is decided stands; evidence that turns out to be wrong is voided in the ledger.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta, Struct

from app.attendance import ledger
from app.attendance.errors import StayDecided
from app.attendance.ledger import Entry
from app.attendance.online.reports import places, taking
from app.attendance.online.reports.keeping import STAYS
from app.attendance.online.reports.taking import Said
from app.attendance.scanning.as_of import Changed, person_at
from app.attendance.scanning.asked import operator
from app.core import audit
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import Text
from app.core.i18n import gettext as _
from app.core.signing import derived, unseal
from app.core.validation import Line
from app.events import desk
from app.people.roles import Principal
from app.ticketing.documents.papers import grouped
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.tickets import stored, unsigned

Decision = Literal["counted", "dismissed"]
SHOWN = 100

_WAITING = """
SELECT r.id, r.line, r.joined_at, r.left_at, r.sealed, r.reason, p.platform, p.imported_at, s.id AS session, s.title,
       CASE WHEN $2 OR y.organiser = e.organiser THEN t.serial END AS serial,
       CASE WHEN $2 OR y.organiser = e.organiser THEN y.title END AS type_title
FROM reported_stay r JOIN platform_report p ON p.id = r.report JOIN session s ON s.id = p.session
JOIN event e ON e.id = s.event LEFT JOIN ticket t ON t.id = r.ticket LEFT JOIN ticket_type y ON y.id = t.ticket_type
WHERE e.id = $1 AND r.state IN ('review', 'unknown') AND ($3::uuid IS NULL OR r.id = $3)
ORDER BY p.imported_at, r.line, r.id LIMIT $4
"""
_COUNT = """
SELECT count(*) AS n FROM reported_stay r JOIN platform_report p ON p.id = r.report JOIN session s ON s.id = p.session
WHERE s.event = $1 AND r.state IN ('review', 'unknown')
"""
_BY_EVENT = """
SELECT e.id, e.title, count(*) AS n FROM reported_stay r JOIN platform_report p ON p.id = r.report
JOIN session s ON s.id = p.session JOIN event e ON e.id = s.event
WHERE r.state IN ('review', 'unknown') AND ($1::uuid[] IS NULL OR e.organiser = ANY($1))
GROUP BY e.id ORDER BY n DESC, e.id LIMIT 5
"""
_TICKET = """
SELECT t.id, t.person, coalesce((
    SELECT jsonb_agg(jsonb_build_array(h.at, h.action, h.person) ORDER BY h.at) FROM ticket_change h
    WHERE h.ticket = t.id AND h.action = 'transferred'), '[]') AS changes
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN event e ON e.id = $2
WHERE t.serial = $1 AND t.state IN ('valid', 'blocked') AND ($3 OR y.organiser = e.organiser)
  AND EXISTS (SELECT 1 FROM coverage o WHERE o.ticket_type = y.id AND o.event = e.id)
"""
_DECIDE = """
UPDATE reported_stay SET state = $2, ticket = $3, decided_by = $4, reason = $5
WHERE id = $1 AND state IN ('review', 'unknown') RETURNING id
"""


class Waiting(Struct, frozen=True):
    """A stay that waits; `codes` say why, `proposed` is the number of the ticket that it may belong to, or "".

    `said` is empty once its time is over.
    """

    id: UUID
    line: int
    joined: dt.datetime | None
    left: dt.datetime | None
    said: Said
    codes: tuple[str, ...]
    platform: str
    imported_at: dt.datetime
    session: UUID
    title: Text
    proposed: str
    type_title: Text | None


class Decided(Struct, frozen=True):
    """What somebody decides: the ticket's number says whose stay it was, when it counts."""

    decision: Decision
    reason: Annotated[str, Meta(min_length=1, max_length=400)]
    ticket: Line = ""


async def waiting(*, event: UUID, principal: Principal) -> list[Waiting]:
    """Return the stays of an event that wait, the oldest first; raises `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    return [_waiting(row) for row in await fetch(_WAITING, event, sees_the_citys(principal), None, SHOWN)]


async def how_many(*, event: UUID) -> int:
    """Return how many stays of an event wait."""
    row = await fetch_one(_COUNT, event)
    return int(row["n"]) if row else 0


class AtEvent(Struct, frozen=True):
    """How many stays of an event wait."""

    event: UUID
    title: Text
    stays: int


async def by_event(*, principal: Principal) -> list[AtEvent]:
    """Return the events within reach of which stays wait, those with most of them first."""
    rows = await fetch(_BY_EVENT, desk.reach(principal))
    return [AtEvent(row["id"], msgspec.json.decode(row["title"], type=dict[str, str]), row["n"]) for row in rows]


async def one(*, event: UUID, stay: UUID, principal: Principal) -> Waiting:
    """Return a stay that waits, or raise `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    row = await fetch_one(_WAITING, event, sees_the_citys(principal), stay, 1)
    if row is None:
        raise NotFound
    return _waiting(row)


def _waiting(row: asyncpg.Record) -> Waiting:
    serial, title = row["serial"], row["type_title"]
    sealed = row["sealed"]
    return Waiting(
        id=row["id"],
        line=row["line"],
        joined=row["joined_at"],
        left=row["left_at"],
        said=msgspec.msgpack.decode(unseal(derived(STAYS), sealed), type=Said) if sealed else Said("", "", ""),
        codes=tuple(row["reason"].split()),
        platform=row["platform"],
        imported_at=row["imported_at"],
        session=row["session"],
        title=msgspec.json.decode(row["title"], type=dict[str, str]),
        proposed="" if serial is None else grouped(f"{unsigned(serial):016x}"),
        type_title=None if title is None else msgspec.json.decode(title, type=dict[str, str]),
    )


@repeated
async def decide(*, event: UUID, stay: UUID, decided: Decided, principal: Principal, now: dt.datetime) -> None:
    """Decide about a stay, once. Raises `NotFound`, `StayDecided`, `ImportsClosed`, `Invalid` for an unknown ticket."""
    found = await one(event=event, stay=stay, principal=principal)
    counted = decided.decision == "counted"
    held = await _ticket(decided.ticket, found, event, principal) if counted else None
    who = operator(principal.account)
    said = ("evidence" if counted else "dismissed", held[0] if held else None, who, decided.reason)
    if await fetch_one(_DECIDE, stay, *said) is None:
        raise StayDecided
    if held:
        await ledger.append([await _entry(found, held, (who, decided.reason), principal, now)], now=now)
    await audit.record(
        actor=principal.actor,
        action="report.decide",
        subject=f"event:{event}",
        now=now,
        detail={"stay": str(stay), "decision": decided.decision},
    )


async def _ticket(number: str, found: Waiting, event: UUID, principal: Principal) -> tuple[UUID, UUID]:
    """Return the ticket of a number with whoever held it then: the person whom an id of ours names, or its holder."""
    row = await fetch_one(_TICKET, _serial(number), event, sees_the_citys(principal))
    if row is None:
        raise Invalid([FieldError("ticket", "choice", _("No ticket for this event has this number."))])
    assert found.joined is not None  # noqa: S101  # what was not measured does not wait
    changes = msgspec.json.decode(row["changes"], type=list[tuple[dt.datetime, str, UUID]])
    holder = person_at(row["person"], _changed(changes), found.joined)
    known = {row["person"], *(person for _at, _action, person in changes)}
    return row["id"], found.said.person if found.said.person in known and found.said.person else holder


def _changed(changes: Sequence[tuple[dt.datetime, str, UUID]]) -> list[Changed]:
    return [Changed(*one) for one in changes]


def _serial(number: str) -> int | None:
    """Return the number of a ticket as the table keeps it, None for anything else."""
    plain = number.replace("-", "").replace(" ", "").lower()
    is_one = len(plain) == 16 and all(sign in "0123456789abcdef" for sign in plain)
    return stored(int(plain, 16)) if is_one else None


async def _entry(
    found: Waiting, held: tuple[UUID, UUID], reviewed: tuple[str, str], principal: Principal, now: dt.datetime
) -> Entry:
    ground = await places.ground_of(found.session, principal)
    places.refuse_late(ground, principal=principal, reason=reviewed[1], now=now)
    snapshots = await taking.snapshots_of([held])
    return taking.evidence(
        ground,
        snapshots[held],
        stay=found.id,
        times=(found.joined, found.left),
        reviewed=reviewed,
        by_hand=True,
    )
