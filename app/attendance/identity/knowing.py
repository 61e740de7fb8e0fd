"""What is known of people when they are compared, read from the sealed details of their registrations."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from app.attendance.identity.matching import Known, Place
from app.core.db import fetch
from app.core.signing import unseal, unwrap
from app.people.naming.names import Spellings, organisation, spellings
from app.people.schemas import Details

_PERSONS = """
SELECT p.id, p.key, p.residence AS home, d.address_key, d.sealed AS own, k.registration, k.residence, k.sealed,
  k.changed_in::text::bigint AS changed_in
FROM person p JOIN person_details d ON d.person = p.id LEFT JOIN ticket k ON k.person = p.id
WHERE p.id = ANY($1::uuid[]) AND p.key IS NOT NULL ORDER BY p.id, k.created_at, k.id
"""


class Read(NamedTuple):
    """Somebody as read just now; `changed_in` names the transaction that last changed one of the tickets."""

    known: Known
    changed_in: int


async def known_of(persons: Iterable[UUID]) -> dict[UUID, Read]:
    """Return what is known of these persons; who was erased is left out."""
    rows = await fetch(_PERSONS, list(persons))
    return {person: _read(person, list(own)) for person, own in groupby(rows, key=lambda row: row["id"])}


def _read(person: UUID, rows: Sequence[asyncpg.Record]) -> Read:
    first, key = rows[0], unwrap(rows[0]["key"])
    own = _opened(key, first["own"])
    told = [(row, _opened(key, row["sealed"]) if row["sealed"] else own) for row in rows]
    known = Known(
        person=person,
        name=_name([own, *(details for _, details in told)]),
        address=first["address_key"],
        places=frozenset(place for row, details in told if (place := _place(row, details))),
        parties=frozenset(row["registration"] for row in rows if row["registration"]),
    )
    return Read(known, max(row["changed_in"] or 0 for row in rows))


def _opened(key: bytes, sealed: bytes) -> Details:
    return msgspec.json.decode(unseal(key, sealed), type=Details)


def _name(told: Iterable[Details]) -> Spellings:
    found = Spellings()
    for name, reading in {(details.name, details.reading) for details in told}:
        found |= spellings(name, reading)
    return found


def _place(row: asyncpg.Record, details: Details) -> Place | None:
    country = row["residence"] or row["home"]
    return Place(country, organisation(details.organisation)) if country else None
