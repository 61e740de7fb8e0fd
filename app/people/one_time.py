"""One-time codes of an authenticator app (RFC 6238: SHA-1, six digits, thirty seconds): no code passes twice."""

import base64
import datetime as dt
import hmac
import secrets
from urllib.parse import quote, urlencode
from uuid import UUID

from app.core import audit, limits
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.signing import derived, seal, unseal
from app.people import sessions
from app.people.errors import CodeRefused
from app.people.passkeys import require_not_last
from app.people.proofs import require_may_add
from app.people.roles import Principal
from app.people.sessions import HUMAN
from app.people.strength import Strength, proves

SECONDS = 30
DIGITS = 6
DRIFT = 1
"""Steps by which a phone's clock may be wrong, either way."""
BYTES = 20
PENDING = dt.timedelta(minutes=15)
"""How long a new secret waits for its first code, and may be looked at."""
MOST_TRIES = 5
WITHIN = dt.timedelta(minutes=5)
"""Five tries in five minutes: guessing one in a million then takes a lifetime."""

_MINE = f"""
SELECT s.account, s.sealed, s.last_step, o.role FROM one_time_secret s JOIN account o ON o.id = s.account
WHERE s.account IN ({HUMAN}) AND s.confirmed_at IS NOT NULL ORDER BY s.created_at
"""


def code_at(secret: bytes, step: int) -> str:
    """Return the code of the thirty seconds numbered `step` since 1970 (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, typed: str, now: dt.datetime, last: int) -> int | None:
    """Return the step whose code was typed, if it is near `now` and after the step used `last`."""
    here = int(now.timestamp()) // SECONDS
    code = "".join(typed.split()).encode()
    near = [step for step in range(here - DRIFT, here + DRIFT + 1) if step > last]
    return next((step for step in near if hmac.compare_digest(code_at(secret, step).encode(), code)), None)


def address(secret: bytes, label: str) -> str:
    """Return the `otpauth:` address that an authenticator app reads from a QR symbol."""
    words = urlencode({"secret": in_letters(secret), "issuer": "Machigurumi"})
    return f"otpauth://totp/Machigurumi:{quote(label or 'Machigurumi', safe='')}?{words}"


def in_letters(secret: bytes) -> str:
    """Return the secret as it is typed by hand."""
    return base64.b32encode(secret).decode().rstrip("=")


async def begin(*, principal: Principal, now: dt.datetime) -> None:
    """Make a secret that waits for its first code; raises as `require_may_add`, or `NotFound` when there is one."""
    await require_may_add(principal, now)
    row = await fetch_one(
        "INSERT INTO one_time_secret (account, sealed, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, created_at = excluded.created_at, last_step = 0"
        " WHERE one_time_secret.confirmed_at IS NULL RETURNING account",
        principal.account,
        seal(derived("one-time-codes"), secrets.token_bytes(BYTES)),
        now,
    )
    if row is None:
        raise NotFound


async def waiting_secret(*, principal: Principal, now: dt.datetime) -> bytes:
    """Return the secret that waits for its first code, to whoever might have begun it; raises as `begin`."""
    await require_may_add(principal, now)
    return await _waiting(principal, now)


async def _waiting(principal: Principal, now: dt.datetime) -> bytes:
    row = await fetch_one(
        "SELECT sealed FROM one_time_secret WHERE account = $1 AND confirmed_at IS NULL AND created_at > $2",
        principal.account,
        now - PENDING,
    )
    if row is None:
        raise NotFound
    return unseal(derived("one-time-codes"), row["sealed"])


async def confirm(*, principal: Principal, code: str, cookie: str, now: dt.datetime) -> str:
    """Take the first code, so the app works, and return the cookie of the session that takes the place of this one."""
    worth = await require_may_add(principal, now)
    secret = await _waiting(principal, now)
    await _throttle(principal, now)
    step = step_of(secret, code, now, 0)
    if step is None:
        raise CodeRefused
    async with transaction():
        await fetch(
            "UPDATE one_time_secret SET confirmed_at = $2, last_step = $3 WHERE account = $1",
            principal.account,
            now,
            step,
        )
        await _write_down("authenticator.add", principal, now)
        return await sessions.renew(
            cookie=cookie,
            now=now,
            strength="code" if worth != "link" and principal.strength != "strong" else None,
            proved=True,
        )


async def prove(*, principal: Principal, code: str, now: dt.datetime) -> Strength:
    """Take a code of the human behind `principal` and return what it is worth.

    Raises `CodeRefused`, `TooManyRequests`. An app that a mailbox alone had added proves no more than a mailbox.
    """
    await _throttle(principal, now)
    for row in await fetch(_MINE, principal.account):
        step = step_of(unseal(derived("one-time-codes"), row["sealed"]), code, now, row["last_step"])
        if step is not None and await _used(row["account"], step):
            return "code" if proves(row["role"]) else "link"
    raise CodeRefused


async def _used(account: UUID, step: int) -> bool:
    """Use a code up; the conditional UPDATE lets it pass once, also when it is sent twice at the same moment."""
    row = await fetch_one(
        "UPDATE one_time_secret SET last_step = $2 WHERE account = $1 AND last_step < $2 RETURNING account",
        account,
        step,
    )
    return row is not None


async def _throttle(principal: Principal, now: dt.datetime) -> None:
    """Count a try by the human, whichever of his roles he acts in."""
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    human = min(await sessions.accounts_of_human(principal.account))
    await limits.take(purpose="one-time-code", subject=str(human), most=MOST_TRIES, within=WITHIN, now=now)


async def remove(*, principal: Principal, now: dt.datetime) -> None:
    """Remove the authenticator app and end every other session; raises `NotFound` or `LastProof`."""
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    async with transaction():
        rows = await fetch(f"{_MINE} FOR UPDATE OF s", principal.account)
        if not rows:
            raise NotFound
        await require_not_last(principal.account, without_code=True)
        await fetch("DELETE FROM one_time_secret WHERE account = ANY($1::uuid[])", [row["account"] for row in rows])
        accounts = await sessions.accounts_of_human(principal.account)
        await sessions.end_all(accounts=accounts, now=now, but=principal.session)
        await _write_down("authenticator.remove", principal, now)


async def _write_down(action: str, principal: Principal, now: dt.datetime) -> None:
    await audit.record(actor=principal.actor, action=action, subject=f"account:{principal.account}", now=now)
