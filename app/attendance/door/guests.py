"""Finding a guest at a gate by name, address or number. Nobody is listed without being asked for."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.door.hashes import hashed
from app.attendance.door.indexing import findable
from app.attendance.door.pieces import Sought, fit, sought
from app.attendance.errors import NotADevice
from app.core import audit
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.people.persons import open_details
from app.people.roles import Principal

MOST = 50
USUAL = 20
NEARBY = 20
"""Guests looked at beyond those that are asked for: some only share pieces with what was typed."""
NOTED_AGAIN = dt.timedelta(minutes=10)
"""Within this span it is written down once per process that somebody searches at a gate."""


class FoundGuest(Struct, frozen=True):
    """A guest as the desk sees it. `state` as in `ticketing.states`; `inside` the venue of this gate.

    `entered_at` is the last entry to it, while inside; `residence_known` false: ask where the guest lives.
    """

    ticket: UUID
    name: str
    reading: str
    ticket_type: str
    state: str
    party: int
    inside: bool
    entered_at: dt.datetime | None
    residence_known: bool
    language: str


class FoundGuests(Struct, frozen=True):
    """The best first; `more` when there may be others: type more letters."""

    guests: list[FoundGuest]
    more: bool


class DoorGate(Struct, frozen=True):
    """A gate as the desk needs it: the slug of its convention, the ticket types that open its event."""

    id: UUID
    event: UUID
    venue: UUID
    organiser: UUID
    slug: str
    types: list[UUID]


_GATE = """
SELECT g.id, g.event, g.venue, e.organiser, c.slug,
  ARRAY(SELECT o.ticket_type FROM coverage o WHERE o.event = g.event) AS types
FROM gate g JOIN event e ON e.id = g.event JOIN convention c ON c.id = e.convention WHERE g.id = $1
"""


async def gate_of(gate: UUID, principal: Principal) -> DoorGate:
    """Return a gate, or raise `NotFound` when it does not exist or is not this principal's."""
    row = await fetch_one(_GATE, gate)
    if row is None or not principal.may_see_gate(gate=gate, organiser=row["organiser"]):
        raise NotFound
    return DoorGate(**row)


def require_desk(principal: Principal) -> None:
    """Raise `NotADevice` unless somebody stands at the door with an enrolled device, or leads those who do."""
    if principal.device is None and principal.role not in {"lead", "admin"}:
        raise NotADevice


async def search(*, gate: UUID, typed: str, limit: int = USUAL, principal: Principal, now: dt.datetime) -> FoundGuests:
    """Return the guests whom this gate's event expects and who fit what was typed, the best first.

    Raises `NotFound`, `NotADevice`, and `Invalid` when nothing was typed. It is written down that somebody searches,
    not for whom.
    """
    at = await gate_of(gate, principal)
    require_desk(principal)
    asked = sought(typed)
    if asked is None:
        raise Invalid([FieldError("q", "required", _("Please type a part of the name, the address or the number."))])
    await _note(at, principal, now)
    rows = await _candidates(at, asked, limit + NEARBY + 1)
    found = await asyncio.to_thread(_ranked, rows, asked)
    shown = [_guest(row) for row in found[:limit]]
    return FoundGuests(shown, more=len(found) > limit or len(rows) > limit + NEARBY)


# Each set of pieces is looked up by itself, the best fit first, and read no further than is needed: the most frequent
# letters stand in tens of thousands of names. What is materialized is read only as far as somebody asks, and planned
# as if all of it were wanted, which is what makes the index the better plan.
_CANDIDATES = """
WITH asked AS (
    SELECT a.fit, a.grams::bigint[] AS grams FROM unnest($1::int[], $2::text[]) AS a (fit, grams)
), near AS (
    SELECT DISTINCT ON (f.ticket) f.ticket, a.fit
    FROM asked a CROSS JOIN LATERAL (
        WITH held AS MATERIALIZED (SELECT s.ticket FROM ticket_search s WHERE s.grams @> a.grams)
        SELECT h.ticket FROM held h LIMIT $3
    ) f ORDER BY f.ticket, a.fit
)
SELECT k.id, k.registration, k.serial, k.state, y.title, p.key, coalesce(k.sealed, d.sealed) AS sealed, r.language,
  coalesce(k.residence, p.residence) IS NOT NULL AS residence_known,
  (SELECT count(*) FROM ticket o WHERE o.registration = k.registration AND o.state <> 'canceled') AS party,
  coalesce(s.inside_venue = $4, false) AS inside, s.body -> 'inside' ->> 'since' AS since
FROM (SELECT ticket, fit FROM near ORDER BY fit LIMIT $3) n
JOIN ticket k ON k.id = n.ticket JOIN registration r ON r.id = k.registration JOIN ticket_type y ON y.id = k.ticket_type
JOIN person p ON p.id = k.person LEFT JOIN person_details d ON d.person = p.id
LEFT JOIN ticket_state s ON s.ticket = k.id
WHERE y.id = ANY($5::uuid[])
"""


async def _candidates(at: DoorGate, asked: Sought, most: int) -> list[asyncpg.Record]:
    """Return the tickets that have the pieces looked for, of the types that open this gate's event."""
    sets = [(place, hashed(one, pieces)) for one in at.types for place, pieces in enumerate(asked.sets)]
    if not sets:
        return []
    literals = ["{" + ",".join(map(str, grams)) + "}" for _place, grams in sets]
    return await fetch(_CANDIDATES, [place for place, _grams in sets], literals, most, at.venue, at.types)


def _ranked(rows: Sequence[asyncpg.Record], asked: Sought) -> list[asyncpg.Record]:
    """Return those who fit: valid tickets first, then by how well, then by name."""
    found = []
    for row in rows:
        guest = findable(row)
        well = fit(guest, asked) if guest else None
        if guest is not None and well is not None:
            found.append((row["state"] != "valid", well, guest.reading or guest.name, str(row["id"]), row))
    return [row for *_order, row in sorted(found, key=lambda one: one[:4])]


def _guest(row: asyncpg.Record) -> FoundGuest:
    details = open_details(row["key"], row["sealed"])
    return FoundGuest(
        ticket=row["id"],
        name=details.name,
        reading=details.reading,
        ticket_type=text(msgspec.json.decode(row["title"])),
        state=row["state"],
        party=row["party"],
        inside=row["inside"],
        entered_at=dt.datetime.fromisoformat(row["since"]) if row["inside"] and row["since"] else None,
        residence_known=row["residence_known"],
        language=row["language"],
    )


_noted: dict[tuple[str, UUID], dt.datetime] = {}


def forget_noted() -> None:
    """Forget what was written down: between tests."""
    _noted.clear()


async def _note(at: DoorGate, principal: Principal, now: dt.datetime) -> None:
    """Write down now and then that somebody searches at a gate; each search alone would bury the log."""
    key = (principal.actor, at.id)
    last = _noted.get(key)
    if last is not None and last <= now < last + NOTED_AGAIN:
        return
    await audit.record(actor=principal.actor, action="guests.search", subject=f"gate:{at.id}", now=now)
    _noted[key] = now
