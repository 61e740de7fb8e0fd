"""A report looked at, and taken: what it says of whom becomes evidence, or waits, or is kept as nothing.

A stay has one name for ever, so the same report, or a later one with the same stays and more, adds what is new and
takes nothing away: where a later report says something else of a stay, both stand, and counting takes their union.
"""

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from app.attendance import ledger
from app.attendance.ledger import Entry
from app.attendance.online.reports import matching, places, reading
from app.attendance.online.reports.keeping import STAYS
from app.attendance.online.reports.places import Ground
from app.attendance.online.reports.reading import Platform, Read
from app.attendance.online.reports.weighing import Code, Stay, weigh
from app.attendance.scanning.asked import operator
from app.core import audit
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.sheets import Unreadable
from app.core.signing import derived, seal
from app.people.roles import Principal

_REPORT = """
INSERT INTO platform_report (id, session, platform, digest, rows, notes, imported_by, imported_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (session, digest) DO NOTHING RETURNING id
"""
# In the order of their names, so that two reports that are taken at once wait for each other and never both.
_STAYS = """
INSERT INTO reported_stay (id, report, line, source, ticket, joined_at, left_at, sealed, state, reason)
SELECT gen_random_uuid(), $1, s.line, s.source, s.ticket, s.joined, s.left_, s.sealed, s.state, s.reason
FROM unnest($2::int[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::bytea[], $8::text[],
            $9::text[]) AS s (line, source, ticket, joined, left_, sealed, state, reason)
ORDER BY s.source ON CONFLICT (source) DO NOTHING RETURNING id, source
"""
# A ticket tells where its present holder lives; of whoever held it before, the person's own row does.
_SNAPSHOT = """
SELECT h.ticket, h.person, y.role, CASE WHEN t.person = h.person THEN t.residence ELSE p.residence END AS residence
FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS h (ticket, person)) h
JOIN ticket t ON t.id = h.ticket JOIN ticket_type y ON y.id = t.ticket_type JOIN person p ON p.id = h.person
"""


class Note(Struct, frozen=True):
    """What is said of a line."""

    line: int
    code: Code


class Outcome(Struct, frozen=True, kw_only=True):
    """What is in a report, or came of it. Every line is one of `evidence`, `waiting`, `set_aside` and `repeated`.

    `people` are those with new evidence. `report` is None when it was only looked at; `already` when this very file
    was taken before.
    """

    report: UUID | None
    already: bool
    platform: str
    encoding: str
    zone: str
    dates: str
    lines: int
    evidence: int
    waiting: int
    set_aside: int
    repeated: int
    people: int
    notes: list[Note]


class Report(Struct, frozen=True, kw_only=True):
    """A report as it is handed in: `platform` None when the file is to say it, `zone` of its clock ("": of the event).

    `reason` says why it comes after the time for reports.
    """

    data: bytes
    platform: Platform | None = None
    zone: str = ""
    reason: str = ""


class _Weighed(Struct, frozen=True):
    ground: Ground
    read: Read
    stays: list[Stay]


async def look(*, session: UUID, report: Report, principal: Principal, now: dt.datetime) -> Outcome:
    """Return what would come of a report; nothing is written. Raises `NotFound` and `Invalid`."""
    return _outcome(await _weighed(await places.online_ground(session, principal), report, now))


@repeated
async def take(*, session: UUID, report: Report, principal: Principal, now: dt.datetime) -> Outcome:
    """Take a report. Raises `NotFound`, `Invalid` for what cannot be read, `ImportsClosed`."""
    ground = await places.online_ground(session, principal)
    places.refuse_late(ground, principal=principal, reason=report.reason, now=now)
    weighed = await _weighed(ground, report, now)
    made = uuid4()
    if not await _is_new(made, weighed, report, principal, now):
        return msgspec.structs.replace(_outcome(weighed), already=True)
    rows = await _keep(made, weighed)
    outcome = msgspec.structs.replace(_outcome(weighed, rows), report=made)
    late = (operator(principal.account), report.reason) if ground.is_closed(now) else (None, None)
    await ledger.append(await _entries(weighed, rows, late), now=now)
    await _note(principal, weighed.ground, outcome, now)
    return outcome


async def _weighed(ground: Ground, report: Report, now: dt.datetime) -> _Weighed:
    one, zone = ground.session, _zone(report.zone or ground.own.convention.zone)
    try:
        found = await asyncio.to_thread(
            reading.read, report.data, platform=report.platform, about=one.starts_at, zone=zone
        )
    except Unreadable as error:
        raise Invalid([FieldError("file", "unreadable", error.detail)]) from None
    who = await matching.people(ground.event, found.told)
    known = await _known(one.id, [Stay(told, of, ()) for told, of in zip(found.told, who, strict=True)])
    stays = weigh(found.told, who, starts_at=one.starts_at, ends_at=one.ends_at, now=now, known=known)
    return _Weighed(ground, found, stays)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid([FieldError("zone", "choice", _("There is no such time zone."))]) from None


def source(session: UUID, stay: Stay) -> str:
    """Return how a stay is called for ever."""
    return f"{session.hex}:{stay.name}"


async def _known(session: UUID, stays: Sequence[Stay]) -> set[str]:
    """Return the names of those stays that an earlier report has told of."""
    named = {source(session, stay): stay.name for stay in stays}
    rows = await fetch("SELECT source FROM reported_stay WHERE source = ANY($1::text[])", list(named))
    return {named[row["source"]] for row in rows}


async def _is_new(made: UUID, weighed: _Weighed, report: Report, principal: Principal, now: dt.datetime) -> bool:
    """Write the report down, and return whether this file was never taken before, read by this clock."""
    notes = msgspec.json.encode(_notes(weighed.stays)).decode()
    read = weighed.read
    row = await fetch_one(
        _REPORT,
        made,
        weighed.ground.session.id,
        read.platform,
        hashlib.sha256(f"{read.platform}\0{read.clock.zone.key}\0".encode() + report.data).digest(),
        len(weighed.stays),
        notes,
        principal.actor,
        now,
    )
    return row is not None


async def _keep(report: UUID, weighed: _Weighed) -> dict[str, UUID]:
    """Keep every stay that is new; return their ids by name."""
    new = [stay for stay in weighed.stays if "repeated" not in stay.codes]
    session = weighed.ground.session.id
    rows = await fetch(
        _STAYS,
        report,
        [stay.told.line.number for stay in new],
        [source(session, stay) for stay in new],
        [stay.who.ticket for stay in new],
        [stay.told.joined for stay in new],
        [stay.told.left for stay in new],
        [_sealed(stay) for stay in new],
        [stay.state for stay in new],
        [" ".join(stay.codes) for stay in new],
    )
    return {row["source"].partition(":")[2]: row["id"] for row in rows}


class Said(Struct, frozen=True, array_like=True):
    """What a report says of somebody whom nobody knows for sure, and whom a person has proposed itself to be."""

    name: str
    email: str
    id: str
    person: UUID | None = None


def _sealed(stay: Stay) -> bytes | None:
    """Return what a person needs who has to decide; of somebody who came under our id nothing is kept."""
    if stay.state == "evidence":
        return None
    line = stay.told.line
    return seal(derived(STAYS), msgspec.msgpack.encode(Said(line.name, line.email, line.id, stay.who.person)))


def _notes(stays: Sequence[Stay]) -> list[Note]:
    return [Note(stay.told.line.number, code) for stay in stays for code in stay.codes]


def _outcome(weighed: _Weighed, rows: dict[str, UUID] | None = None) -> Outcome:
    """Count the lines; `rows` are the stays that were really new, when others were taken at the same moment."""
    stays, read = weighed.stays, weighed.read
    new = [stay for stay in stays if "repeated" not in stay.codes and (rows is None or stay.name in rows)]
    states = Counter(stay.state for stay in new)
    return Outcome(
        report=None,
        already=False,
        platform=read.platform,
        encoding=read.encoding,
        zone=read.clock.zone.key,
        dates=read.clock.order,
        lines=len(stays),
        evidence=states["evidence"],
        waiting=states["review"] + states["unknown"],
        set_aside=states["dismissed"],
        repeated=len(stays) - len(new),
        people=len({stay.who.person for stay in new if stay.state == "evidence"}),
        notes=_notes(stays),
    )


async def _note(principal: Principal, ground: Ground, outcome: Outcome, now: dt.datetime) -> None:
    names = ("platform", "lines", "evidence", "waiting", "set_aside", "repeated")
    await audit.record(
        actor=principal.actor,
        action="report.take",
        subject=f"event:{ground.event}",
        now=now,
        detail={"session": str(ground.session.id), "report": str(outcome.report)}
        | {name: getattr(outcome, name) for name in names},
    )


async def _entries(weighed: _Weighed, rows: dict[str, UUID], late: tuple[str | None, str | None]) -> list[Entry]:
    """Return the evidence of class D in the order of the report."""
    good = [s for s in weighed.stays if s.state == "evidence" and "repeated" not in s.codes and s.name in rows]
    held = [(stay.who.ticket, stay.who.person) for stay in good]
    snapshots = await snapshots_of([(ticket, person) for ticket, person in held if ticket and person])
    return [
        evidence(
            weighed.ground,
            snapshots[pair],  # type: ignore[index]  # evidence has both
            stay=rows[stay.name],
            times=(stay.told.joined, stay.told.left),
            reviewed=late,
        )
        for stay, pair in zip(good, held, strict=True)
    ]


class Snapshot(Struct, frozen=True):
    """What the ledger keeps of a ticket and somebody who holds it, or held it."""

    ticket: UUID
    person: UUID
    residence: str | None
    role: str


async def snapshots_of(held: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Snapshot]:
    """Return what the ledger keeps of these tickets in the hands of these persons, by both."""
    rows = await fetch(_SNAPSHOT, [ticket for ticket, _person in held], [person for _ticket, person in held])
    return {(row["ticket"], row["person"]): Snapshot(**row) for row in rows}


def evidence(
    ground: Ground,
    held: Snapshot,
    *,
    stay: UUID,
    times: tuple[dt.datetime | None, dt.datetime | None],
    reviewed: tuple[str | None, str | None],
    by_hand: bool = False,
) -> Entry:
    """Return a stay as the ledger has it: class D, or E when a person said whose it was (`reviewed`: who, and why)."""
    session = ground.session
    return Entry(
        source=f"import:{stay}",
        kind="import",
        evidence_class="E" if by_hand else "D",
        person=held.person,
        role=held.role,
        ticket=held.ticket,
        event=ground.event,
        session=session.id,
        scope=ground.own.event.kpi_scope,  # type: ignore[arg-type]  # the column holds nothing else
        mode="online",
        scheduled_at=session.starts_at,
        scheduled_minutes=int((session.ends_at - session.starts_at).total_seconds()) // 60,
        starts_at=times[0],
        ends_at=times[1],
        residence=held.residence,
        operator=reviewed[0],
        reason=reviewed[1],
    )
