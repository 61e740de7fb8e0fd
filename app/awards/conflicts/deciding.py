"""Decisions of the secretary: a tie is confirmed, and the judge recused for ever, or dismissed with a reason."""

import datetime as dt
from uuid import UUID

import asyncpg

from app.awards.conflicts import keeping, queries, recusals
from app.awards.conflicts.errors import ConflictDecided
from app.awards.conflicts.schemas import AdditionIn, ConflictDecisionIn, Evidence, Opened
from app.awards.reach import RoundRef
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.people.roles import Principal

_ONE = """
SELECT c.id, c.judge, c.entry, c.state, c.sealed FROM conflict c JOIN award_entry e ON e.id = c.entry
WHERE c.id = $1 AND e.category = $2
"""
_DECIDE = "UPDATE conflict SET state = $2, decided_by = $3, decided_at = $4, reason = $5 WHERE id = $1"
_SETTLE = """
UPDATE conflict SET state = 'confirmed', decided_by = $3, decided_at = $4, reason = $5
WHERE judge = $1 AND entry = $2 AND state = 'proposed'
"""
_OF_AWARD = """
SELECT 1 FROM judge j JOIN award_category g ON g.award = j.award JOIN award_entry e ON e.category = g.id
WHERE j.id = $1 AND e.id = $2 AND e.category = $3
"""


async def opened(*, found: RoundRef, conflict: UUID, principal: Principal, now: dt.datetime) -> Opened:
    """Return a conflict with the names behind it; the audit log keeps that they were read. Raises `NotFound`."""
    async with transaction():
        row = await _row(found, conflict)
        await _record("open", row, principal, now)
        return Opened(await queries.conflict(found, conflict), keeping.opened(row["sealed"]))


async def decide(
    *, found: RoundRef, conflict: UUID, wish: ConflictDecisionIn, principal: Principal, now: dt.datetime
) -> None:
    """Decide about a proposed conflict. Raises `NotFound`, `ConflictDecided`.

    Confirming one settles all that is proposed of the pair: it is out for ever.
    """
    async with transaction():
        row = await _row(found, conflict, lock=True)
        if row["state"] != "proposed":
            raise ConflictDecided
        await fetch(_DECIDE, conflict, wish.decision, principal.account, now, wish.reason)
        if wish.decision == "confirmed":
            await recusals.recuse(judge=row["judge"], entry=row["entry"], conflict=conflict, now=now)
            await fetch(_SETTLE, row["judge"], row["entry"], principal.account, now, wish.reason)
        await _record(wish.decision, row, principal, now)


async def add(*, found: RoundRef, wish: AdditionIn, principal: Principal, now: dt.datetime) -> UUID:
    """Write down a tie that the secretary knows of, and recuse the judge. Return its id. Raises `Invalid`."""
    async with transaction():
        if await fetch_one(_OF_AWARD, wish.judge, wish.entry, found.category) is None:
            raise Invalid([FieldError("judge", "choice", _("Please choose one of the values offered."))])
        made = await keeping.keep(
            judge=wish.judge,
            entry=wish.entry,
            source="secretary",
            tie=wish.tie,
            evidence=Evidence(note=wish.reason),
            now=now,
            state="confirmed",
            account=principal.account,
            reason=wish.reason,
        )
        if made is None:
            raise ConflictDecided
        await recusals.recuse(judge=wish.judge, entry=wish.entry, conflict=made, now=now)
        await fetch(_SETTLE, wish.judge, wish.entry, principal.account, now, wish.reason)
        await _record("confirmed", await _row(found, made), principal, now)
    return made


async def _row(found: RoundRef, conflict: UUID, *, lock: bool = False) -> asyncpg.Record:
    row = await fetch_one(_ONE + (" FOR UPDATE OF c" if lock else ""), conflict, found.category)
    if row is None:
        raise NotFound
    return row


async def _record(act: str, row: asyncpg.Record, principal: Principal, now: dt.datetime) -> None:
    detail = {"judge": str(row["judge"]), "entry": str(row["entry"])}
    await audit.record(
        actor=principal.actor, action=f"conflict.{act}", subject=f"conflict:{row['id']}", now=now, detail=detail
    )
