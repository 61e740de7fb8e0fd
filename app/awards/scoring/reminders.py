"""Reminders of judges: once per judge, round and threshold, whatever becomes of the worker.

A sweep of every minute writes down, for everybody on the panel, that a threshold has passed, and promises the mails of
those who have something left: both in one transaction, so neither is ever without the other. Whoever has nothing left
then is not reminded of that threshold later. A worker that was away writes all thresholds down and reminds once.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from app.awards.mailing import address_of, letter
from app.awards.reach import RoundRef, any_round
from app.awards.scoring.desk import takes
from app.awards.scoring.progress import AtWork, at_work
from app.core.db import fetch, transaction
from app.core.i18n import LANGUAGES, gettext_lazy, moment, ngettext, text
from app.core.i18n import gettext as _
from app.core.jobs import defer_each
from app.core.mail import Mail

LATEST = dt.timedelta(hours=24 * 60)
"""The earliest that a round's end is looked at: no threshold lies further before it."""
TASK = "awards.send_reminder"

_SOON = "SELECT id, reminders FROM award_round WHERE state = 'open' AND closes_at > $1 AND closes_at < $2 ORDER BY id"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('award_reminder' || $1::text, 0))"
_MARK = """
INSERT INTO award_reminder (round, judge, hours, promised_at)
SELECT $1, judge, hours, $4 FROM unnest($2::uuid[]) AS judge, unnest($3::int[]) AS hours
ON CONFLICT (round, judge, hours) DO NOTHING RETURNING judge, hours
"""
_LANGUAGES = "SELECT languages FROM judge WHERE id = $1"


async def sweep(*, now: dt.datetime) -> int:
    """Promise the reminders that are due in all rounds; return how many."""
    rows = await fetch(_SOON, now, now + LATEST)
    return sum([await remind(round_id=row["id"], now=now) for row in rows if row["reminders"] != "[]"])


async def remind(*, round_id: UUID, now: dt.datetime) -> int:
    """Promise the reminders that are due in a round; return how many."""
    async with transaction():
        await fetch(_ONE_AT_A_TIME, str(round_id))
        found = await any_round(round_id)
        passed = await _passed(found, now)
        if not passed or not takes(found, now):
            return 0
        judges = {one.judge: one for one in await at_work(found)}
        rows = await fetch(_MARK, round_id, list(judges), passed, now)
        fresh = {row["judge"] for row in rows if row["hours"] == passed[0]}
        wanted = [judge for judge in judges if judge in fresh and judges[judge].amount.left]
        await _promise(found, wanted, passed[0], now)
    return len(wanted)


async def _passed(found: RoundRef, now: dt.datetime) -> list[int]:
    """Return the thresholds (hours before the end) passed since the round opened, the last one first."""
    rows = await fetch("SELECT reminders FROM award_round WHERE id = $1", found.id)
    hours = msgspec.json.decode(rows[0]["reminders"], type=list[int])
    began = max(found.opens_at, found.opened_at or found.opens_at)
    return sorted(one for one in set(hours) if began < found.closes_at - dt.timedelta(hours=one) <= now)


async def _promise(found: RoundRef, judges: list[UUID], hours: int, now: dt.datetime) -> None:
    payloads: dict[str, dict[str, Any]] = {
        f"award-reminder:{found.id}:{judge}:{hours}": {"round_id": str(found.id), "judge": str(judge), "hours": hours}
        for judge in judges
    }
    if payloads:
        await defer_each(TASK, payloads, now=now)


async def written(*, round_id: UUID, judge: UUID, hours: int, now: dt.datetime) -> Mail | None:
    """Write a reminder in the judge's first language; None when nothing is left, or nothing is taken any more."""
    found = await any_round(round_id)
    line = next((one for one in await at_work(found) if one.judge == judge), None)
    to = await address_of(line.account) if line and line.amount.left and takes(found, now) else None
    if line is None or to is None:
        return None
    return await letter(
        to=to[0],
        to_name=to[1],
        language=await language_of(judge, found),
        subject=lambda: _("Your work as a judge: %(award)s", award=text(found.award.title)),
        paragraphs=lambda: _paragraphs(found, line),
        action=(f"/judging/{found.award.slug}/{found.id}", gettext_lazy("Go on judging")),
        reference=f"award-reminder-{found.id}-{judge}-{hours}",
    )


async def language_of(judge: UUID, found: RoundRef) -> str:
    """Return the language in which a judge is written to: the first it judges in, or that of the award."""
    rows = await fetch(_LANGUAGES, judge)
    spoken = msgspec.json.decode(rows[0]["languages"], type=list[str])
    return next((tag for tag in (*spoken, *found.award.languages) if tag in LANGUAGES), LANGUAGES[0])


def _paragraphs(found: RoundRef, line: AtWork) -> list[str]:
    return [
        left_words(found, line),
        _(
            "What you submit counts until %(moment)s (%(zone)s). Until then you can change everything.",
            moment=moment(found.closes_at, found.zone),
            zone=found.zone,
        ),
    ]


def left_words(found: RoundRef, line: AtWork) -> str:
    """Say how much a judge has still to do in a round."""
    n, title = line.amount.left, text(found.title)
    if line.method == "pairs":
        return ngettext(
            "In the round “%(title)s”, %(n)s pair still waits for you.",
            "In the round “%(title)s”, %(n)s pairs still wait for you.",
            n,
            title=title,
        )
    if line.method == "ranks":
        return _("In the round “%(title)s”, your order of the entries is not submitted yet.", title=title)
    return ngettext(
        "In the round “%(title)s”, %(n)s entry still waits for you.",
        "In the round “%(title)s”, %(n)s entries still wait for you.",
        n,
        title=title,
    )
