"""Registering a party: all or nothing, once per key, in one transaction."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core import idempotency, jobs
from app.core.db import fetch_one, transaction
from app.core.errors import TooManyRequests
from app.core.i18n import LANGUAGES, language, match, text
from app.core.i18n import gettext as _
from app.people import persons
from app.people.schemas import Declared, Details
from app.ticketing import offers
from app.ticketing.errors import SoldOut
from app.ticketing.schemas import Offer, OfferedType, RegistrationOut, RegistrationRequest
from app.ticketing.tickets import code_digest, code_of, manage_url, new_serial, stored, ticket_out

MOST_TICKETS = 400
"""Tickets, and so mails, that one address may ask for within `ASKED_WITHIN`: ten of the largest parties.

Requests at the same moment do not see each other, so a few more may pass; what one network may ask is the proxy's.
"""
ASKED_WITHIN = dt.timedelta(minutes=10)
TRIES = 3
"""Two requests that add the same person at once cannot both: the loser runs again and finds the person."""


class Draft(msgspec.Struct, frozen=True):
    """A ticket made but not yet written."""

    id: UUID
    serial: int
    code: str
    offered: OfferedType
    details: Details


async def register(*, convention: str, request: RegistrationRequest, key: str | None, now: dt.datetime) -> bytes:
    """Register a party and return the answer as JSON bytes; the same key gives the same bytes again.

    Raises `BadRequest` without a key, `KeyReused`, `KeyInProgress`, `NotFound`, `Invalid` with every wrong field, and
    `SoldOut` when any quota touched lacks places, or `TooManyRequests`: then nothing was taken.
    """
    key = idempotency.check_key(key)
    found = await offers.offer(convention, now=now)
    offers.check_wish(request, found, now)
    for last_try in (*[False] * (TRIES - 1), True):
        try:
            return await _write(found, request, key=key, now=now)
        except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
            if last_try:
                raise
    raise AssertionError  # the loop returns or raises


async def _write(found: Offer, request: RegistrationRequest, *, key: str, now: dt.datetime) -> bytes:
    """Six round trips: BEGIN, key with answer, persons, rows, the quotas last (their locks end with COMMIT)."""
    registration = uuid4()
    party = declared(request)
    drafts = [_draft(found, m.ticket_type, p.details) for m, p in zip(request.party, party, strict=True)]
    answer = msgspec.json.encode(_answer(registration, drafts))
    scope = f"registration:{found.slug}"
    async with transaction():
        earlier = await idempotency.claim(
            scope=scope, key=key, request=msgspec.json.encode(request), answer=answer, now=now
        )
        if earlier is not None:
            return earlier
        people = await persons.enrol(party, now=now)
        await _insert(registration, found, request=request, drafts=drafts, people=people, now=now)
        await _declare_moves(registration, found, people=people, now=now)
        await _take_places(offers.places_wanted(request, found), found)
        jobs.nudge_after_commit()
    return answer


def _draft(found: Offer, slug: str, details: Details) -> Draft:
    offered, serial = found.types[slug], new_serial()
    return Draft(uuid4(), serial, code_of(scope=found.number, product=offered.number, serial=serial), offered, details)


def _answer(registration: UUID, drafts: Sequence[Draft]) -> RegistrationOut:
    return RegistrationOut(
        id=registration,
        status="confirmed",
        manage_url=manage_url(registration),
        tickets=[
            ticket_out(
                ticket=d.id,
                serial=d.serial,
                code=d.code,
                ticket_type=d.offered.slug,
                name=d.details.name,
                state="valid",
            )
            for d in drafts
        ],
    )


def declared(request: RegistrationRequest) -> list[Declared]:
    """Return the persons of a party; equal names in one party are different people."""
    seen: Counter[str] = Counter()
    found = []
    for member in request.party:
        name = persons.name_key(member.name)
        details = Details(
            name=member.name.strip(), email=request.email, reading=member.reading, organisation=member.organisation
        )
        found.append(Declared(details=details, residence=member.residence, twin=seen[name]))
        seen[name] += 1
    return found


_INSERT = """
WITH registered AS (
    INSERT INTO registration (id, convention, person, status, language, created_at)
    VALUES ($1, $2, ($3::uuid[])[1], 'confirmed', $4, $5)
), tickets AS (
    INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest, state,
                        residence, sealed, created_at)
    SELECT t.id, $1, t.person, t.ticket_type, t.position, t.serial, 0, 0, t.digest, 'valid', t.residence, t.sealed, $5
    FROM unnest($6::uuid[], $3::uuid[], $7::uuid[], $8::bigint[], $9::bytea[], $10::text[], $14::bytea[])
        WITH ORDINALITY AS t (id, person, ticket_type, serial, digest, residence, sealed, position)
), reserved AS (
    INSERT INTO reservation (id, ticket, session)
    SELECT gen_random_uuid(), r.ticket, r.session FROM unnest($11::uuid[], $12::uuid[]) AS r (ticket, session)
), agreed AS (
    INSERT INTO consent (id, person, text, given_at)
    SELECT gen_random_uuid(), ($3::uuid[])[1], a.text, $5 FROM unnest($13::text[]) AS a (text)
    ON CONFLICT (person, text) DO NOTHING
)
INSERT INTO job (id, name, payload, key, promised_at, due_at, tries, last_error)
SELECT gen_random_uuid(), 'ticketing.send_ticket', jsonb_build_object('ticket_id', t.id), 'ticket-mail:' || t.id,
       $5, $5, 0, '' FROM unnest($6::uuid[]) AS t (id)
RETURNING (
    SELECT t.created_at FROM person_details d JOIN ticket t ON t.person = d.person
    WHERE d.address_key = $15 ORDER BY t.created_at DESC OFFSET $16 LIMIT 1
) AS one_too_many
"""
"""The answer tells when the address got the last ticket that leaves no room for more; this party is not counted."""


async def _insert(
    registration: UUID,
    found: Offer,
    *,
    request: RegistrationRequest,
    drafts: Sequence[Draft],
    people: Sequence[persons.Enrolled],
    now: dt.datetime,
) -> None:
    """Write registration, tickets, reservations, consent and the promised mails in one statement.

    Raises `TooManyRequests` when the address has had its most: the transaction then takes everything back.
    """
    reservations = [(d.id, s) for d, m in zip(drafts, request.party, strict=True) for s in m.sessions]
    row = await fetch_one(
        _INSERT,
        registration,
        found.convention,
        [p.id for p in people],
        match(request.language) or (language() if language() in LANGUAGES else "en"),
        now,
        [d.id for d in drafts],
        [d.offered.id for d in drafts],
        [stored(d.serial) for d in drafts],
        [code_digest(d.code) for d in drafts],
        [m.residence for m in request.party],
        [ticket for ticket, _session in reservations],
        [session for _ticket, session in reservations],
        sorted(set(request.consents)),
        [p.key and persons.seal_details(p.key, d.details) for p, d in zip(people, drafts, strict=True)],
        persons.address_key(request.email),
        MOST_TICKETS - 1,
    )
    _check_pace(row and row["one_too_many"], now)


def _check_pace(last: dt.datetime | None, now: dt.datetime) -> None:
    """Raise `TooManyRequests` while the ticket that filled an address's measure is younger than `ASKED_WITHIN`."""
    wait = last + ASKED_WITHIN - now if last else dt.timedelta()
    if wait > dt.timedelta():
        raise TooManyRequests(
            _("Many tickets were sent to this address just now. Please wait some minutes, then send this again."),
            retry_after=-(-wait // dt.timedelta(seconds=1)),
        )


async def _declare_moves(
    registration: UUID, found: Offer, *, people: Sequence[persons.Enrolled], now: dt.datetime
) -> None:
    """Promise that the ledger learns of a known person's new residence: the latest declaration is the one that counts.

    The job is the ledger's own; it is named, not imported, because attendance stands above ticketing.
    """
    start = dt.datetime.combine(found.first_day, dt.time(), ZoneInfo(found.zone))
    for person in people:
        if person.moved:
            source = f"residence:{registration.hex}:{person.id.hex}"
            await jobs.defer(
                "attendance.record_residence",
                key=source,
                now=now,
                person=str(person.id),
                scheduled_at=start.isoformat(),
                source=source,
            )


async def _take_places(wanted: Counter[UUID], found: Offer) -> None:
    """Take the places of every quota touched, or raise `SoldOut` so that the transaction takes none.

    The conditional UPDATE takes the row lock and looks at the newest row, so two parties asking for the last place
    cannot both get it; quotas are locked in the order of their ids, so two parties cannot wait for each other.
    """
    full = []
    for quota in sorted(wanted):
        taken = await fetch_one(
            "UPDATE quota SET taken = taken + $2 WHERE id = $1 AND taken + $2 <= capacity RETURNING id",
            quota,
            wanted[quota],
        )
        if taken is None:
            full.append(found.quotas[quota])
    if full:
        names = ", ".join(text(q.name) for q in full)
        raise SoldOut(
            _("Not enough places are left of: %(names)s. Nothing was taken.", names=names),
            full=[{"quota": q.slug, "name": text(q.name), "wanted": wanted[q.id]} for q in full],
        )
