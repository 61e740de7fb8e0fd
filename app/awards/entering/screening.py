"""Screening: the secretary decides, with a reason, which entries go on; and lets some be changed once more."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct

from app.awards import reach
from app.awards.entering import entries, promises
from app.awards.entering.entries import EntryRef
from app.awards.entering.errors import AnotherVersion, BeingJudged, NotAwaited
from app.awards.reach import RoundRef
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.validation import Paragraph
from app.people.roles import Principal

Outcome = Literal["passed", "failed", "questions"]
LONGEST_OPEN = dt.timedelta(days=30)
"""How long an entry may be reopened."""


class Decided(Struct, frozen=True):
    """A decision as it is shown beside its entry; `stands` unless the entry has been handed in anew since."""

    id: int
    outcome: Outcome
    reason: str
    by: str
    decided_at: dt.datetime
    stands: bool


class ScreeningEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision: of the version that was looked at, and after the decision seen last."""

    outcome: Outcome
    version: UUID
    reason: Paragraph = ""
    last: int = 0


class Reopening(Struct, frozen=True, forbid_unknown_fields=True):
    """Until when an entry may be changed again, and why: the reason goes to the lead."""

    until: dt.datetime
    reason: Annotated[Paragraph, Meta(min_length=1)]


async def screened_round(round_id: UUID, award: str, principal: Principal) -> RoundRef:
    """Return a round of screening for whoever runs the award. Raises `NotFound`."""
    found = await reach.round_of(round_id, principal)
    if principal.role == "judge" or found.award.slug != award or found.kind != "eligibility":
        raise NotFound
    return found


async def decide(
    *, round_id: UUID, award: str, entry: UUID, wish: ScreeningEdit, principal: Principal, now: dt.datetime
) -> None:
    """Write a decision down and tell the lead. The latest of an entry stands.

    Raises `Invalid` without a reason where one is due, `NotAwaited` unless the round is open, `AnotherVersion` when the
    entry was handed in anew or somebody else has decided meanwhile, `BeingJudged` when it is too late.
    """
    if wish.outcome != "passed" and not wish.reason.strip():
        raise Invalid([FieldError("reason", "required", _("Say why: the reason goes to the entrant."))])
    async with transaction():
        found = await screened_round(round_id, award, principal)
        of = await entries.locked(entry)
        _require_screenable(found, of)
        last = await _last(round_id, entry)
        if of.pinned != wish.version or last != wish.last:
            raise AnotherVersion
        made = await _insert(found, entry, wish, principal, now)
        await _tell("screened", entry, now, stamp=str(made))
        await audit.record(
            actor=principal.actor,
            action="entry.screen",
            subject=f"entry:{entry}",
            now=now,
            detail={"round": str(round_id), "outcome": wish.outcome, "screening": made},
        )


def _require_screenable(found: RoundRef, of: EntryRef) -> None:
    if of.category.id != found.category:
        raise NotFound
    if found.state != "open" or of.state != "submitted":
        raise NotAwaited
    if of.judged:
        raise BeingJudged


async def _last(round_id: UUID, entry: UUID) -> int:
    row = await fetch_one("SELECT max(id) AS id FROM screening WHERE round = $1 AND entry = $2", round_id, entry)
    return 0 if row is None or row["id"] is None else int(row["id"])


async def _insert(found: RoundRef, entry: UUID, wish: ScreeningEdit, principal: Principal, now: dt.datetime) -> int:
    row = await fetch_one(
        "INSERT INTO screening (entry, round, outcome, reason, account, decided_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " RETURNING id",
        entry,
        found.id,
        wish.outcome,
        wish.reason,
        principal.account,
        now,
    )
    assert row is not None  # noqa: S101  # an insert returns its row
    return int(row["id"])


async def reopen(*, entry: UUID, award: str, wish: Reopening, principal: Principal, now: dt.datetime) -> None:
    """Let an entry be changed and handed in again until a moment; what stands keeps standing until then.

    Raises `BeingJudged`, `Invalid` for a moment that is over or too far off.
    """
    if not now < wish.until <= now + LONGEST_OPEN:
        words = _("Choose a time within %(n)s days from now.", n=LONGEST_OPEN.days)
        raise Invalid([FieldError("until", "range", words)])
    async with transaction():
        await entries.own(entry, award, principal)
        found = await entries.locked(entry)
        if found.judged:
            raise BeingJudged
        state = "draft" if found.state == "withdrawn" else found.state
        await fetch(
            "UPDATE award_entry SET open_until = $2, state = $3::varchar, withdrawn_at = NULL, changed_at = $4,"
            " pinned = CASE WHEN $3::varchar = 'draft' THEN NULL ELSE pinned END, open_reason = $5 WHERE id = $1",
            entry,
            wish.until,
            state,
            now,
            wish.reason,
        )
        await _tell("reopened", entry, now, stamp=now.strftime("%Y%m%d%H%M%S"))
        await audit.record(
            actor=principal.actor,
            action="entry.reopen",
            subject=f"entry:{entry}",
            now=now,
            detail={"until": wish.until.isoformat()},
        )


async def _tell(purpose: promises.Purpose, entry: UUID, now: dt.datetime, *, stamp: str) -> None:
    for row in await fetch("SELECT id FROM entry_member WHERE entry = $1 AND lead AND removed_at IS NULL", entry):
        await promises.promise(purpose, row["id"], now=now, stamp=stamp)


_DECISIONS = """
SELECT s.id, s.entry, s.outcome, s.reason, a.label AS by, s.decided_at, s.decided_at >= e.submitted_at AS stands
FROM screening s JOIN account a ON a.id = s.account JOIN award_entry e ON e.id = s.entry
WHERE ($1::uuid IS NULL OR s.round = $1) AND ($2::uuid IS NULL OR s.entry = $2) ORDER BY s.id DESC
"""


async def decisions(*, round_id: UUID | None = None, entry: UUID | None = None) -> dict[UUID, list[Decided]]:
    """Return the decisions of a round or about an entry, the latest first, by entry."""
    found: dict[UUID, list[Decided]] = {}
    for row in await fetch(_DECISIONS, round_id, entry):
        found.setdefault(row["entry"], []).append(_decided(row))
    return found


def _decided(row: asyncpg.Record) -> Decided:
    return Decided(**{name: row[name] for name in Decided.__struct_fields__})


async def standing(entry: UUID) -> Decided | None:
    """Return the decision that stands of an entry as it is handed in now, if there is one."""
    made = (await decisions(entry=entry)).get(entry, [])
    return max((one for one in made if one.stands), key=lambda one: one.id, default=None)
