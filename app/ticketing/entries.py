"""Writing registrations: a group in one transaction, each of them all or nothing, in the order in which they came.

Six round trips for a group of any size: BEGIN, keys with answers, quotas, persons, rows with the places taken, COMMIT.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core import idempotency, jobs
from app.core.db import fetch, transaction
from app.core.idempotency import Claim
from app.people import persons
from app.people.persons import Enrolled
from app.people.schemas import Declared, Details
from app.ticketing.errors import OfferChanged
from app.ticketing.schemas import Offer, OfferedType, RegistrationRequest
from app.ticketing.tickets import code_digest, stored

MOST_TICKETS = 400
"""Tickets, and so mails, that one address may ask for within `ASKED_WITHIN`: ten of the largest parties.

Requests at the same moment in several processes do not see each other, so a few more may pass.
"""
ASKED_WITHIN = dt.timedelta(minutes=10)


class Draft(msgspec.Struct, frozen=True):
    """A ticket made but not yet written."""

    id: UUID
    serial: int
    code: str
    offered: OfferedType
    details: Details


class Entry(msgspec.Struct, frozen=True, eq=False):
    """A registration made but not yet written; `wanted` places of each quota, `address` as a keyed hash."""

    id: UUID
    found: Offer
    request: RegistrationRequest
    language: str
    now: dt.datetime
    people: list[Declared]
    drafts: list[Draft]
    wanted: Counter[UUID]
    address: bytes
    claim: Claim


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry: its answer, or the quotas that lack places, or how long its address has to wait."""

    answer: bytes | None = None
    full: tuple[UUID, ...] = ()
    wait: dt.timedelta = dt.timedelta()


async def write(entries: Sequence[Entry]) -> list[Outcome]:
    """Write entries and return an outcome for each, in the same order.

    An address stands once in a group, so that its persons and its measure are seen by its next entry. Raises
    `OfferChanged`, `KeyReused`, `KeyInProgress` and unique violations for the group as a whole: then nothing of it is
    written, and its entries are to be written one by one.
    """
    outcomes: dict[UUID, Outcome] = {}
    waiting = list(entries)
    while waiting:
        group, waiting = _first_of_each_address(waiting)
        held = await _write(group, outcomes)
        for entry in group:
            if entry.claim.id not in held and (answer := await idempotency.earlier(entry.claim)) is not None:
                outcomes[entry.id] = Outcome(answer)
        # The twin that held the key was refused and gave it back: this one is on its own now.
        waiting = [entry for entry in group if entry.id not in outcomes] + waiting
    return [outcomes[entry.id] for entry in entries]


def _first_of_each_address(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    seen: set[bytes] = set()
    first: list[Entry] = []
    later: list[Entry] = []
    for entry in entries:
        (later if entry.address in seen else first).append(entry)
        seen.add(entry.address)
    return first, later


async def _write(group: Sequence[Entry], outcomes: dict[UUID, Outcome]) -> set[UUID]:
    """Write what is new of the group and return the ids of the claims that hold, also of those refused again."""
    try:
        return await _write_new(group, outcomes)
    except _TooMany as error:
        if len(group) > 1:
            raise
        outcomes[group[0].id] = Outcome(wait=error.wait)
        return {group[0].claim.id}


async def _write_new(group: Sequence[Entry], outcomes: dict[UUID, Outcome]) -> set[UUID]:
    refused: dict[UUID, Outcome] = {}
    async with transaction():
        held = await idempotency.claim_all([entry.claim for entry in group], now=group[0].now)
        new = [entry for entry in group if entry.claim.id in held]
        granted = await _grant(new, refused)
        if refused:
            await idempotency.give_back([entry.claim for entry in new if entry.id in refused])
        if granted:
            people = await _enrol(granted)
            await _insert(granted, people)
            await _declare_moves(granted, people)
            jobs.nudge_after_commit()
    outcomes |= refused | {entry.id: Outcome(entry.claim.answer) for entry in granted}
    return held


_LEFT = "SELECT id, capacity - taken AS left FROM quota WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"


async def _grant(entries: Sequence[Entry], refused: dict[UUID, Outcome]) -> list[Entry]:
    """Return the entries for which every quota has places, the first come first; the others learn what is full.

    The quotas stay locked until the places are taken, so two parties asking for the last one cannot both get it; they
    are locked in the order of their ids, so two groups cannot wait for each other. Raises `OfferChanged` when one of
    them is gone.
    """
    touched = sorted({quota for entry in entries for quota in entry.wanted})
    left = {row["id"]: row["left"] for row in await fetch(_LEFT, touched)}
    if len(left) != len(touched):
        raise OfferChanged
    granted = []
    for entry in entries:
        full = tuple(quota for quota in sorted(entry.wanted) if left[quota] < entry.wanted[quota])
        if full:
            refused[entry.id] = Outcome(full=full)
            continue
        granted.append(entry)
        for quota, places in entry.wanted.items():
            left[quota] -= places
    return granted


async def _enrol(entries: Sequence[Entry]) -> list[list[Enrolled]]:
    """Return the persons of each entry."""
    found = iter(await persons.enrol([person for e in entries for person in e.people], now=entries[0].now))
    return [[next(found) for _ in entry.people] for entry in entries]


_INSERT = """
WITH offered AS (
    SELECT y.id FROM ticket_type y WHERE (y.id, y.revision) IN (SELECT * FROM unnest($17::uuid[], $18::int[]))
    FOR KEY SHARE OF y
), taken AS (
    UPDATE quota q SET taken = q.taken + w.places FROM unnest($19::uuid[], $20::int[]) AS w (id, places)
    WHERE q.id = w.id AND q.taken + w.places <= q.capacity RETURNING q.id
), registered AS (
    INSERT INTO registration (id, convention, person, status, language, created_at)
    SELECT r.id, r.convention, r.person, 'confirmed', r.language, $5
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS r (id, convention, person, language)
), tickets AS (
    INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest, state,
                        residence, sealed, created_at)
    SELECT t.id, t.registration, t.person, t.ticket_type, t.position, t.serial, 0, 0, t.digest, 'valid', t.residence,
        t.sealed, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::int[], $11::bigint[], $12::bytea[], $13::text[],
                $14::bytea[])
        AS t (id, registration, person, ticket_type, position, serial, digest, residence, sealed)
), reserved AS (
    INSERT INTO reservation (id, ticket, session)
    SELECT gen_random_uuid(), r.ticket, r.session FROM unnest($15::uuid[], $16::uuid[]) AS r (ticket, session)
), agreed AS (
    INSERT INTO consent (id, person, text, given_at)
    SELECT gen_random_uuid(), a.person, a.text, $5 FROM unnest($21::uuid[], $22::text[]) AS a (person, text)
    ON CONFLICT (person, text) DO UPDATE SET given_at = EXCLUDED.given_at, withdrawn_at = NULL
    WHERE consent.withdrawn_at IS NOT NULL
), promised AS (
    INSERT INTO job (id, name, payload, key, promised_at, due_at, tries, last_error)
    SELECT gen_random_uuid(), 'ticketing.send_ticket', jsonb_build_object('ticket_id', t.id), 'ticket-mail:' || t.id,
        $5, $5, 0, '' FROM unnest($6::uuid[]) AS t (id)
)
SELECT (SELECT count(*) FROM offered) AS offered, (SELECT count(*) FROM taken) AS taken,
    ARRAY(SELECT (
        SELECT t.created_at FROM person_details d JOIN ticket t ON t.person = d.person
        WHERE d.address_key = a.key ORDER BY t.created_at DESC OFFSET $24 LIMIT 1
    ) FROM unnest($23::bytea[]) WITH ORDINALITY AS a (key, n) ORDER BY a.n) AS one_too_many
"""
"""Everything a group leaves behind. The places are taken by a conditional UPDATE, although the rows are locked.

The answer tells when each address got the last ticket that leaves no room for more; this party is not counted. It also
tells how many of the ticket types are still as they were offered: the lock waits for a change under way.
"""


class _TooMany(Exception):
    """An address of the group has had its most; it has to wait for so long."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


async def _insert(entries: Sequence[Entry], people: Sequence[Sequence[Enrolled]]) -> None:
    """Write registrations, tickets, reservations, consents and the promised mails, and take the places.

    Raises `OfferChanged`, or `_TooMany` when an address has had its most: the transaction then takes everything back.
    """
    wanted = sum((entry.wanted for entry in entries), Counter[UUID]())
    revisions = {draft.offered.id: draft.offered.revision for entry in entries for draft in entry.drafts}
    first = [(party[0].id, entry) for entry, party in zip(entries, people, strict=True)]
    agreed = [(person, words) for person, entry in first for words in sorted(set(entry.request.consents))]
    [row] = await fetch(
        _INSERT,
        [entry.id for entry in entries],
        [entry.found.convention for entry in entries],
        [person for person, _entry in first],
        [entry.language for entry in entries],
        entries[0].now,
        *_ticket_columns(entries, people),
        *_reservation_columns(entries),
        list(revisions),
        list(revisions.values()),
        list(wanted),
        list(wanted.values()),
        [person for person, _words in agreed],
        [words for _person, words in agreed],
        [entry.address for entry in entries],
        MOST_TICKETS - 1,
    )
    if row["offered"] != len(revisions) or row["taken"] != len(wanted):
        raise OfferChanged
    waits = [_wait(last, entry.now) for last, entry in zip(row["one_too_many"], entries, strict=True)]
    if any(waits):
        raise _TooMany(max(waits))


def _ticket_columns(entries: Sequence[Entry], people: Sequence[Sequence[Enrolled]]) -> list[list[object]]:
    """Return the columns $6 to $14 of the tickets, one row for each person of each party."""
    rows = [
        (
            draft.id,
            entry.id,
            person.id,
            draft.offered.id,
            position,
            stored(draft.serial),
            code_digest(draft.code),
            declared.residence,
            person.key and persons.seal_details(person.key, draft.details),
        )
        for entry, party in zip(entries, people, strict=True)
        for position, (draft, person, declared) in enumerate(
            zip(entry.drafts, party, entry.people, strict=True), start=1
        )
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _reservation_columns(entries: Sequence[Entry]) -> tuple[list[UUID], list[UUID]]:
    """Return the columns $15 and $16: ticket and session of each place reserved."""
    members = [pair for e in entries for pair in zip(e.drafts, e.request.party, strict=True)]
    rows = [(draft.id, session) for draft, member in members for session in member.sessions]
    return [ticket for ticket, _session in rows], [session for _ticket, session in rows]


def _wait(last: dt.datetime | None, now: dt.datetime) -> dt.timedelta:
    """Return for how long the ticket that filled an address's measure is still younger than `ASKED_WITHIN`."""
    return max(last + ASKED_WITHIN - now, dt.timedelta()) if last else dt.timedelta()


async def _declare_moves(entries: Sequence[Entry], people: Sequence[Sequence[Enrolled]]) -> None:
    """Promise that the ledger learns of a known person's new residence: the latest declaration is the one that counts.

    The job is the ledger's own; it is named, not imported, because attendance stands above ticketing.
    """
    for entry, person in ((e, person) for e, party in zip(entries, people, strict=True) for person in party):
        if person.moved:
            source = f"residence:{entry.id.hex}:{person.id.hex}"
            start = dt.datetime.combine(entry.found.first_day, dt.time(), ZoneInfo(entry.found.zone))
            await jobs.defer(
                "attendance.record_residence",
                key=source,
                now=entry.now,
                person=str(person.id),
                scheduled_at=start.isoformat(),
                source=source,
            )
