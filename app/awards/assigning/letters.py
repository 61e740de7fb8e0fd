"""Mails to judges who have been given entries: one for each proposal that is taken, one a day for changes by hand.

They say how many entries wait, never which: a judge has to declare before it learns anything of them.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.awards.mailing import address_of, letter
from app.awards.reach import RoundRef, any_round
from app.awards.scoring.desk import takes
from app.awards.scoring.progress import AtWork, at_work
from app.awards.scoring.reminders import language_of, left_words
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, moment, text
from app.core.jobs import defer_each
from app.core.mail import Mail

TASK = "awards.send_assigned"


async def promise(found: RoundRef, judges: Iterable[UUID], *, stamp: str, now: dt.datetime) -> None:
    """Promise a mail to each of these judges; of the same round and stamp everybody gets at most one."""
    payloads: dict[str, dict[str, Any]] = {
        f"award-assigned:{found.id}:{judge}:{stamp}": {"round_id": str(found.id), "judge": str(judge), "stamp": stamp}
        for judge in judges
    }
    if payloads:
        await defer_each(TASK, payloads, now=now)


async def written(*, round_id: UUID, judge: UUID, stamp: str, now: dt.datetime) -> Mail | None:
    """Write the mail in the judge's first language; None when nothing is left to judge, or the round is over."""
    found = await any_round(round_id)
    line = next((one for one in await at_work(found) if one.judge == judge), None)
    waits = line is not None and line.amount.left and (takes(found, now) or now < found.opens_at)
    to = await address_of(line.account) if line and waits else None
    if line is None or to is None:
        return None
    return await letter(
        to=to[0],
        to_name=to[1],
        language=await language_of(judge, found),
        subject=lambda: _("Entries for you to judge: %(award)s", award=text(found.award.title)),
        paragraphs=lambda: _paragraphs(found, line),
        action=_action(found, line),
        reference=f"award-assigned-{found.id}-{judge}-{stamp}",
    )


def _action(found: RoundRef, line: AtWork) -> tuple[str, str]:
    if line.undeclared:
        return f"/judging/{found.award.slug}/declare", gettext_lazy("Declare")
    return f"/judging/{found.award.slug}/{found.id}", gettext_lazy("To your entries")


def _paragraphs(found: RoundRef, line: AtWork) -> list[str]:
    until = _(
        "What you submit counts until %(moment)s (%(zone)s). Until then you can change everything.",
        moment=moment(found.closes_at, found.zone),
        zone=found.zone,
    )
    first = [_("Say first whether you have a tie to those who entered.")] if line.undeclared else []
    return [left_words(found, line), *first, until]
