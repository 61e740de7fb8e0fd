"""Signing in by a link sent by mail: no passwords, one use, ten minutes, only in the browser that asked.

The binding needs no column: the digest of a bound link covers the random value that the asking browser keeps in a
cookie, so the link alone, read by somebody else or opened by a mail scanner, opens nothing. A link that is bound to no
browser was made by an operator, who hands it over himself; that is why its sessions are strong.
"""

import datetime as dt
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit, jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import language
from app.core.settings import settings
from app.core.signing import derived, keyed_hash, new_token, token_digest, unseal
from app.people import access, sessions
from app.people.errors import LinkExpired
from app.people.persons import address_key, details_of
from app.people.proofs import first_use
from app.people.roles import ROLES, Role
from app.people.strength import Strength

LINK_MINUTES = 10

_OPEN = """
FROM sign_in_link l LEFT JOIN account a ON a.id = l.account LEFT JOIN person_details d ON d.person = l.person
WHERE l.digest = ANY($1::bytea[]) AND l.expires_at > $2 AND (l.used_at IS NULL OR l.reusable AND $3)
  AND (a.id IS NOT NULL AND a.suspended_at IS NULL OR d.person IS NOT NULL)
"""
_BEHIND = """
SELECT (SELECT id FROM account WHERE address_key = $1 AND suspended_at IS NULL ORDER BY created_at, id LIMIT 1)
        AS account,
    (SELECT d.person FROM person_details d JOIN person p ON p.id = d.person WHERE d.address_key = $1
     ORDER BY p.created_at, p.id LIMIT 1) AS person
"""


class Entered(NamedTuple):
    """A session that was opened: the value of its cookie, the role it acts in, and how many roles one may choose of."""

    cookie: str
    role: Role
    choices: int = 1


class Held(msgspec.Struct, frozen=True):
    """One role of a human."""

    id: UUID
    role: Role
    label: str


def _bound(token: str, browser: str) -> bytes:
    """Return the digest of a link that only the browser holding `browser` may open.

    Keyed, so that no text is both: as the token of an operator's link it would open a strong session.
    """
    return keyed_hash("bound-link", f"{token}\0{browser}")


def _digests(token: str, browser: str | None) -> list[bytes]:
    return [token_digest(token), *([_bound(token, browser)] if browser else [])]


async def link_for(*, account: UUID, now: dt.datetime, minutes: int = LINK_MINUTES, reusable: bool = False) -> str:
    """Make a link as an operator does and return its token; its sessions are strong.

    A `reusable` one opens again only where everything is for demonstration.
    """
    token = new_token()
    await _store(token_digest(token), now, account=account, minutes=minutes, reusable=reusable)
    return token


async def _store(
    digest: bytes,
    now: dt.datetime,
    *,
    account: UUID | None = None,
    person: UUID | None = None,
    minutes: int = LINK_MINUTES,
    reusable: bool = False,
) -> None:
    await fetch(
        "INSERT INTO sign_in_link (id, account, person, digest, created_at, expires_at, reusable)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING",
        uuid4(),
        account,
        person,
        digest,
        now,
        now + dt.timedelta(minutes=minutes),
        reusable,
    )


async def request_link(*, email: str, browser: str, now: dt.datetime) -> None:
    """Promise a link to `email`, bound to the browser that keeps `browser`.

    Known and unknown addresses get the same answer for the same statements: whether there is an account shows only in
    the mailbox. The job holds ids and a keyed hash, no address and no token.
    """
    async with transaction():
        row = await fetch_one(_BEHIND, address_key(email))
        assert row is not None  # noqa: S101  # two scalars always make a row
        ask = uuid4()
        await jobs.defer(
            "people.send_sign_in_link",
            now=now,
            ask=ask,
            account=row["account"],
            person=row["person"],
            digest=_bound(token_of(ask), browser).hex(),
            language=language(),
        )


def token_of(ask: UUID) -> str:
    """Return the token of the link promised under `ask`: a repeated job sends the same link again."""
    return keyed_hash("sign-in-link", ask.hex).hex()


async def add_promised_link(
    *, account: UUID | None, person: UUID | None, digest: bytes, now: dt.datetime
) -> str | None:
    """Open the promised link for ten minutes from now and return the address it goes to; None when nobody is left."""
    address = await _address(account) if account else await _declared_address(person)
    if address is not None:
        await _store(digest, now, account=account, person=None if account else person)
    return address


async def _address(account: UUID) -> str | None:
    row = await fetch_one("SELECT address FROM account WHERE id = $1", account)
    return unseal(derived("accounts"), row["address"]).decode() if row and row["address"] else None


async def _declared_address(person: UUID | None) -> str | None:
    found = await details_of([person]) if person else {}
    return next((details.email for details in found.values()), None)


async def open_link(*, token: str, browser: str | None, now: dt.datetime) -> None:
    """Look whether the link would open, without using it; raises `LinkExpired`."""
    if await fetch_one(f"SELECT 1 {_OPEN}", _digests(token, browser), now, settings().demo) is None:
        raise LinkExpired


async def confirm(
    *, token: str, now: dt.datetime, browser: str | None = None, agent: str = "", replaces: str = ""
) -> Entered:
    """Use the link and open a session; raises `LinkExpired`.

    The row lock lets one of two clicks through. An operator's link leads to its own account; one sent by mail proves
    the mailbox, and so opens any role of that address; whoever is registered with it becomes an attendee now.
    """
    async with transaction():
        link = await fetch_one(
            f"SELECT l.id, l.digest, a.id AS account, a.role, a.address_key, d.address_key AS declared {_OPEN}"
            " FOR UPDATE OF l",
            _digests(token, browser),
            now,
            settings().demo,
        )
        if link is None:
            raise LinkExpired
        await fetch("UPDATE sign_in_link SET used_at = $2 WHERE id = $1", link["id"], now)
        by_operator = link["digest"] == token_digest(token)
        held = [Held(link["account"], link["role"], "")] if by_operator else await _roles_behind(link, now)
        return await enter(
            held=held, strength="strong" if by_operator else "link", now=now, agent=agent, replaces=replaces, by="link"
        )


async def _roles_behind(link: asyncpg.Record, now: dt.datetime) -> list[Held]:
    key = link["address_key"] or link["declared"]
    await _add_attendee(key, now)
    return await held_by(key)


async def _add_attendee(key: bytes, now: dt.datetime) -> None:
    """Add an account for whoever is registered with this address and has none as an attendee."""
    row = await fetch_one(
        "SELECT d.person FROM person_details d JOIN person p ON p.id = d.person WHERE d.address_key = $1 AND NOT EXISTS"
        " (SELECT FROM account WHERE address_key = $1 AND role = 'attendee') ORDER BY p.created_at, p.id LIMIT 1",
        key,
    )
    address = await _declared_address(row["person"]) if row else None
    if address is not None:
        await access.add_account(role="attendee", label="", now=now, email=address)


async def held_by(key: bytes) -> list[Held]:
    """Return the accounts of an address that are open, the least powerful first."""
    rows = await fetch("SELECT id, role, label FROM account WHERE address_key = $1 AND suspended_at IS NULL", key)
    return sort_held([msgspec.convert(dict(row), Held) for row in rows])


def sort_held(found: list[Held]) -> list[Held]:
    """Return roles in the order in which they are offered; the first is taken until another one is chosen."""
    return sorted(found, key=lambda one: (ROLES.index(one.role), one.id))


async def enter(
    *,
    held: list[Held],
    strength: Strength,
    now: dt.datetime,
    by: str,
    agent: str = "",
    replaces: str = "",
    proved_at: dt.datetime | None = None,
) -> Entered:
    """Open a session in the first of these roles; raises `LinkExpired` when there is none. `by` is for the log."""
    if not held:
        raise LinkExpired
    first = held[0]
    cookie = await sessions.open_session(
        account=first.id, strength=strength, now=now, agent=agent, replaces=replaces, proved_at=proved_at
    )
    actor = f"{first.role}:{first.id}"
    await audit.record(actor=actor, action="sign-in", subject=f"account:{first.id}", now=now, detail={"by": by})
    return Entered(cookie, first.role, len(held))


async def without_mail(
    *, account: UUID, invited: bool, now: dt.datetime, agent: str = "", replaces: str = ""
) -> Entered:
    """Open a session for whoever has just accepted an invitation (`invited`), or holds an enrolled phone.

    With a role that needs more than a mailbox, and no other proof yet, the invited may add the first passkey in it.
    """
    async with transaction():
        row = await fetch_one("SELECT id, role, label FROM account WHERE id = $1 AND suspended_at IS NULL", account)
        held = [msgspec.convert(dict(row), Held)] if row else []
        strength = await first_use(account) if invited else "link"
        by = "invitation" if invited else "phone"
        return await enter(held=held, strength=strength, now=now, by=by, agent=agent, replaces=replaces)


async def sign_out(*, cookie: str, now: dt.datetime) -> None:
    """End the session of this cookie for good; an unknown one is no error."""
    await sessions.end(cookie=cookie, now=now)
