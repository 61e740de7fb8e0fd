"""Jobs of awards: ids in, one effect out."""

import datetime as dt
from uuid import UUID

from app.awards.assigning import letters as assigned_letters
from app.awards.assigning import solving
from app.awards.conflicts import detecting
from app.awards.conflicts import letters as conflict_letters
from app.awards.entering import letters
from app.awards.entering.promises import Purpose
from app.awards.releasing import letters as result_letters
from app.awards.scoring import reminders
from app.core.jobs import sends, sends_at_once, task
from app.people import undeliverable


@sends
async def send_entry_note(*, purpose: Purpose, member: str, stamp: str = "", now: dt.datetime) -> None:
    """Mail a member of an entry what has become of it, if it still is so."""
    mail = await letters.written(purpose, UUID(member), stamp=stamp)
    if mail is not None:
        await undeliverable.send(mail, now)


@sends_at_once
async def send_entry_link(*, purpose: Purpose, member: str, stamp: str = "", now: dt.datetime) -> None:
    """Mail a member the link that somebody waits for."""
    await send_entry_note(purpose=purpose, member=member, stamp=stamp, now=now)


@task
async def solve_assignment(*, run: str, now: dt.datetime) -> None:
    """Work out who judges what, unless nobody waits for it any more."""
    await solving.solve(run=UUID(run), now=now)


@sends
async def send_assigned(*, round_id: str, judge: str, stamp: str, now: dt.datetime) -> None:
    """Mail a judge that there is something new to judge, if it still is so."""
    mail = await assigned_letters.written(round_id=UUID(round_id), judge=UUID(judge), stamp=stamp, now=now)
    if mail is not None:
        await undeliverable.send(mail, now)


@sends
async def send_result(*, release: str, member: str, now: dt.datetime) -> None:
    """Mail a member of an entry the result, and what judges wrote to him."""
    mail = await result_letters.written(release=UUID(release), member=UUID(member))
    if mail is not None:
        await undeliverable.send(mail, now)


@sends
async def send_reminder(*, round_id: str, judge: str, hours: int, now: dt.datetime) -> None:
    """Mail a judge that something is left to judge, if it still is so."""
    mail = await reminders.written(round_id=UUID(round_id), judge=UUID(judge), hours=hours, now=now)
    if mail is not None:
        await undeliverable.send(mail, now)


@task
async def detect_conflicts(*, judge: str | None = None, entry: str | None = None, now: dt.datetime) -> None:
    """Compare a judge with the entries of its award, or an entry with the judges, by their names."""
    await detecting.detect(judge=UUID(judge) if judge else None, entry=UUID(entry) if entry else None, now=now)


@task
async def promise_conflict_notes(*, judge: str, stamp: str, now: dt.datetime) -> None:
    """Promise a mail to each secretary: a judge has declared a tie."""
    await conflict_letters.promise(judge=UUID(judge), stamp=stamp, now=now)


@sends
async def send_conflict_note(*, judge: str, account: str, stamp: str, now: dt.datetime) -> None:
    """Mail a secretary that a judge has declared a tie."""
    mail = await conflict_letters.written(judge=UUID(judge), account=UUID(account), stamp=stamp)
    if mail is not None:
        await undeliverable.send(mail, now)
