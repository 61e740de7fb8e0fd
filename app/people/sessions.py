"""Browser sessions: opened with a fresh id, exchanged at every step that makes them worth more, ended on the server."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound, Unauthorized
from app.core.signing import new_token, token_digest
from app.people.roles import Principal, Role
from app.people.strength import Strength, alive

_RENEW = """
WITH old AS (
    UPDATE browser_session SET ended_at = $2 WHERE digest = $1 AND ended_at IS NULL RETURNING *
)
INSERT INTO browser_session (id, account, digest, created_at, seen_at, proved_at, strength, agent)
SELECT $3, coalesce($4, account), $5, CASE WHEN $6 THEN $2 ELSE created_at END, $2,
    CASE WHEN $6 THEN $2 ELSE proved_at END, coalesce($7, strength), agent
FROM old RETURNING account
"""
HUMAN = """
SELECT h.id FROM account a JOIN account h ON h.id = a.id OR h.address_key = a.address_key WHERE a.id = $1
"""
"""The accounts of the human behind an account; one without an address stands alone."""
_OPEN = f"""
SELECT s.id, s.created_at, s.seen_at, s.agent, a.role FROM browser_session s JOIN account a ON a.id = s.account
WHERE s.ended_at IS NULL AND s.account IN ({HUMAN}) ORDER BY s.seen_at DESC, s.id
"""


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser, as its owner sees it; `agent` is the browser in words."""

    id: UUID
    role: Role
    created_at: dt.datetime
    seen_at: dt.datetime
    agent: str


async def open_session(
    *,
    account: UUID,
    strength: Strength,
    now: dt.datetime,
    agent: str = "",
    replaces: str = "",
    proved_at: dt.datetime | None = None,
) -> str:
    """Open a session and return the value of its cookie; the session of the cookie `replaces` ends.

    The id is always fresh: a cookie that somebody planted is never taken over (session fixation). `proved_at` is
    earlier than `now` where somebody else vouches for a proof of then.
    """
    cookie = new_token()
    async with transaction():
        await end(cookie=replaces, now=now)
        await fetch(
            "INSERT INTO browser_session (id, account, digest, created_at, seen_at, proved_at, strength, agent)"
            " VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
            uuid4(),
            account,
            token_digest(cookie),
            now,
            proved_at or now,
            strength,
            agent,
        )
    return cookie


async def renew(
    *,
    cookie: str,
    now: dt.datetime,
    account: UUID | None = None,
    strength: Strength | None = None,
    proved: bool = False,
) -> str:
    """Exchange the session for one with a fresh id and return its cookie; the old one is dead at once.

    A proof counts as signing in again; without one the age is kept, so that no exchange makes a session last longer.
    """
    fresh = new_token()
    row = await fetch_one(_RENEW, token_digest(cookie), now, uuid4(), account, token_digest(fresh), proved, strength)
    if row is None:
        raise Unauthorized
    return fresh


async def end(*, cookie: str, now: dt.datetime) -> None:
    """End the session of this cookie for good; an unknown one is no error."""
    await fetch(
        "UPDATE browser_session SET ended_at = $2 WHERE digest = $1 AND ended_at IS NULL", token_digest(cookie), now
    )


async def end_all(*, accounts: Sequence[UUID], now: dt.datetime, but: UUID | None = None) -> int:
    """End every session of these accounts, `but` one, and return how many: after a change of role, a suspension."""
    rows = await fetch(
        "UPDATE browser_session SET ended_at = $2 WHERE account = ANY($1::uuid[]) AND ended_at IS NULL"
        " AND id IS DISTINCT FROM $3 RETURNING id",
        list(accounts),
        now,
        but,
    )
    return len(rows)


async def accounts_of_human(account: UUID) -> list[UUID]:
    """Return every account of the human behind `account`, also suspended ones."""
    return [row["id"] for row in await fetch(HUMAN, account)]


async def sessions_of(principal: Principal, now: dt.datetime) -> list[Session]:
    """Return the sessions of the human behind `principal` that are alive, the one used last first."""
    found = [msgspec.convert(dict(row), Session) for row in await fetch(_OPEN, principal.account)]
    return [one for one in found if alive(role=one.role, created_at=one.created_at, seen_at=one.seen_at, now=now)]


async def end_one(*, session: UUID, principal: Principal, now: dt.datetime) -> None:
    """End one of one's own sessions; raises `NotFound` for anybody else's."""
    async with transaction():
        row = await fetch_one(
            f"UPDATE browser_session SET ended_at = $3 WHERE id = $2 AND ended_at IS NULL AND account IN ({HUMAN})"
            " RETURNING id",
            principal.account,
            session,
            now,
        )
        if row is None:
            raise NotFound
        await audit.record(actor=principal.actor, action="session.end", subject=f"session:{session}", now=now)


async def end_others(*, principal: Principal, now: dt.datetime) -> None:
    """End all of one's own sessions but this one."""
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    async with transaction():
        ended = await end_all(accounts=await accounts_of_human(principal.account), now=now, but=principal.session)
        await audit.record(
            actor=principal.actor,
            action="session.end-others",
            subject=f"account:{principal.account}",
            now=now,
            detail={"ended": ended},
        )
