"""Reads for the review of doubles and for corrections."""

import base64
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from app.attendance.identity.kin import undone
from app.attendance.identity.schemas import DoubleOut, Doubles, EntryOut, Registered, Side, State
from app.attendance.identity.words import DOUBTS
from app.attendance.schemas import decode_texts
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.signing import unseal, unwrap
from app.people.schemas import Details

MOST_ENTRIES = 200
"""Entries of somebody that are shown, the newest; who has more is counted."""

_WHERE: dict[State, str] = {
    "open": "d.decision IS NULL",
    "decided": "d.decision IS NOT NULL AND NOT d.automatic",
    "automatic": "d.automatic AND d.decision IS NOT NULL",
}
_DOUBLES = """
SELECT d.* FROM double d WHERE {} AND ($1::timestamptz IS NULL OR (d.found_at, d.id) > ($1, $2::uuid))
ORDER BY d.found_at, d.id LIMIT $3
"""
_WAITING = "SELECT count(*) AS pairs, min(found_at) AS oldest FROM double WHERE decision IS NULL"
_ENTRIES = """
SELECT l.position, l.kind, l.evidence_class, l.recorded_at, l.person, l.ticket, l.mode, l.scheduled_at, l.starts_at,
  l.ends_at, l.role, l.residence, l.subject, l.other, l.operator, l.reason, e.title AS event
FROM (
    SELECT * FROM ledger_entry WHERE person = $1
    UNION SELECT * FROM ledger_entry WHERE kind = 'merge' AND other = $1
) l LEFT JOIN event e ON e.id = l.event ORDER BY l.position DESC LIMIT $2
"""
_COUNT = """
SELECT (SELECT count(*) FROM ledger_entry WHERE person = $1)
  + (SELECT count(*) FROM ledger_entry WHERE kind = 'merge' AND other = $1 AND person <> $1) AS entries
"""
_TICKETS = """
SELECT k.created_at, y.title, k.state, k.residence, k.sealed FROM ticket k JOIN ticket_type y ON y.id = k.ticket_type
WHERE k.person = $1 ORDER BY k.created_at, k.id LIMIT 50
"""
_PERSON = """
SELECT p.key, p.residence, d.sealed FROM person p LEFT JOIN person_details d ON d.person = p.id WHERE p.id = $1
"""


async def doubles(*, state: State, cursor: str | None, limit: int, now: dt.datetime) -> Doubles:
    """Return pairs in a state, the oldest first. Without names: these are opened one pair at a time."""
    at, last = _opened(cursor) if cursor else (None, None)
    rows = await fetch(_DOUBLES.format(_WHERE[state]), at, last, limit + 1)
    found = [double_out(row, now=now) for row in rows[:limit]]
    return Doubles(found, _cursor(found[-1]) if len(rows) > limit else None)


async def double_of(double: UUID, *, now: dt.datetime) -> DoubleOut:
    """Return one pair without names, or raise `NotFound`."""
    row = await fetch_one("SELECT * FROM double WHERE id = $1", double)
    if row is None:
        raise NotFound
    return double_out(row, now=now)


def _cursor(last: DoubleOut) -> str:
    return base64.urlsafe_b64encode(f"{last.found_at.isoformat()} {last.id}".encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[dt.datetime | None, UUID | None]:
    """Return what a cursor says; one that is none begins at the beginning."""
    try:
        at, _, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        moment = dt.datetime.fromisoformat(at)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)), UUID(last)
    except ValueError:
        return None, None


def double_out(row: asyncpg.Record, *, now: dt.datetime) -> DoubleOut:
    """Return a row of `double` as it is shown."""
    told: list[str] = msgspec.json.decode(row["reasons"])
    return DoubleOut(
        id=row["id"],
        first=row["first"],
        second=row["second"],
        reasons=tuple(reason for reason in told if reason not in DOUBTS),
        doubts=tuple(reason for reason in told if reason in DOUBTS),
        automatic=row["automatic"],
        found_at=row["found_at"],
        days=((row["decided_at"] or now) - row["found_at"]).days,
        decision=row["decision"],
        operator=row["operator"],
        reason=row["reason"],
        decided_at=row["decided_at"],
        position=row["position"],
    )


async def waiting() -> tuple[int, dt.datetime | None]:
    """Return how many pairs wait for an officer, and since when the oldest does."""
    row = await fetch_one(_WAITING)
    return (row["pairs"], row["oldest"]) if row else (0, None)


async def side(person: UUID) -> Side | None:
    """Return somebody with registrations and evidence, None when there is no such pseudonym."""
    row = await fetch_one(_PERSON, person)
    if row is None:
        return None
    key = unwrap(row["key"]) if row["key"] else None
    own = _details(key, row["sealed"])
    found = await entries(person)
    count = await fetch_one(_COUNT, person)
    return Side(
        person=person,
        erased=own is None,
        name=own.name if own else "",
        reading=own.reading if own else "",
        organisation=own.organisation if own else "",
        email=own.email if own else "",
        residence=row["residence"],
        registered=[_registered(ticket, key, own) for ticket in await fetch(_TICKETS, person)],
        evidence=found,
        entries=count["entries"] if count else 0,
    )


def _details(key: bytes | None, sealed: bytes | None) -> Details | None:
    return msgspec.json.decode(unseal(key, sealed), type=Details) if key and sealed else None


def _registered(row: asyncpg.Record, key: bytes | None, own: Details | None) -> Registered:
    told = _details(key, row["sealed"]) or own
    return Registered(
        row["created_at"],
        decode_texts(row["title"]),
        row["state"],
        row["residence"],
        *((told.name, told.reading, told.organisation) if told else ()),
    )


async def entries(person: UUID) -> list[EntryOut]:
    """Return the ledger's entries about a pseudonym, the newest first."""
    rows = await fetch(_ENTRIES, person, MOST_ENTRIES)
    return await _standing(rows)


async def _standing(rows: Sequence[asyncpg.Record]) -> list[EntryOut]:
    gone = await undone([row["position"] for row in rows])
    titles = [decode_texts(row["event"]) if row["event"] else {} for row in rows]
    return [
        EntryOut(**{**row, "event": title}, stands=row["position"] not in gone)
        for row, title in zip(rows, titles, strict=True)
    ]
