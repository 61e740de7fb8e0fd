"""Signing in by a link sent by mail: no passwords, one use, ten minutes, only in the browser that asked.

The binding needs no column: the digest of a bound link covers the random value that the asking browser keeps in a
cookie, so the link alone, read by somebody else or opened by a mail scanner, opens nothing.
"""

import datetime as dt
from uuid import UUID, uuid4

from app.core import audit, jobs, limits
from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import language
from app.core.signing import derived, keyed_hash, new_token, token_digest, unseal
from app.people.errors import LinkExpired
from app.people.persons import address_key, normal_address

LINK_MINUTES = 10
MOST_ASKS = 5
"""Links one address may ask for within `ASKS_WITHIN`."""
ASKS_WITHIN = dt.timedelta(minutes=10)

_OPEN = """
FROM sign_in_link l JOIN account a ON a.id = l.account
WHERE l.digest = ANY($1::bytea[]) AND l.expires_at > $2 AND (l.used_at IS NULL OR l.reusable)
  AND a.suspended_at IS NULL
"""


def _bound(token: str, browser: str) -> bytes:
    """Return the digest of a link that only the browser holding `browser` may open."""
    return token_digest(f"{token}\0{browser}")


def _digests(token: str, browser: str | None) -> list[bytes]:
    return [token_digest(token), *([_bound(token, browser)] if browser else [])]


async def link_for(*, account: UUID, now: dt.datetime, minutes: int = LINK_MINUTES, reusable: bool = False) -> str:
    """Make a link for an account and return its token: for whoever hands it over himself, so bound to no browser."""
    token = new_token()
    await _store(account, token_digest(token), now, minutes=minutes, reusable=reusable)
    return token


async def _store(account: UUID, digest: bytes, now: dt.datetime, *, minutes: int, reusable: bool) -> None:
    await fetch(
        "INSERT INTO sign_in_link (id, account, digest, created_at, expires_at, reusable)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING",
        uuid4(),
        account,
        digest,
        now,
        now + dt.timedelta(minutes=minutes),
        reusable,
    )


async def request_link(*, email: str, browser: str, now: dt.datetime) -> None:
    """Promise a link to `email`, bound to the browser that keeps `browser`; raises `TooManyRequests`.

    Known and unknown addresses get the same answer for the same statements: whether there is an account shows only in
    the mailbox. The job holds ids and a keyed hash, no address and no token.
    """
    async with transaction():
        await limits.take(purpose="sign-in", subject=normal_address(email), most=MOST_ASKS, within=ASKS_WITHIN, now=now)
        row = await fetch_one(
            "SELECT id FROM account WHERE address_key = $1 AND suspended_at IS NULL", address_key(email)
        )
        ask = uuid4()
        await jobs.defer(
            "people.send_sign_in_link",
            now=now,
            ask=ask,
            account=row["id"] if row else None,
            digest=_bound(token_of(ask), browser).hex(),
            language=language(),
        )


def token_of(ask: UUID) -> str:
    """Return the token of the link promised under `ask`: a repeated job sends the same link again."""
    return keyed_hash("sign-in-link", ask.hex).hex()


async def add_promised_link(*, account: UUID, digest: bytes, now: dt.datetime) -> str:
    """Open the promised link for ten minutes from now and return the address it goes to."""
    await _store(account, digest, now, minutes=LINK_MINUTES, reusable=False)
    row = await fetch_one("SELECT address FROM account WHERE id = $1", account)
    assert row is not None  # noqa: S101  # accounts are never deleted
    return unseal(derived("accounts"), row["address"]).decode()


async def open_link(*, token: str, browser: str | None, now: dt.datetime) -> None:
    """Look whether the link would open, without using it; raises `LinkExpired`."""
    if await fetch_one(f"SELECT 1 {_OPEN}", _digests(token, browser), now) is None:
        raise LinkExpired


async def confirm(*, token: str, now: dt.datetime, browser: str | None = None) -> str:
    """Use the link and return the value of a new session's cookie; raises `LinkExpired`.

    The row lock lets one of two clicks through. The session id is fresh: whatever the browser sent is not looked at.
    """
    async with transaction():
        link = await fetch_one(
            f"SELECT l.id, a.id AS account, a.role {_OPEN} FOR UPDATE OF l", _digests(token, browser), now
        )
        if link is None:
            raise LinkExpired
        await fetch("UPDATE sign_in_link SET used_at = $2 WHERE id = $1", link["id"], now)
        cookie = new_token()
        await fetch(
            "INSERT INTO browser_session (id, account, digest, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
            uuid4(),
            link["account"],
            token_digest(cookie),
            now,
        )
        actor = f"{link['role']}:{link['account']}"
        await audit.record(actor=actor, action="sign-in", subject=f"account:{link['account']}", now=now)
    return cookie


async def sign_out(*, cookie: str, now: dt.datetime) -> None:
    """End the session of this cookie for good; an unknown one is no error."""
    await fetch(
        "UPDATE browser_session SET ended_at = $2 WHERE digest = $1 AND ended_at IS NULL", token_digest(cookie), now
    )
