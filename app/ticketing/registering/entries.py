"""Writing registrations: a group in one transaction, each of them all or nothing, in the order in which they came.

Six round trips for a group of any size: BEGIN, keys with answers, quotas, persons, rows with the places taken, COMMIT.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core import idempotency, jobs
from app.core.db import fetch, transaction
from app.core.idempotency import Claim
from app.people import persons
from app.people.persons import Enrolled
from app.people.schemas import Declared, Details
from app.ticketing.errors import OfferChanged
from app.ticketing.registering import after_writing, holds, redeeming
from app.ticketing.schemas import Offer, OfferedType, RegistrationRequest
from app.ticketing.states import State, Status, status_of
from app.ticketing.tickets import code_digest, stored

MOST_TICKETS = 400
"""Tickets, and so mails, that one address may ask for within `ASKED_WITHIN`: ten of the largest parties.

Requests at the same moment in several processes do not see each other, so a few more may pass.
"""
ASKED_WITHIN = dt.timedelta(minutes=10)


class Draft(msgspec.Struct, frozen=True):
    """A ticket made but not yet written; `state` once it has its `places`, `answers` by question."""

    id: UUID
    serial: int
    code: str
    offered: OfferedType
    details: Details
    places: list[UUID]
    state: State = "valid"
    price: int = 0
    tax: int = 0
    voucher: UUID | None = None
    answers: dict[UUID, Any] = {}


class Entry(msgspec.Struct, frozen=True, eq=False):
    """A registration made but not yet written; `wanted` places of each quota, `addresses` as keyed hashes.

    `waiting` is the answer should it have to wait for places, None when it would rather be refused.
    """

    id: UUID
    found: Offer
    request: RegistrationRequest
    language: str
    now: dt.datetime
    people: list[Declared]
    drafts: list[Draft]
    wanted: Counter[UUID]
    addresses: frozenset[bytes]
    claim: Claim
    hold: UUID | None = None
    waiting: bytes | None = None
    quiet: bool = False
    """Whether its tickets are mailed later, or by somebody else."""

    @property
    def vouchers(self) -> Counter[UUID]:
        """How often each voucher is used."""
        return Counter(d.voucher for d in self.drafts if d.voucher)


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry: its answer, or why not.

    The quotas that lack places, for how long its address has to wait, the vouchers that are used up.
    """

    answer: bytes | None = None
    full: tuple[UUID, ...] = ()
    wait: dt.timedelta = dt.timedelta()
    spent: tuple[UUID, ...] = ()


class Granted(msgspec.Struct, frozen=True, eq=False):
    """An entry that is written: with its places, of which the hold brought some, or into the waiting list."""

    entry: Entry
    waits: bool
    newly: Counter[UUID]
    """Places taken beyond those of the hold."""

    @property
    def states(self) -> list[State]:
        """The states of its tickets."""
        return ["waiting" if self.waits else draft.state for draft in self.entry.drafts]

    @property
    def status(self) -> Status:
        """The status of the registration."""
        return status_of(self.states)

    @property
    def answer(self) -> bytes:
        """What whoever asked is told."""
        return self.entry.waiting if self.waits and self.entry.waiting else self.entry.claim.answer


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
        (first if seen.isdisjoint(entry.addresses) else later).append(entry)
        seen |= entry.addresses
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
        granted = await _grant(new, refused) if new else []
        if refused:
            await idempotency.give_back([entry.claim for entry in new if entry.id in refused])
        if granted:
            people = await _enrol(granted)
            await _insert(granted, people)
            await after_writing.follow(granted, people)
            jobs.nudge_after_commit()
    outcomes |= refused | {one.entry.id: Outcome(one.answer) for one in granted}
    return held


_LEFT = "SELECT id, capacity, capacity - taken AS left FROM quota WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"


async def _grant(entries: Sequence[Entry], refused: dict[UUID, Outcome]) -> list[Granted]:
    """Return the entries for which every quota has places, the first come first; the others learn what is full.

    Whoever would rather wait than be refused is granted a place in the waiting list, if the quotas are large enough
    at all. The quotas stay locked until the places are taken, so two parties asking for the last one cannot both get
    it; they are locked in the order of their ids, so two groups cannot wait for each other. Raises `OfferChanged` when
    one of them is gone.
    """
    kept = await holds.locked(sorted({entry.hold for entry in entries if entry.hold}))
    touched = sorted({quota for entry in entries for quota in entry.wanted})
    rows = await fetch(_LEFT, touched)
    if len(rows) != len(touched):
        raise OfferChanged
    left, capacity = {row["id"]: row["left"] for row in rows}, {row["id"]: row["capacity"] for row in rows}
    uses = await redeeming.uses_left({voucher for entry in entries for voucher in entry.vouchers}, now=entries[0].now)
    granted = []
    for entry in entries:
        brought = kept.get(entry.hold, Counter()) if entry.hold else Counter[UUID]()
        full = tuple(quota for quota in sorted(entry.wanted) if left[quota] + brought[quota] < entry.wanted[quota])
        spent = tuple(v for v, n in entry.vouchers.items() if uses.get(v, 0) < n)
        never = any(capacity[quota] < entry.wanted[quota] for quota in full)
        if spent or (full and (entry.waiting is None or never)):
            refused[entry.id] = Outcome(full=full, spent=spent)
            continue
        newly = Counter[UUID]() if full else entry.wanted - brought
        granted.append(Granted(entry, bool(full), newly))
        for voucher, n in entry.vouchers.items():
            uses[voucher] -= n
        for quota, places in newly.items():
            left[quota] -= places
        if entry.hold in kept:
            rest = kept.pop(entry.hold) - (Counter[UUID]() if full else entry.wanted)
            await holds.used(hold=entry.hold, rest=rest, now=entry.now)
    return granted


async def _enrol(granted: Sequence[Granted]) -> list[list[Enrolled]]:
    """Return the persons of each entry."""
    declared = [person for one in granted for person in one.entry.people]
    found = iter(await persons.enrol(declared, now=granted[0].entry.now))
    return [[next(found) for _ in one.entry.people] for one in granted]


_INSERT = """
WITH offered AS (
    SELECT y.id FROM ticket_type y WHERE (y.id, y.revision) IN (SELECT * FROM unnest($17::uuid[], $18::int[]))
    FOR KEY SHARE OF y
), taken AS (
    UPDATE quota q SET taken = q.taken + w.places FROM unnest($19::uuid[], $20::int[]) AS w (id, places)
    WHERE q.id = w.id AND q.taken + w.places <= q.capacity RETURNING q.id
), registered AS (
    INSERT INTO registration (id, convention, person, status, language, created_at)
    SELECT r.id, r.convention, r.person, r.status, r.language, $5
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $25::text[], $4::text[])
        AS r (id, convention, person, status, language)
), tickets AS (
    INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest, state,
                        residence, sealed, has_needs, places, voucher, price, tax, created_at)
    SELECT t.id, t.registration, t.person, t.ticket_type, t.position, t.serial, 0, t.kid, t.digest, t.state,
        t.residence, t.sealed, t.has_needs, string_to_array(t.places, ',')::uuid[], t.voucher, t.price, t.tax, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[], $10::int[], $11::bigint[], $12::bytea[], $13::text[],
                $14::bytea[], $26::text[], $27::text[], $28::uuid[], $29::int[], $30::int[],
                $32::bool[], $33::int[])
        AS t (id, registration, person, ticket_type, position, serial, digest, residence, sealed, state, places,
              voucher, price, tax, has_needs, kid)
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
        $5, $5, 0, '' FROM unnest($31::uuid[]) AS t (id)
)
SELECT (SELECT count(*) FROM offered) AS offered, (SELECT count(*) FROM taken) AS taken,
    ARRAY(SELECT (
        SELECT t.created_at FROM person_details d CROSS JOIN LATERAL (
            SELECT k.created_at FROM ticket k WHERE k.person = d.person ORDER BY k.created_at DESC LIMIT $24 + 1
        ) t WHERE d.address_key = a.key ORDER BY t.created_at DESC OFFSET $24 LIMIT 1
    ) FROM unnest($23::bytea[]) WITH ORDINALITY AS a (key, n) ORDER BY a.n) AS one_too_many
"""
"""Everything a group leaves behind. The places are taken by a conditional UPDATE, although the rows are locked.

The answer tells when each address got the last ticket that leaves no room for more; this party is not counted. The
inner LIMIT keeps it to look-ups by index: while a table has no statistics yet, a join would be planned as a hash over
the whole of it. It also tells how many of the ticket types are still as they were offered: the lock waits for a change
under way.
"""


class _TooMany(Exception):
    """An address of the group has had its most; it has to wait for so long."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


async def _insert(granted: Sequence[Granted], people: Sequence[Sequence[Enrolled]]) -> None:
    """Write registrations, tickets, reservations, consents and the promised mails, and take the places.

    Raises `OfferChanged`, or `_TooMany` when an address has had its most: the transaction then takes everything back.
    """
    entries = [one.entry for one in granted]
    newly = sum((one.newly for one in granted), Counter[UUID]())
    # A type by two revisions is a group of two offers, of which one is old: then nothing is written.
    revisions = sorted({(draft.offered.id, draft.offered.revision) for entry in entries for draft in entry.drafts})
    first = [(party[0].id, entry) for entry, party in zip(entries, people, strict=True)]
    agreed = [(person, words) for person, entry in first for words in sorted(set(entry.request.consents))]
    addresses = [(address, entry) for entry in entries for address in sorted(entry.addresses)]
    columns = _ticket_columns(granted, people)
    [row] = await fetch(
        _INSERT,
        [entry.id for entry in entries],
        [entry.found.convention for entry in entries],
        [person for person, _entry in first],
        [entry.language for entry in entries],
        entries[0].now,
        *columns[:9],
        *_reservation_columns(entries),
        [offered for offered, _revision in revisions],
        [revision for _offered, revision in revisions],
        list(newly),
        list(newly.values()),
        [person for person, _words in agreed],
        [words for _person, words in agreed],
        [address for address, _entry in addresses],
        MOST_TICKETS - 1,
        [one.status for one in granted],
        *columns[9:14],
        [
            draft.id
            for one in granted
            for draft, state in zip(one.entry.drafts, one.states, strict=True)
            if state == "valid" and not one.entry.quiet
        ],
        *columns[14:],
    )
    if row["offered"] != len(revisions) or row["taken"] != len(newly):
        raise OfferChanged
    waits = [_wait(last, entry.now) for last, (_, entry) in zip(row["one_too_many"], addresses, strict=True)]
    if any(waits):
        raise _TooMany(max(waits))


def _ticket_columns(granted: Sequence[Granted], people: Sequence[Sequence[Enrolled]]) -> list[list[object]]:
    """Return the columns $6 to $14, $26 to $30, $32 and $33 of the tickets, one row for each person of each party."""
    rows = [
        (
            draft.id,
            one.entry.id,
            person.id,
            draft.offered.id,
            position,
            stored(draft.serial),
            code_digest(draft.code),
            declared.residence,
            person.key and persons.seal_details(person.key, draft.details),
            state,
            ",".join(map(str, draft.places)),
            draft.voucher,
            draft.price,
            draft.tax,
            draft.details.has_needs,
            one.entry.found.kid,
        )
        for one, party in zip(granted, people, strict=True)
        for position, (draft, state, person, declared) in enumerate(
            zip(one.entry.drafts, one.states, party, one.entry.people, strict=True), start=1
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
