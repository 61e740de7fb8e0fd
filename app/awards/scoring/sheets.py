"""Sheets as others read them: those that count, and what members of a panel may see of each other."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.scoring.desk import Desk
from app.awards.scoring.saving import DECLARED, FREE, Saved, saved_of
from app.awards.scoring.sheet import Verdict, counted
from app.awards.windows import phase
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound

STANDS = """a.removed_at IS NULL AND e.state = 'submitted'
AND NOT EXISTS (SELECT FROM recusal q WHERE q.judge = a.judge AND q.entry = a.entry)"""
"""That an assignment `a` of an entry `e` counts: nobody took it back, nobody left the competition."""
_COLUMNS = """
a.entry, a.judge, j.pseudonym, s."values", s.verdict, s.abstained, s.to_applicant, s.to_committee, s.version,
s.submitted_at
"""
_SUBMITTED = f"""
SELECT {_COLUMNS} FROM sheet s JOIN assignment a ON a.id = s.assignment JOIN judge j ON j.id = a.judge
JOIN award_entry e ON e.id = a.entry
WHERE a.round = $1 AND ($2::uuid IS NULL OR a.entry = $2) AND s.submitted_at IS NOT NULL AND {STANDS}
ORDER BY e.number, e.id, j.pseudonym
"""
_SEAT = f"""
SELECT a.id, {FREE} AS free, {DECLARED} AS declared FROM assignment a JOIN award_entry e ON e.id = a.entry
WHERE a.round = $1 AND a.judge = $2 AND a.entry = $3 AND {STANDS}
"""
_MINE = f"""
SELECT a.entry FROM assignment a JOIN award_entry e ON e.id = a.entry
WHERE a.round = $1 AND a.judge = $2 AND {STANDS} AND {FREE} ORDER BY e.number, e.id
"""
_HELD = """
SELECT revision, saved_at, submitted_at, "values", verdict, abstained, to_applicant, to_committee
FROM sheet WHERE assignment = $1
"""


class SheetRow(Struct, frozen=True, kw_only=True):
    """A submitted sheet that counts; `version` is the digest of the version judged. An abstention has no values."""

    entry: UUID
    judge: UUID
    pseudonym: str
    values: dict[str, float | None]
    verdict: Verdict | None
    abstained: bool
    to_applicant: str
    to_committee: str
    version: bytes
    submitted_at: dt.datetime


class Own(Struct, frozen=True, kw_only=True):
    """A judge's own sheet, under the id of the assignment; `declared` when it has declared no tie to the entry."""

    assignment: UUID
    declared: bool
    saved: Saved


async def submitted(found: RoundRef, *, entry: UUID | None = None) -> list[SheetRow]:
    """Return the sheets of a round that count, by number of the entry and pseudonym; those of one entry when named."""
    return [_row(row) for row in await fetch(_SUBMITTED, found.id, entry)]


def _row(row: asyncpg.Record) -> SheetRow:
    held: dict[str, Any] = dict(row)
    values = msgspec.json.decode(row["values"], type=dict[str, float | None])
    return SheetRow(**{**held, "values": counted(values, abstained=row["abstained"])})


async def own(sitting: Desk, entry: UUID) -> Own:
    """Return a judge's own sheet. Raises `NotFound` without a standing assignment, and while a tie is undecided."""
    seat = await fetch_one(_SEAT, sitting.round.id, sitting.judge.id, entry)
    if seat is None or (seat["declared"] and not seat["free"]):
        raise NotFound
    row = await fetch_one(_HELD, seat["id"])
    return Own(assignment=seat["id"], declared=seat["free"], saved=Saved() if row is None else saved_of(row))


def shows_peers(sitting: Desk, mine: Own, now: dt.datetime) -> bool:
    """Whether a judge sees by now what the others of the panel say of an entry that is also his.

    `after_own`: once his own sheet is submitted; `after_close`: once nothing is taken any more.
    """
    if not mine.declared:
        return False
    if sitting.round.peers == "after_own":
        return mine.saved.submitted_at is not None
    return sitting.round.peers == "after_close" and is_over(sitting.round, now)


def is_over(found: RoundRef, now: dt.datetime) -> bool:
    """Whether nothing is taken in a round any more."""
    over = phase(now, found.opens_at, found.closes_at, found.grace_ms) == "closed"
    return over or found.state in {"closed", "released"}


async def of_peers(sitting: Desk, entry: UUID, mine: Own, now: dt.datetime) -> list[SheetRow]:
    """Return the submitted sheets of the others on an entry, as far as `shows_peers` says."""
    if not shows_peers(sitting, mine, now):
        return []
    return [row for row in await submitted(sitting.round, entry=entry) if row.judge != sitting.judge.id]


async def judged_by(sitting: Desk) -> list[UUID]:
    """Return the entries that are assigned to a judge and that it has declared no tie to, by number."""
    return [row["entry"] for row in await fetch(_MINE, sitting.round.id, sitting.judge.id)]
