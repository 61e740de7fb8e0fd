"""What people hold about a person: details, consents, and the account that belongs to the address."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one, transaction
from app.core.signing import derived, unseal, unwrap
from app.people.errors import NameTaken
from app.people.holders import File, Holder, Trace, holds
from app.people.persons import details_of, match_key, name_key, open_details, seal_details
from app.people.schemas import Declared, Details

_ADDRESS_KEYS = """
SELECT k.address_key FROM (SELECT DISTINCT address_key FROM person_details WHERE person = ANY($1::uuid[])) k
WHERE NOT EXISTS (
    SELECT FROM person_details d WHERE d.address_key = k.address_key AND d.person <> ALL($1::uuid[])
)
"""
"""Addresses that belong to these persons alone: what hangs on a shared one is not only theirs."""
_ACCOUNTS = f"SELECT id FROM account WHERE address_key IN ({_ADDRESS_KEYS})"

_OF_ACCOUNT = {
    "sessions": "SELECT created_at, seen_at, proved_at, strength, agent, ended_at FROM browser_session"
    f" WHERE account IN ({_ACCOUNTS}) ORDER BY created_at",
    "sign_in_links": f"SELECT created_at, expires_at, used_at FROM sign_in_link WHERE account IN ({_ACCOUNTS})"
    " ORDER BY created_at",
    "passkeys": f"SELECT name, created_at, used_at FROM passkey WHERE account IN ({_ACCOUNTS}) ORDER BY created_at",
    "authenticators": f"SELECT created_at, confirmed_at FROM one_time_secret WHERE account IN ({_ACCOUNTS})",
    "identities": f"SELECT issuer, subject, created_at FROM external_identity WHERE account IN ({_ACCOUNTS})",
    "tokens": "SELECT name, created_at, expires_at, used_at, revoked_at FROM access_token"
    f" WHERE account IN ({_ACCOUNTS}) ORDER BY created_at",
    "invitations": "SELECT role, label, language, created_at, expires_at, accepted_at, withdrawn_at FROM invitation"
    f" WHERE address_key IN ({_ADDRESS_KEYS}) ORDER BY created_at",
    "asked_by_others": "SELECT created_at, expires_at, proved_at FROM address_challenge"
    f" WHERE address_key IN ({_ADDRESS_KEYS}) ORDER BY created_at",
    "mails": "SELECT name, promised_at, done_at FROM job WHERE name LIKE 'people.%' AND payload ->> 'account' IN"
    f" (SELECT id::text FROM account WHERE address_key IN ({_ADDRESS_KEYS})) ORDER BY promised_at",
    "recorded_acts": "SELECT at, actor, action, subject FROM audit_entry WHERE subject IN"
    f" (SELECT 'account:' || id FROM account WHERE address_key IN ({_ADDRESS_KEYS})"
    " UNION ALL SELECT 'person:' || p FROM unnest($1::uuid[]) p) ORDER BY position",
}
"""What hangs on the addresses of these persons alone, without the digests by which it is found."""


async def _export(persons: Sequence[UUID]) -> list[File]:
    ids = list(persons)
    files = [File("persons.json", await _persons(ids)), File("consents.json", await _consents(ids))]
    account: dict[str, Any] = {"accounts": await _accounts(ids), "other_addresses": await _other_addresses(ids)}
    for name, statement in _OF_ACCOUNT.items():
        account[name] = [dict(row) for row in await fetch(statement, ids)]
    return [*files, File("account.json", account)]


async def _persons(ids: list[UUID]) -> list[dict[str, Any]]:
    known = await details_of(ids)
    rows = await fetch(
        "SELECT id, residence, created_at, erased_at FROM person WHERE id = ANY($1::uuid[]) ORDER BY created_at", ids
    )
    return [dict(row) | {"details": msgspec.to_builtins(known.get(row["id"]))} for row in rows]


async def _consents(ids: list[UUID]) -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT c.person, c.text AS version, c.given_at, c.withdrawn_at, t.purpose, t.title::text, t.body::text"
        " FROM consent c LEFT JOIN consent_text t ON t.version = c.text WHERE c.person = ANY($1::uuid[])"
        " ORDER BY c.given_at, c.text",
        ids,
    )
    words = ("title", "body")
    return [dict(row) | {name: msgspec.json.decode(row[name] or "{}") for name in words} for row in rows]


async def _accounts(ids: list[UUID]) -> list[dict[str, Any]]:
    rows = await fetch(
        f"SELECT id, role, label, address, created_at, suspended_at FROM account WHERE id IN ({_ACCOUNTS})", ids
    )
    return [dict(row) | {"address": row["address"] and _opened(row["address"])} for row in rows]


async def _other_addresses(ids: list[UUID]) -> list[dict[str, Any]]:
    """Return the addresses that these persons said to be theirs as well."""
    rows = await fetch(
        "SELECT c.person, c.address, c.created_at, c.expires_at, c.proved_at, p.key FROM address_challenge c"
        " JOIN person p ON p.id = c.person WHERE c.person = ANY($1::uuid[]) AND p.key IS NOT NULL"
        " ORDER BY c.created_at",
        ids,
    )
    found = [dict(row) for row in rows]
    return [row | {"address": unseal(unwrap(row.pop("key")), row["address"]).decode()} for row in found]


def _opened(address: bytes) -> str:
    return unseal(derived("accounts"), address).decode()


_HANGS_ON_ACCOUNT = (
    "browser_session",
    "sign_in_link",
    "passkey",
    "one_time_secret",
    "external_identity",
    "ceremony",
    "access_token",
)


async def _erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    ids = list(persons)
    alone = [row["address_key"] for row in await fetch(_ADDRESS_KEYS, ids)]
    await forget_address(alone, now=now)
    await fetch("DELETE FROM sign_in_link WHERE person = ANY($1::uuid[])", ids)
    await fetch(
        "DELETE FROM address_challenge WHERE person = ANY($1::uuid[]) OR address_key = ANY($2::bytea[])", ids, alone
    )
    await fetch("DELETE FROM consent WHERE person = ANY($1::uuid[])", ids)
    await fetch("DELETE FROM person_details WHERE person = ANY($1::uuid[])", ids)
    await fetch(
        "UPDATE person SET key = NULL, erased_at = coalesce(erased_at, $2) WHERE id = ANY($1::uuid[])", ids, now
    )


async def forget_address(keys: Sequence[bytes], *, now: dt.datetime) -> None:
    """Forget the attendee's account of each address, and open invitations; accounts with another role stay."""
    rows = await fetch(
        "SELECT id FROM account WHERE role = 'attendee' AND address_key = ANY($1::bytea[]) FOR UPDATE", list(keys)
    )
    await forget_accounts([row["id"] for row in rows], now=now)
    await fetch("DELETE FROM undeliverable WHERE address_key = ANY($1::bytea[])", list(keys))
    await fetch(
        "UPDATE invitation SET address = NULL, address_key = '\\x', label = '',"
        " withdrawn_at = CASE WHEN accepted_at IS NULL THEN coalesce(withdrawn_at, $2) ELSE withdrawn_at END"
        " WHERE address_key = ANY($1::bytea[])",
        list(keys),
        now,
    )


async def forget_accounts(accounts: Sequence[UUID], *, now: dt.datetime) -> None:
    """Take everything personal out of these accounts; the rows stay, because the audit log names their ids."""
    ids = list(accounts)
    for table in _HANGS_ON_ACCOUNT:
        await fetch(f"DELETE FROM {table} WHERE account = ANY($1::uuid[])", ids)
    await fetch(
        "DELETE FROM job WHERE name LIKE 'people.%' AND payload ->> 'account' = ANY($1::text[])",
        [str(one) for one in ids],
    )
    await fetch("UPDATE invitation SET label = '' WHERE account = ANY($1::uuid[])", ids)
    await fetch(
        "UPDATE account SET address = NULL, address_key = NULL, label = '', suspended_at = coalesce(suspended_at, $2)"
        " WHERE id = ANY($1::uuid[])",
        ids,
        now,
    )


_READ_BY = """
SELECT DISTINCT substr(subject, 8)::uuid AS person FROM audit_entry
WHERE at >= $1 AND at < $2 AND subject ~ '^person:[0-9a-f-]{36}$' AND split_part(actor, ':', 2) = ANY($3::text[])
"""
_SAME_MAILBOX = """
SELECT d.person FROM account a JOIN person_details d ON d.address_key = a.address_key
WHERE a.id = ANY($1::uuid[]) AND a.role = 'attendee'
"""


async def _reached(trace: Trace) -> set[UUID]:
    """An account reached the persons its acts name; an attendee's also those of its own mailbox."""
    accounts = await accounts_of(trace)
    read = await fetch(_READ_BY, trace.since, trace.until, [str(one) for one in accounts])
    return {row["person"] for row in (*read, *await fetch(_SAME_MAILBOX, accounts))}


async def accounts_of(trace: Trace) -> list[UUID]:
    """Return the accounts behind a trace: the account itself, or that of a session or a device."""
    statement = {
        "account": "SELECT id FROM account WHERE id = $1",
        "session": "SELECT account AS id FROM browser_session WHERE id = $1",
        "device": "SELECT account AS id FROM device WHERE id = $1",
    }.get(trace.kind)
    return [row["id"] for row in await fetch(statement, trace.subject)] if statement else []


async def _correct(person: UUID, key: bytes, details: Details) -> None:
    """Write the new words; the key that finds the person again changes with the name alone, so twins stay apart."""
    row = await fetch_one("SELECT sealed, match_key FROM person_details WHERE person = $1 FOR UPDATE", person)
    if row is None:
        return
    same = name_key(open_details(key, row["sealed"]).name) == name_key(details.name)
    found_by = row["match_key"] if same else match_key(Declared(details=details, residence=""))
    try:
        async with transaction():
            await fetch(
                "UPDATE person_details SET sealed = $2, match_key = $3 WHERE person = $1",
                person,
                seal_details(key, details),
                found_by,
            )
    except asyncpg.UniqueViolationError as error:
        raise NameTaken from error


HOLDER = holds(Holder("people", _export, _erase, _correct, _reached))
