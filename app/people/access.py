"""Who asks: bearer tokens, browser sessions, and the policy that opens or closes a route."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import Unauthorized
from app.core.settings import settings
from app.core.signing import derived, keyed_hash, new_token, seal, token_digest
from app.people.errors import AddressTaken
from app.people.persons import address_key
from app.people.roles import ANONYMOUS, Principal, Role, Scope
from app.people.strength import alive

TOUCHED = dt.timedelta(minutes=1)
"""How old `seen_at` may grow before it is written again: reading a page should not cost a write."""
USED = dt.timedelta(hours=1)
"""How old `used_at` of a token may grow."""
REMEMBERED = dt.timedelta(seconds=1)
"""How long a process trusts a bearer token it has just checked: a revocation is felt everywhere within a second."""
MOST_REMEMBERED = 4096

_remembered: dict[bytes, tuple[dt.datetime, Principal]] = {}

_BY_TOKEN = """
SELECT a.id, a.role, a.label, a.scope, d.id AS device, d.revoked_at IS NOT NULL AS device_revoked,
    t.scope AS narrower, t.id AS token, t.used_at, t.name <> '' AS program, d.seen_at AS heard_at
FROM access_token t JOIN account a ON a.id = t.account LEFT JOIN device d ON d.account = a.id
WHERE t.digest = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
  AND a.suspended_at IS NULL
"""  # noqa: S105  # a statement, not a secret
_BY_SESSION = """
SELECT a.id, a.role, a.label, a.scope, d.id AS device, d.revoked_at IS NOT NULL AS device_revoked,
    s.id AS session, s.strength, s.proved_at, s.seen_at, s.created_at, d.seen_at AS heard_at
FROM browser_session s JOIN account a ON a.id = s.account LEFT JOIN device d ON d.account = a.id
WHERE s.digest = $1 AND s.ended_at IS NULL AND a.suspended_at IS NULL
"""


def _principal(row: asyncpg.Record) -> Principal:
    return Principal(
        role=row["role"],
        account=row["id"],
        label=row["label"],
        scope=msgspec.json.decode(row["scope"], type=Scope),
        device=row["device"],
        device_revoked=row["device_revoked"],
    )


def _bearer(row: asyncpg.Record) -> Principal:
    found = msgspec.structs.replace(_principal(row), program=row["program"])
    if row["narrower"] is None:
        return found
    narrower = msgspec.json.decode(row["narrower"], type=Scope)
    return msgspec.structs.replace(found, scope=found.scope.narrowed(narrower))


async def by_token(token: str, now: dt.datetime) -> Principal:
    """Return whoever bears `token`, or `ANONYMOUS` if it is not valid now."""
    digest = token_digest(token)
    until, principal = _remembered.get(digest, (now, ANONYMOUS))
    if now < until:
        return principal
    row = await fetch_one(_BY_TOKEN, digest, now)
    if row is None:
        _remembered.pop(digest, None)
        return ANONYMOUS
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    await _write_use_down(row, now)
    principal = _bearer(row)
    _remembered[digest] = (now + REMEMBERED, principal)
    return principal


async def _write_use_down(row: asyncpg.Record, now: dt.datetime) -> None:
    """Keep when a token was used, once an hour, and when a phone was heard of, once a minute."""
    if row["used_at"] is None or row["used_at"] < now - USED:
        await fetch("UPDATE access_token SET used_at = $2 WHERE id = $1", row["token"], now)
    await _hear_of(row, now)


async def _hear_of(row: asyncpg.Record, now: dt.datetime) -> None:
    if row["device"] is not None and (row["heard_at"] is None or row["heard_at"] < now - TOUCHED):
        await fetch("UPDATE device SET seen_at = $2 WHERE id = $1", row["device"], now)


async def by_session(cookie: str, now: dt.datetime) -> Principal:
    """Return whoever is signed in with this cookie, or `ANONYMOUS`."""
    digest = token_digest(cookie)
    row = await fetch_one(_BY_SESSION, digest)
    if row is None or not alive(role=row["role"], created_at=row["created_at"], seen_at=row["seen_at"], now=now):
        return ANONYMOUS
    if row["seen_at"] < now - TOUCHED:
        await fetch("UPDATE browser_session SET seen_at = $2 WHERE digest = $1 AND seen_at < $2", digest, now)
    await _hear_of(row, now)
    return msgspec.structs.replace(
        _principal(row),
        csrf=csrf_token(cookie),
        session=row["session"],
        strength=row["strength"],
        proved_at=row["proved_at"],
    )


async def holding(principal: Principal) -> Principal:
    """Return `principal` with what he reaches at this moment; until the transaction ends nobody takes it from him.

    What is offered to others outlives the request: whoever suspends an account must find every offer it has made.
    Raises `Unauthorized` for an account that was suspended since the request came in.
    """
    if principal.account is None:
        return principal
    row = await fetch_one("SELECT scope, suspended_at FROM account WHERE id = $1 FOR SHARE", principal.account)
    if row is None or row["suspended_at"] is not None:
        raise Unauthorized
    scope = msgspec.json.decode(row["scope"], type=Scope)
    return msgspec.structs.replace(principal, scope=principal.scope.narrowed(scope))


def session_cookie() -> str:
    """Return the name of the session's cookie; `__Host-` keeps neighbouring hosts from planting one (RFC 6265bis)."""
    return "__Host-machi_session" if settings().secure else "machi_session"


def csrf_token(cookie: str) -> str:
    """Return the token that forms of this session carry: bound to it, useless elsewhere."""
    return keyed_hash("csrf", cookie).hex()


async def add_account(
    *,
    role: Role,
    label: str,
    now: dt.datetime,
    scope: Scope = Scope(),  # noqa: B008  # frozen
    device: str | None = None,
    email: str | None = None,
) -> UUID:
    """Add an account; `device` names the phone to enrol under it, `email` is where sign-in links go.

    Raises `AddressTaken` when another account of this role has the address.
    """
    account = uuid4()
    added = await fetch_one(
        "INSERT INTO account (id, role, label, scope, created_at, address, address_key)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (address_key, role) DO NOTHING RETURNING id",
        account,
        role,
        label,
        msgspec.json.encode(scope).decode(),
        now,
        None if email is None else seal(derived("accounts"), email.encode()),
        None if email is None else address_key(email),
    )
    if added is None:
        raise AddressTaken
    if device is not None:
        await fetch(
            "INSERT INTO device (id, account, name, enrolled_at) VALUES ($1, $2, $3, $4)", uuid4(), account, device, now
        )
    return account


async def issue_token(
    *,
    account: UUID,
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
    name: str = "",
    narrower: Scope | None = None,
) -> str:
    """Make a bearer token for an account and return it: the only time it can be seen. `narrower` narrows its scope."""
    token = new_token()
    await fetch(
        "INSERT INTO access_token (id, account, digest, created_at, expires_at, name, scope)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        uuid4(),
        account,
        token_digest(token),
        now,
        expires_at,
        name,
        None if narrower is None else msgspec.json.encode(narrower).decode(),
    )
    return token


def forget() -> None:
    """Forget every token this process has just checked."""
    _remembered.clear()


async def revoke_tokens(*, accounts: Sequence[UUID], now: dt.datetime) -> None:
    """Revoke every token of these accounts."""
    await fetch(
        "UPDATE access_token SET revoked_at = $2 WHERE account = ANY($1::uuid[]) AND revoked_at IS NULL",
        list(accounts),
        now,
    )
    forget()
