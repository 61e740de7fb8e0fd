"""Persons: found again by keyed hashes, their details sealed with a key of their own."""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import idna
import msgspec

from app.core.db import fetch, fetch_one, transaction
from app.core.signing import keyed_hash, new_key, seal, unseal, unwrap
from app.people.schemas import Declared, Details


def normal_address(address: str) -> str:
    """Return the form under which equal addresses are equal: case folded, without a `+tag`.

    `ß` stays what it is: under IDNA 2008 `straße.de` and `strasse.de` belong to different people. Hashes are kept of
    this form, so what it makes of an address without `ß` must not change.
    """
    local, _, domain = _folded(unicodedata.normalize("NFKC", address).strip()).rpartition("@")
    return f"{local.split('+')[0]}@{_sharp_domain(domain) if 'ß' in domain else domain}"


def _folded(words: str) -> str:
    return "ß".join(part.casefold() for part in words.replace("ẞ", "ß").split("ß"))


def _sharp_domain(domain: str) -> str:
    """Return a domain with `ß` as the name service knows it (`xn--strae-oqa.de`), or as it is if that knows no such."""
    try:
        return idna.encode(domain, uts46=True, transitional=False).decode()
    except idna.IDNAError:
        return domain


def name_key(name: str) -> str:
    """Return the form under which equal names are equal: compatible characters, case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def address_key(address: str) -> bytes:
    """Return the keyed hash by which an address is looked up."""
    return keyed_hash("address", normal_address(address))


def match_key(declared: Declared) -> bytes:
    """Return the key of rule 9 (c) of `kpi2-v1`: same normalised address and same name, never the address alone.

    `twin` keeps two people of one name in one party apart.
    """
    details = declared.details
    return keyed_hash("match", f"{normal_address(details.email)}\0{name_key(details.name)}\0{declared.twin}")


ENROL = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
        WITH ORDINALITY AS g (id, key, residence, sealed, address_key, match_key, ord)
), known AS (
    SELECT g.ord, d.person, p.key, g.residence
    FROM given g JOIN person_details d ON d.match_key = g.match_key JOIN person p ON p.id = d.person
), moved AS (
    UPDATE person p SET residence = k.residence FROM known k
    WHERE p.id = k.person AND p.residence IS DISTINCT FROM k.residence RETURNING p.id
), added AS (
    INSERT INTO person (id, key, residence, created_at)
    SELECT g.id, g.key, g.residence, $7 FROM given g WHERE g.ord NOT IN (SELECT ord FROM known)
), details AS (
    INSERT INTO person_details (person, sealed, address_key, match_key)
    SELECT g.id, g.sealed, g.address_key, g.match_key FROM given g WHERE g.ord NOT IN (SELECT ord FROM known)
)
SELECT coalesce(k.person, g.id) AS id, k.person IN (SELECT id FROM moved) AS moved,
    CASE WHEN k.person IS NULL THEN g.key ELSE k.key END AS key
FROM given g LEFT JOIN known k USING (ord) ORDER BY g.ord
"""


class Enrolled(NamedTuple):
    """A person of a party; `moved` when a known one now declares another residence than before.

    `key` is the person's wrapped data key, None when it was erased.
    """

    id: UUID
    moved: bool
    key: bytes | None


async def enrol(declared: Sequence[Declared], *, now: dt.datetime) -> list[Enrolled]:
    """Return the persons behind a party, in its order: known ones found again, the others added. One statement.

    A known person's details stay as first declared: whoever knows a name and an address may be somebody else.
    Two requests that add the same person at once: the second fails with a unique violation on
    `person_details_match_key_key` and is to be run again, when it will find the person.
    """
    ids = [uuid4() for _ in declared]
    keys = [new_key() for _ in declared]
    rows = await fetch(
        ENROL,
        ids,
        keys,
        [d.residence for d in declared],
        [seal_details(key, d.details.of_person()) for key, d in zip(keys, declared, strict=True)],
        [address_key(d.details.email) for d in declared],
        [match_key(d) for d in declared],
        now,
    )
    return [Enrolled(row["id"], bool(row["moved"]), row["key"]) for row in rows]


_BY_MATCH = "SELECT person FROM person_details WHERE match_key = $1"
_ADD = """
WITH added AS (INSERT INTO person (id, key, residence, created_at) VALUES ($1, $2, NULL, $3))
INSERT INTO person_details (person, sealed, address_key, match_key) VALUES ($1, $4, $5, $6)
"""


async def meet(details: Details, *, now: dt.datetime) -> UUID:
    """Return the person of this name and address, added when there is none; says nothing of where it lives.

    For whoever comes without a ticket: `enrol` would take a residence that was never declared for a move.
    """
    found_by = match_key(Declared(details, residence=""))
    known = await fetch_one(_BY_MATCH, found_by)
    if known is None:
        person, key = uuid4(), new_key()
        sealed, found_at = seal_details(key, details.of_person()), address_key(details.email)
        try:
            async with transaction():
                await fetch(_ADD, person, key, now, sealed, found_at, found_by)
        except asyncpg.UniqueViolationError:  # somebody added the same person at this moment
            known = await fetch_one(_BY_MATCH, found_by)
    return person if known is None else known["person"]


def seal_details(key: bytes, details: Details) -> bytes:
    """Seal details with the wrapped key of their person."""
    return seal(unwrap(key), msgspec.json.encode(details))


_details = msgspec.json.Decoder(Details)


def open_details(key: bytes, sealed: bytes) -> Details:
    """Open what `seal_details` sealed with the same key."""
    return _details.decode(unseal(unwrap(key), sealed))


async def details_of(persons: Iterable[UUID]) -> dict[UUID, Details]:
    """Return the details of those persons who were not erased."""
    rows = await fetch(
        "SELECT p.id, p.key, d.sealed FROM person p JOIN person_details d ON d.person = p.id"
        " WHERE p.id = ANY($1::uuid[]) AND p.key IS NOT NULL",
        list(persons),
    )
    return {row["id"]: open_details(row["key"], row["sealed"]) for row in rows}


async def residence_of(person: UUID) -> str | None:
    """Return the residence declared last, locked against a newer declaration until the transaction ends."""
    row = await fetch_one("SELECT residence FROM person WHERE id = $1 FOR SHARE", person)
    return row["residence"] if row else None


async def persons_of(account: UUID) -> list[UUID]:
    """Return the persons registered with the address of an account, the oldest first; erased ones have no address."""
    rows = await fetch(
        "SELECT d.person FROM account a JOIN person_details d ON d.address_key = a.address_key"
        " JOIN person p ON p.id = d.person WHERE a.id = $1 ORDER BY p.created_at, p.id",
        account,
    )
    return [row["person"] for row in rows]
