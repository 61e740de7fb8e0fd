"""Declarations of judges: once for a list, before anything is seen; and stepping back from an entry later."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID, uuid4

from app.awards import reach
from app.awards.conflict_match.ties import Tie
from app.awards.conflicts import asking, keeping, recusals
from app.awards.conflicts.asking import Known
from app.awards.conflicts.errors import ListChanged
from app.awards.conflicts.schemas import Asked, DeclarationIn, Evidence, SteppingBack
from app.awards.reach import AwardRef, JudgeRef
from app.core import audit, jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.people.roles import Principal

_ADD = """
INSERT INTO declaration (id, judge, entry, free, declared_at)
SELECT gen_random_uuid(), $1, entry, entry <> ALL($3::uuid[]), $4 FROM unnest($2::uuid[]) AS g (entry)
ON CONFLICT (judge, entry) WHERE outdated_at IS NULL DO NOTHING
"""
_OUTDATE = "UPDATE declaration SET outdated_at = $3 WHERE judge = $1 AND entry = ANY($2) AND outdated_at IS NULL"
_LOCK = "SELECT 1 FROM judge WHERE id = $1 FOR UPDATE"
_ASSIGNED = "SELECT 1 FROM assignment WHERE judge = $1 AND entry = $2 AND removed_at IS NULL"


async def at_desk(*, award: str | UUID, principal: Principal) -> tuple[AwardRef, JudgeRef]:
    """Return an award with the judge that `principal` is in it. Raises `NotFound`."""
    found = await reach.award(award, principal)
    return found, await reach.judge(found.id, principal)


async def asked(*, judge: JudgeRef, now: dt.datetime) -> Asked:
    """Return what a judge has to declare for."""
    return (await asking.list_for(judge, now)).asked


async def declare(*, judge: JudgeRef, wish: DeclarationIn, principal: Principal, now: dt.datetime) -> int:
    """Take a declaration for the whole list that was shown; return how many items it had.

    Raises `Invalid`, and `ListChanged` when the list is another one by now. Two tabs queue for the judge.
    """
    async with transaction():
        await fetch(_LOCK, judge.id)
        known = await asking.list_for(judge, now)
        _require(wish, known)
        tied = {entry for key in wish.tied for entry in known.entries[key]}
        everything = {entry for entries in known.entries.values() for entry in entries}
        await _add(judge, everything, tied, now)
        await _propose(judge, tied, wish, now)
        await _tell(judge, principal, tied, everything, now)
    return len(known.asked.items)


def _require(wish: DeclarationIn, known: Known) -> None:
    if wish.list != known.asked.list:
        raise ListChanged
    if set(wish.tied) - known.entries.keys():
        raise Invalid([FieldError("tied", "choice", _("Please choose one of the values offered."))])
    if wish.tied and not wish.note.strip():
        raise Invalid([FieldError("note", "required", _("Say in a few words what ties you to them."))])


async def _add(judge: JudgeRef, everything: Iterable[UUID], tied: Iterable[UUID], now: dt.datetime) -> None:
    """Write a declaration for every entry; one that now has a tie takes the place of what was said before."""
    await fetch(_OUTDATE, judge.id, list(tied), now)
    await fetch(_ADD, judge.id, sorted(everything), list(tied), now)


async def _propose(judge: JudgeRef, tied: Iterable[UUID], wish: DeclarationIn, now: dt.datetime) -> None:
    for entry in sorted(tied):
        await _declared(judge, entry, wish.tie, wish.note, now)


async def _declared(judge: JudgeRef, entry: UUID, tie: Tie, note: str, now: dt.datetime) -> None:
    evidence = Evidence(note=note)
    await keeping.keep(judge=judge.id, entry=entry, source="declared", tie=tie, evidence=evidence, now=now)


async def _tell(
    judge: JudgeRef, principal: Principal, tied: set[UUID], everything: set[UUID], now: dt.datetime
) -> None:
    """Write a declaration down, and have the secretaries told of ties."""
    if not everything:
        return
    detail = {"award": str(judge.award), "free": len(everything - tied), "tied": sorted(map(str, tied))}
    await audit.record(
        actor=principal.actor, action="conflict.declare", subject=f"judge:{judge.id}", now=now, detail=detail
    )
    if tied:
        await tell_secretaries(judge, now)


async def tell_secretaries(judge: JudgeRef, now: dt.datetime) -> None:
    """Promise a mail to everybody who runs the award: a judge has declared a tie."""
    await jobs.defer("awards.promise_conflict_notes", judge=judge.id, stamp=uuid4().hex, now=now)


async def step_back(
    *, judge: JudgeRef, entry: UUID, wish: SteppingBack, principal: Principal, now: dt.datetime
) -> None:
    """Take a tie that a judge sees only now: the entry is closed to it until the secretary has decided.

    Raises `NotFound` for an entry that is not the judge's.
    """
    async with transaction():
        await require_own(judge, entry)
        await _add(judge, [entry], [entry], now)
        await _declared(judge, entry, wish.tie, wish.note, now)
        detail = {"award": str(judge.award), "entry": str(entry)}
        await audit.record(
            actor=principal.actor, action="conflict.step_back", subject=f"judge:{judge.id}", now=now, detail=detail
        )
        await tell_secretaries(judge, now)


async def require_own(judge: JudgeRef, entry: UUID) -> None:
    """Raise `NotFound` unless a judge is to judge an entry, and may see it."""
    if await fetch_one(_ASSIGNED, judge.id, entry) is None or not await recusals.declared_free(judge.id, entry):
        raise NotFound
