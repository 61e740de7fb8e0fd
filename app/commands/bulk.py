"""A large crowd for a convention: invented people with tickets, the same ones for the same seed.

Everything known of the i-th ticket follows from (convention, seed, i), so a second run adds nothing, and a larger
one only what is missing. Only the wrapping of the sealed details is random. No mail is promised.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

import msgspec

from app.core.db import fetch, transaction
from app.core.signing import new_key, seal, unwrap
from app.events.tables import Convention
from app.people.persons import address_key, match_key
from app.people.schemas import Declared, Details
from app.ticketing import queries
from app.ticketing.tables import TicketType
from app.ticketing.tickets import code_digest, code_of, stored

BATCH = 2_000
"""Tickets of one transaction."""
LANGUAGES = {"JP": "ja", "CN": "zh-Hans", "KR": "ko"}
COUNTRIES = ("JP",) * 60 + ("CN",) * 9 + ("KR",) * 8 + ("US",) * 6 + ("TW",) * 5 + ("TH", "VN", "DE", "FR", "GB", "SG")
NAMES = {
    "JP": (("佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本"), ("陽菜", "蓮", "結衣", "湊", "葵", "悠真")),
    "CN": (("王", "李", "张", "刘", "陈", "杨"), ("伟", "芳", "娜", "敏", "静", "磊")),
    "KR": (("김", "이", "박", "최", "정"), ("민준", "서연", "도윤", "지우", "하은")),
}
ELSEWHERE = (
    ("Nguyen", "Müller", "Martin", "Smith", "Somchai", "Chen", "Tan"),
    ("Alex", "Kim", "Maria", "Jean", "Anh", "Noor"),
)


class Batch(msgspec.Struct):
    """The columns of some tickets, each a list in the same order; persons may come twice."""

    persons: list[UUID] = []
    keys: list[bytes] = []
    residences: list[str] = []
    sealed: list[bytes] = []
    address_keys: list[bytes] = []
    match_keys: list[bytes] = []
    registrations: list[UUID] = []
    languages: list[str] = []
    tickets: list[UUID] = []
    types: list[UUID] = []
    serials: list[int] = []
    digests: list[bytes] = []
    moments: list[dt.datetime] = []


class Crowd(msgspec.Struct, frozen=True):
    """What to make: `types` are (id, number) of the free public ticket types, tickets spread over `people` persons.

    `places` are the quotas of which a ticket of each type takes a place.
    """

    convention: UUID
    slug: str
    scope: int
    opened: dt.datetime
    types: list[tuple[UUID, int]]
    places: dict[UUID, list[UUID]]
    people: int
    seed: int

    def id(self, kind: str, number: int) -> UUID:
        """Return the id that follows from what is known."""
        return UUID(bytes=self._digest(kind, number)[:16], version=4)

    def random(self, kind: str, number: int) -> Random:
        """Return the dice of one person or ticket."""
        return Random(self._digest(kind, number))  # noqa: S311  # repeatable on purpose

    def _digest(self, kind: str, number: int) -> bytes:
        return hashlib.sha256(f"{self.slug}/{self.seed}/{kind}/{number}".encode()).digest()


async def crowd(*, slug: str, people: int, seed: int) -> Crowd | None:
    """Read what tickets of this convention can be; None when there is no such convention or nothing to be had."""
    columns = (Convention.id, Convention.number, Convention.first_day)
    row = await Convention.select(*columns).where(Convention.slug == slug).first()
    if row is None:
        return None
    types = await (
        TicketType.select(TicketType.id, TicketType.number)
        .where(
            TicketType.convention == row["id"],
            TicketType.public.eq(value=True),
            TicketType.price == 0,
            TicketType.admission == "open",
        )
        .order_by(TicketType.position)
    )
    offer = await queries.offer(slug, dt.datetime.now(dt.UTC))
    places = {t.id: t.quotas for t in offer.types.values()} if offer else {}
    opened = dt.datetime.combine(row["first_day"], dt.time(), dt.UTC) - dt.timedelta(days=60)
    pairs = [(t["id"], t["number"]) for t in types if t["id"] in places]
    return Crowd(row["id"], slug, row["number"], opened, pairs, places, people, seed) if pairs else None


async def fill(found: Crowd, *, tickets: int, progress: Callable[[int], object]) -> int:
    """Write `tickets` tickets and return how many were new; `progress` is told the size of each batch."""
    new = 0
    for start in range(0, tickets, BATCH):
        numbers = range(start, min(start + BATCH, tickets))
        new += await _write(found, _batch(found, numbers))
        progress(len(numbers))
    return new


def _batch(found: Crowd, numbers: Sequence[int]) -> Batch:
    batch = Batch()
    for number in numbers:
        residence = _add_person(found, batch, number % found.people)
        _add_ticket(found, batch, number, residence)
    return batch


def _add_person(found: Crowd, batch: Batch, number: int) -> str:
    dice = found.random("person", number)
    residence = dice.choice(COUNTRIES)
    family, given = NAMES.get(residence, ELSEWHERE)
    name = f"{dice.choice(family)} {dice.choice(given)}"
    details = Details(name=name, email=f"guest-{found.seed}-{number}@{found.slug}.example.org")
    key = new_key()
    declared = Declared(details=details, residence=residence)
    batch.persons.append(found.id("person", number))
    batch.keys.append(key)
    batch.residences.append(residence)
    batch.sealed.append(seal(unwrap(key), msgspec.json.encode(details)))
    batch.address_keys.append(address_key(details.email))
    batch.match_keys.append(match_key(declared))
    return residence


def _add_ticket(found: Crowd, batch: Batch, number: int, residence: str) -> None:
    dice = found.random("ticket", number)
    ticket_type, product = dice.choice(found.types)
    serial = dice.getrandbits(64)
    batch.registrations.append(found.id("registration", number))
    batch.languages.append(LANGUAGES.get(residence, "en"))
    batch.tickets.append(found.id("ticket", number))
    batch.types.append(ticket_type)
    batch.serials.append(stored(serial))
    batch.digests.append(code_digest(code_of(scope=found.scope, product=product, serial=serial)))
    batch.moments.append(found.opened + dt.timedelta(seconds=dice.randrange(50 * 86_400)))


_PERSONS = """
WITH given AS (
    SELECT DISTINCT ON (id) * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
        AS g (id, key, residence, sealed, address_key, match_key)
), added AS (
    INSERT INTO person (id, key, residence, created_at) SELECT id, key, residence, $7 FROM given
    ON CONFLICT (id) DO NOTHING RETURNING id
)
INSERT INTO person_details (person, sealed, address_key, match_key)
SELECT id, sealed, address_key, match_key FROM given JOIN added USING (id)
"""
_TICKETS = """
WITH given AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[], $8::bytea[],
        $9::text[], $10::timestamptz[], $11::text[])
        AS g (registration, person, language, id, ticket_type, serial, digest, residence, moment, places)
), registered AS (
    INSERT INTO registration (id, convention, person, status, language, created_at)
    SELECT registration, $1, person, 'confirmed', language, moment FROM given ON CONFLICT (id) DO NOTHING
)
INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest, state,
                    residence, places, created_at)
SELECT id, registration, person, ticket_type, 1, serial, 0, 0, digest, 'valid', residence,
    string_to_array(places, ',')::uuid[], moment FROM given
ON CONFLICT (id) DO NOTHING RETURNING ticket_type
"""


async def _write(found: Crowd, batch: Batch) -> int:
    """Write one batch; the places it takes are added to the quotas, for a crowd does not ask whether there are any."""
    async with transaction():
        columns = (batch.persons, batch.keys, batch.residences, batch.sealed, batch.address_keys, batch.match_keys)
        await fetch(_PERSONS, *columns, found.opened)
        rows = await fetch(
            _TICKETS,
            *(found.convention, batch.registrations, batch.persons, batch.languages, batch.tickets, batch.types),
            *(batch.serials, batch.digests, batch.residences, batch.moments),
            [",".join(map(str, found.places[ticket_type])) for ticket_type in batch.types],
        )
        await _take_places(Counter(q for row in rows for q in found.places[row["ticket_type"]]))
        return len(rows)


async def _take_places(places: Counter[UUID]) -> None:
    for quota in sorted(places):
        await fetch(
            "UPDATE quota SET taken = taken + $2, capacity = greatest(capacity, taken + $2) WHERE id = $1",
            quota,
            places[quota],
        )
