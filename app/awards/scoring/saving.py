"""Saving and submitting a sheet: one statement while it is being filled in, whatever else two hundred judges do.

The statement holds every condition itself: the assignment stands, the judge has declared, the round is open at this
moment, nobody saved in between. It shares the locks of assignment and round, so that a recusal or a closing that is
under way is waited for, and whoever comes after it is refused. When it writes nothing, a second look says why.

A sheet that is submitted counts. Every change to it counts at once and is written into the audit log; a change that
leaves a question open takes the submission back.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.conflicts.recusals import declared_by, free_to_judge
from app.awards.reach import any_round
from app.awards.scoring.desk import Desk, brief_of, desk, takes
from app.awards.scoring.errors import DeclareFirst, RoundClosed, SheetOutdated
from app.awards.scoring.sheet import Brief, Sheet
from app.core import audit
from app.core.db import fetch_one, transaction
from app.core.errors import Invalid, NotFound
from app.people.roles import Principal

DECLARED = declared_by("a.judge", "a.entry")
"""That the judge of an assignment `a` has declared."""
FREE = free_to_judge("a.judge", "a.entry")
"""That the judge of an assignment `a` has declared, and no tie is left to be decided."""
WORK = f"(NOT {DECLARED} OR {FREE})"
"""That an assignment `a` is work of its judge: while a tie waits to be decided it is nobody's."""
OPEN = "r.state = 'open' AND {now} >= r.opens_at AND {now} < r.closes_at + r.grace_ms * interval '1 millisecond'"
"""`windows.accepts` for a round `r`, inside the statement that writes; a test holds the two together."""
_CONTENT = '"values", verdict, abstained, to_applicant, to_committee'
_SEAT = """
FROM assignment a JOIN award_round r ON r.id = a.round JOIN judge j ON j.id = a.judge JOIN award w ON w.id = j.award
JOIN award_entry e ON e.id = a.entry AND e.state = 'submitted' JOIN entry_version v ON v.id = e.pinned
"""
_WRITE = f"""
WITH seat AS (
    SELECT a.id, v.digest {_SEAT}
    WHERE a.round = $1 AND a.entry = $2 AND a.removed_at IS NULL AND j.account = $3 AND w.slug = $4
      AND ($5::uuid[] IS NULL OR w.id = ANY($5)) AND {OPEN.format(now="$6::timestamptz")} AND {FREE}
      AND ($7 = 0 OR EXISTS (SELECT FROM sheet s WHERE s.assignment = a.id))
    FOR SHARE OF a, r
)
INSERT INTO sheet AS s (assignment, revision, version, saved_at, {_CONTENT})
SELECT id, 1, digest, $6, $8::jsonb, $9, $10, $11, $12 FROM seat
ON CONFLICT (assignment) DO UPDATE SET revision = s.revision + 1, version = EXCLUDED.version, saved_at = $6,
    "values" = EXCLUDED."values", verdict = EXCLUDED.verdict, abstained = EXCLUDED.abstained,
    to_applicant = EXCLUDED.to_applicant, to_committee = EXCLUDED.to_committee
WHERE s.revision = $7 AND s.submitted_at IS NULL
RETURNING revision, saved_at, submitted_at
"""
_LOOK = f"""
SELECT a.id, {FREE} AS free, {DECLARED} AS declared, v.digest, r.state, r.opens_at, r.closes_at, r.grace_ms {_SEAT}
WHERE a.round = $1 AND a.entry = $2 AND a.judge = $3 AND a.removed_at IS NULL FOR UPDATE OF a FOR SHARE OF r
"""
_STORED = f"SELECT revision, saved_at, submitted_at, {_CONTENT} FROM sheet WHERE assignment = $1"
_AGAIN = f"""
INSERT INTO sheet AS s (assignment, revision, version, saved_at, submitted_at, {_CONTENT})
VALUES ($1, 1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9)
ON CONFLICT (assignment) DO UPDATE SET revision = s.revision + 1, version = EXCLUDED.version, saved_at = $3,
    submitted_at = $4, "values" = EXCLUDED."values", verdict = EXCLUDED.verdict, abstained = EXCLUDED.abstained,
    to_applicant = EXCLUDED.to_applicant, to_committee = EXCLUDED.to_committee
RETURNING revision, saved_at, submitted_at
"""
_values = msgspec.json.Decoder(dict[str, float | None]).decode


class Saved(Struct, frozen=True, kw_only=True):
    """A sheet as it is stored; `revision` 0 and no `saved_at` before anything was."""

    revision: int = 0
    saved_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    sheet: Sheet = Sheet()


_briefs: dict[UUID, Brief] = {}
MOST_BRIEFS = 256


async def save(  # the whole of a request
    *,
    award: str,
    round_id: UUID,
    entry: UUID,
    sheet: Sheet,
    seen: int,
    principal: Principal,
    now: dt.datetime,
    submit: bool = False,
) -> Saved:
    """Store a sheet that was made from revision `seen`, 0 for none; with `submit` it counts from now on.

    Sending the same again changes nothing. Raises `NotFound` without a standing assignment, `DeclareFirst`,
    `RoundClosed`, `SheetOutdated` with what is stored, `Invalid` for what the rubric has not, and for open questions
    when submitting.
    """
    _require(sheet, await brief(round_id), submit=submit)
    if not submit:
        row = await fetch_one(
            _WRITE, round_id, entry, principal.account, award, principal.scope.awards, now, seen, *_columns(sheet)
        )
        if row is not None:
            return Saved(sheet=sheet, **row)
    sitting = await desk(award=award, round_id=round_id, principal=principal)
    async with transaction():
        return await _second_look(sitting, entry, sheet, seen=seen, submit=submit, principal=principal, now=now)


async def brief(round_id: UUID) -> Brief:
    """Return what was pinned; a round that has opened never changes it, so it is remembered. Raises `NotFound`."""
    if round_id not in _briefs:
        found = await any_round(round_id)
        if len(_briefs) >= MOST_BRIEFS:
            _briefs.clear()
        _briefs[round_id] = brief_of(found)
    return _briefs[round_id]


def _require(sheet: Sheet, held_against: Brief, *, submit: bool) -> None:
    found = held_against.wrong(sheet)
    if submit:
        found += held_against.required(sheet)
    if found:
        raise Invalid(found)


def _columns(sheet: Sheet) -> tuple[Any, ...]:
    values = msgspec.json.encode(sheet.values, order="sorted").decode()
    return values, sheet.verdict, sheet.abstained, sheet.to_applicant, sheet.to_committee


async def _second_look(
    sitting: Desk, entry: UUID, sheet: Sheet, *, seen: int, submit: bool, principal: Principal, now: dt.datetime
) -> Saved:
    seat = await fetch_one(_LOOK, sitting.round.id, entry, sitting.judge.id)
    if seat is None or (seat["declared"] and not seat["free"]):
        raise NotFound  # as if it were taken back: which entry a tie is about is not told while judging is blind
    _require_open(sitting, seat, now)
    held = await stored(seat["id"])
    if held.sheet == sheet and (held.submitted_at is not None or not submit) and held.revision:
        return held
    if held.revision != seen and held.sheet != sheet:
        raise SheetOutdated(held.sheet, held.revision)
    since = _since(sitting, sheet, held, submit=submit, now=now)
    row = await fetch_one(_AGAIN, seat["id"], seat["digest"], now, since, *_columns(sheet))
    assert row is not None  # noqa: S101  # an insert that may update always answers
    if held.submitted_at is not None or since is not None:
        await _write_down(seat, principal, now, revision=row["revision"], counts=since is not None)
    return Saved(sheet=sheet, **row)


def _require_open(sitting: Desk, seat: asyncpg.Record, now: dt.datetime) -> None:
    window = {name: seat[name] for name in ("state", "opens_at", "closes_at", "grace_ms")}
    if not takes(msgspec.structs.replace(sitting.round, **window), now):
        raise RoundClosed
    if not seat["declared"]:
        raise DeclareFirst


def _since(sitting: Desk, sheet: Sheet, held: Saved, *, submit: bool, now: dt.datetime) -> dt.datetime | None:
    """Return since when the sheet counts: it goes on counting while nothing is left open."""
    if submit:
        return held.submitted_at or now
    return None if sitting.brief.open_points(sheet) else held.submitted_at


async def _write_down(
    seat: asyncpg.Record, principal: Principal, now: dt.datetime, *, revision: int, counts: bool
) -> None:
    await audit.record(
        actor=principal.actor,
        action="award.sheet",
        subject=f"assignment:{seat['id']}",
        now=now,
        detail={"revision": revision, "submitted": counts},
    )


async def stored(assignment: UUID) -> Saved:
    """Return the sheet of an assignment, empty before the first save."""
    row = await fetch_one(_STORED, assignment)
    return Saved() if row is None else saved_of(row)


def saved_of(row: asyncpg.Record) -> Saved:
    """Return a sheet from its columns."""
    names = ("verdict", "abstained", "to_applicant", "to_committee")
    sheet = Sheet(values=_values(row["values"]), **{name: row[name] for name in names})
    return Saved(revision=row["revision"], saved_at=row["saved_at"], submitted_at=row["submitted_at"], sheet=sheet)
