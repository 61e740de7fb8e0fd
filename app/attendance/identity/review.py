"""The review of doubles: an officer opens two people side by side, and decides whether they are one.

Names are opened one pair at a time, and the audit log keeps who did. "Same" is a merge in the ledger, undoing it a
split; "different" holds against every rule until it is undone.
"""

import datetime as dt
from uuid import UUID, uuid4

import asyncpg

from app.attendance import ledger
from app.attendance.identity import queries
from app.attendance.identity.errors import AlreadyDecided, NotDecided, PersonErased
from app.attendance.identity.finding import merge_entry, place
from app.attendance.identity.schemas import Decision, DecisionIn, Opened
from app.attendance.ledger import Entry
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound

_DECIDE = "UPDATE double SET decision = $2, operator = $3, reason = $4, decided_at = $5, position = NULL WHERE id = $1"
_PART = """
UPDATE double SET decision = 'different', operator = $2, reason = $3, position = NULL, automatic = false WHERE id = $1
"""
_REOPEN = """
UPDATE double SET decision = NULL, operator = $2, reason = $3, decided_at = NULL, position = NULL, automatic = false
WHERE id = $1
"""


async def opened(*, double: UUID, actor: str, now: dt.datetime) -> Opened:
    """Return two people side by side; raises `NotFound`. That their names were read stands in the audit log."""
    async with transaction():
        row = await fetch_one("SELECT * FROM double WHERE id = $1", double)
        if row is None:
            raise NotFound
        first, second = [await queries.side(row[name]) for name in ("first", "second")]
        assert first is not None and second is not None  # noqa: S101, PT018  # foreign keys
        for side in (first, second):
            if not side.erased:
                await _read(side.person, double, actor, now)
        return Opened(queries.double_out(row, now=now), (first, second))


async def _read(person: UUID, double: UUID, actor: str, now: dt.datetime) -> None:
    detail = {"double": str(double)}
    await audit.record(actor=actor, action="person.compare", subject=f"person:{person}", now=now, detail=detail)


async def decide(*, double: UUID, wanted: DecisionIn, actor: str, now: dt.datetime) -> None:
    """Decide about a pair, once; raises `NotFound`, `AlreadyDecided`, `PersonErased`."""
    async with transaction():
        row = await _locked(double)
        if row["decision"] is not None:
            raise AlreadyDecided
        if row["erased"]:
            raise PersonErased
        await fetch(_DECIDE, double, wanted.decision, actor, wanted.reason, now)
        if wanted.decision == "same":
            entry = merge_entry(row, operator=actor, reason=wanted.reason)
            await ledger.append([entry], now=now)
            await place([double], [entry])
        await _record(row, wanted.decision, actor, now)


async def undo(*, double: UUID, reason: str, actor: str, now: dt.datetime) -> None:
    """Take a decision back, a rule's as well: the pair waits again; raises `NotFound`, `NotDecided`."""
    async with transaction():
        row = await _locked(double)
        if row["decision"] is None:
            raise NotDecided
        if row["position"] is not None:
            source = f"split:{double.hex}:{uuid4().hex[:8]}"
            entry = split_of(row["position"], row["first"], operator=actor, reason=reason, source=source)
            await ledger.append([entry], now=now)
        await reopen(double, row["erased"], actor=actor, reason=reason)
        await _record(row, "undo", actor, now)


async def reopen(double: UUID, erased: bool, *, actor: str, reason: str) -> None:  # noqa: FBT001
    """Let a pair wait again; of an erased person nothing can be compared, so it is two from now on."""
    await fetch(_PART if erased else _REOPEN, double, actor, reason)


def split_of(position: int, person: UUID, *, operator: str, reason: str, source: str) -> Entry:
    """Return the entry that undoes a merge."""
    return Entry(
        kind="split",
        evidence_class="E",
        person=person,
        role="",
        subject=position,
        operator=operator,
        reason=reason,
        source=source,
    )


async def _locked(double: UUID) -> asyncpg.Record:
    """Return a pair, locked against other decisions and the finder; `erased` when one of the two was."""
    row = await fetch_one(
        "SELECT d.*, EXISTS (SELECT FROM person p WHERE p.id IN (d.first, d.second) AND p.key IS NULL) AS erased"
        " FROM double d WHERE d.id = $1 FOR UPDATE OF d",
        double,
    )
    if row is None:
        raise NotFound
    return row


async def _record(row: asyncpg.Record, action: Decision | str, actor: str, now: dt.datetime) -> None:
    detail = {"first": str(row["first"]), "second": str(row["second"])}
    await audit.record(actor=actor, action=f"double.{action}", subject=f"double:{row['id']}", now=now, detail=detail)
