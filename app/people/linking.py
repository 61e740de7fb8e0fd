"""A second address, proved by a mail ("I already have a ticket"): rule 9 (b) of `kpi2-v1`.

Whoever reads the mailbox of an address is the person registered with it; where several are, only one of a fitting name,
or the one that the reader chooses. Nothing but counting follows: no ticket changes hands, and no page shows more.
"""

import datetime as dt
from collections import Counter
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit, jobs, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.signing import keyed_hash, seal, token_digest, unseal, unwrap
from app.core.validation import Address
from app.people.errors import ChallengeClosed
from app.people.own_data import OwnPerson, persons_at
from app.people.persons import address_key, details_of, name_key
from app.people.schemas import Details

HOURS = 24
NOBODY = "nobody"
"""The choice of somebody who is none of the people at the address."""


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form sends: another address of one's own. `form` was drawn when it was shown."""

    email: Address
    form: UUID | None = None
    csrf: str = ""


class Known(msgspec.Struct, frozen=True):
    """Somebody registered with the address: how a form calls him, and his name, masked where that is enough."""

    choice: str
    name: str


class Challenge(msgspec.Struct, frozen=True):
    """What the link of the mail shows: who asks, and who may be meant. The reader chooses unless it is `certain`."""

    asks: str
    known: list[Known]
    certain: bool
    proved: bool


class Letter(msgspec.Struct, frozen=True):
    """Where the mail goes, in which language."""

    address: str
    language: str
    token: str


async def ask(*, person: UUID, claim: Claim, language: str, now: dt.datetime) -> None:
    """Promise a mail to another address of a person; the same whether somebody is registered with it or not.

    A form sent twice makes one mail. Raises `NotFound` for somebody who was erased, `Invalid` for the address that the
    person is known by already.
    """
    challenge = once.row_id(claim.form, claim, person)
    async with transaction():
        row = await fetch_one(
            "SELECT p.key, d.address_key FROM person p JOIN person_details d ON d.person = p.id"
            " WHERE p.id = $1 AND p.key IS NOT NULL",
            person,
        )
        if row is None:
            raise NotFound
        if row["address_key"] == address_key(claim.email):
            raise Invalid([FieldError("email", "same", _("This is the address you have registered with."))])
        await fetch(
            "INSERT INTO address_challenge (id, person, address, address_key, digest, language, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
            challenge,
            person,
            seal(unwrap(row["key"]), claim.email.encode()),
            address_key(claim.email),
            token_digest(_token(challenge)),
            language,
            now,
            now + dt.timedelta(hours=HOURS),
        )
        await jobs.defer("people.send_challenge", key=f"challenge:{challenge}", now=now, challenge=challenge)


def _token(challenge: UUID) -> str:
    """Return the token of a challenge's link: a repeated job sends the same link again, and no row holds it."""
    return keyed_hash("address-challenge", challenge.hex).hex()


async def letter(*, challenge: UUID, now: dt.datetime) -> Letter | None:
    """Return what the mail needs, or None when nobody is registered with the address; then it is forgotten at once."""
    row = await fetch_one(
        "SELECT c.*, p.key FROM address_challenge c JOIN person p ON p.id = c.person"
        " WHERE c.id = $1 AND p.key IS NOT NULL FOR UPDATE OF c",
        challenge,
    )
    if row is None or row["expires_at"] <= now or row["proved_at"] is not None:
        return None
    if not await _others(row):
        await fetch("DELETE FROM address_challenge WHERE id = $1", challenge)
        return None
    return Letter(unseal(unwrap(row["key"]), row["address"]).decode(), row["language"], _token(challenge))


async def look(*, token: str, now: dt.datetime) -> Challenge:
    """Return what the link shows, without using it; raises `ChallengeClosed`."""
    row = await _row(token, now)
    asks = await _asking(row)
    meant, certain = await _meant(row, asks)
    names = _told_apart([one.details.name for one in meant])
    known = [Known(_choice(row, one), name) for one, name in zip(meant, names, strict=True)]
    return Challenge(_masked(asks.name), known, certain, row["proved_at"] is not None)


async def prove(*, token: str, choice: str, now: dt.datetime) -> bool:
    """Use the link; return whether somebody was linked. Once: a link used before changes nothing.

    Works in any browser, for it is the mailbox that proves. Raises `ChallengeClosed`, and `Invalid` while it is open
    which of several people is meant.
    """
    async with transaction():
        row = await _row(token, now, lock=True)
        if row["proved_at"] is not None:
            return False
        meant, certain = await _meant(row, await _asking(row))
        other = meant[0].id if certain else _chosen(row, meant, choice)
        await fetch("UPDATE address_challenge SET proved_at = $2 WHERE id = $1", row["id"], now)
        if other is not None:
            await _link(row, other, now)
    return other is not None


def _chosen(row: asyncpg.Record, meant: list[OwnPerson], choice: str) -> UUID | None:
    if choice == NOBODY:
        return None
    found = [one.id for one in meant if _choice(row, one) == choice]
    if not found:
        raise Invalid([FieldError("person", "choice", _("Please choose one of the values offered."))])
    return found[0]


async def _link(row: asyncpg.Record, other: UUID, now: dt.datetime) -> None:
    """Promise the ledger's entry. The job is the ledger's own: named, not imported, attendance stands above people."""
    await jobs.defer(
        "attendance.record_link",
        key=f"link:{row['id']}",
        now=now,
        person=row["person"],
        other=other,
        source=f"link:{row['id'].hex}",
    )
    await audit.record(
        actor="holder", action="person.link", subject=f"person:{row['person']}", now=now, detail={"other": str(other)}
    )


async def _row(token: str, now: dt.datetime, *, lock: bool = False) -> asyncpg.Record:
    """Return the challenge behind a link; the lock lets one of two clicks through."""
    row = await fetch_one(
        f"SELECT * FROM address_challenge WHERE digest = $1 AND expires_at > $2{' FOR UPDATE' if lock else ''}",
        token_digest(token),
        now,
    )
    if row is None:
        raise ChallengeClosed
    return row


async def _asking(row: asyncpg.Record) -> Details:
    found = await details_of([row["person"]])
    if row["person"] not in found:
        raise ChallengeClosed
    return found[row["person"]]


async def _others(row: asyncpg.Record) -> list[OwnPerson]:
    return [one for one in await persons_at(row["address_key"]) if one.id != row["person"]]


async def _meant(row: asyncpg.Record, asks: Details) -> tuple[list[OwnPerson], bool]:
    """Return who may be meant, and whether that is certain: one of a fitting name, for groups share an address."""
    others = await _others(row)
    fitting = [one for one in others if compatible(one.details, asks)]
    return fitting or others, len(fitting) == 1


def compatible(one: Details, other: Details) -> bool:
    """Whether two people may be one by their names: a name or reading of both is equal, in whatever order its words."""
    return bool(_names(one) & _names(other))


def _names(details: Details) -> set[str]:
    return {" ".join(sorted(name_key(name).split())) for name in (details.name, details.reading) if name_key(name)}


def _choice(row: asyncpg.Record, one: OwnPerson) -> str:
    """Return how the form calls a person: no pseudonym leaves the house."""
    return keyed_hash("challenge-choice", f"{row['id']}:{one.id}").hex()[:16]


def _masked(name: str) -> str:
    """Return enough of a name for its bearer to know it."""
    return " ".join(f"{word[0]}…" for word in name.split()) or name


def _told_apart(names: list[str]) -> list[str]:
    """Return names masked, but whole where the masks are equal: the reader has to find himself."""
    masks = Counter(map(_masked, names))
    return [_masked(name) if masks[_masked(name)] == 1 else name for name in names]
