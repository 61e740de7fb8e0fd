"""Reminders: once per judge, round and threshold, for those who have something left, in their language."""

import asyncio
import datetime as dt

from app.awards.scoring import reminders
from app.core.db import fetch
from tests.awards import planting
from tests.awards.scoring.desks import FULL, Planted, planted
from tests.clock import NOW, Clock
from tests.doors import value

HOUR = dt.timedelta(hours=1)
END = NOW + 7 * planting.DAY


async def hours_promised() -> list[tuple[str, int]]:
    rows = await fetch(
        "SELECT j.pseudonym, (k.payload ->> 'hours')::int AS hours FROM job k"
        " JOIN judge j ON j.id = (k.payload ->> 'judge')::uuid WHERE k.name = $1 ORDER BY 1, 2",
        reminders.TASK,
    )
    return [tuple(row) for row in rows]


async def test_thresholds_to_the_millisecond(rollback: None) -> None:
    await planted(judges_count=1, reminders=[72, 24])
    for moment, wanted in (
        (END - 72 * HOUR - dt.timedelta(milliseconds=1), []),
        (END - 72 * HOUR, [("J01", 72)]),
        (END - 71 * HOUR, [("J01", 72)]),
        (END - 24 * HOUR, [("J01", 24), ("J01", 72)]),
        (END - HOUR, [("J01", 24), ("J01", 72)]),
    ):
        await reminders.sweep(now=moment)
        assert await hours_promised() == wanted


async def test_only_those_with_something_left(rollback: None) -> None:
    where = await planted(entries_count=1, judges_count=3, reminders=[72, 24])
    await planting.sheet(where.assignment(0, 0), FULL)
    await planting.sheet(where.assignment(0, 1), FULL, submitted=False)
    assert await reminders.sweep(now=END - 72 * HOUR) == 2
    assert await hours_promised() == [("J02", 72), ("J03", 72)]


async def test_who_had_nothing_left_is_not_reminded_of_that_threshold_later(rollback: None) -> None:
    where = await planted(entries_count=1, judges_count=1, reminders=[72, 24])
    await planting.sheet(where.assignment(), FULL)
    await reminders.sweep(now=END - 72 * HOUR)
    await fetch("UPDATE sheet SET submitted_at = NULL")
    assert await reminders.sweep(now=END - 71 * HOUR) == 0
    assert await reminders.sweep(now=END - 24 * HOUR) == 1
    assert await hours_promised() == [("J01", 24)]


async def test_worker_that_was_away_reminds_once(rollback: None) -> None:
    await planted(judges_count=1, reminders=[72, 24, 3])
    assert await reminders.sweep(now=END - 2 * HOUR) == 1
    assert await hours_promised() == [("J01", 3)]
    assert await value("SELECT count(*) FROM award_reminder") == 3


async def test_thresholds_before_the_opening_are_none(rollback: None) -> None:
    await planted(judges_count=1, reminders=[9 * 24, 8 * 24, 7 * 24])
    assert await reminders.sweep(now=NOW + HOUR) == 0
    assert await hours_promised() == []


async def test_no_reminders_of_a_round_that_is_over(rollback: None) -> None:
    where = await planted(judges_count=1, reminders=[24])
    assert await reminders.sweep(now=END) == 0
    await planting.close_round(where.field.round)
    assert await reminders.sweep(now=END - HOUR) == 0


async def mail_of(where: Planted, judge: int = 0, *, now: dt.datetime = END - 24 * HOUR) -> tuple[str, str] | None:
    found = await reminders.written(round_id=where.field.round, judge=where.field.judges[judge].id, hours=24, now=now)
    return None if found is None else (found.subject, found.plain)


async def test_mail(rollback: None) -> None:
    where = await planted(entries_count=3, judges_count=1)
    await fetch('UPDATE judge SET languages = \'["fr", "en"]\'')
    assert await mail_of(where) is None
    await _with_address(where)
    found = await mail_of(where)
    assert found is not None
    assert found[0] == "Your work as a judge: Award green-2026"
    assert "In the round “Documents”, 3 entries still wait for you." in found[1]
    assert "http://test/judging/green-2026/" in found[1]
    for n in range(3):
        await planting.sheet(where.assignment(n), FULL)
    assert await mail_of(where) is None


async def test_nothing_is_sent_after_the_end(rollback: None) -> None:
    where = await planted(judges_count=1)
    await _with_address(where)
    assert await mail_of(where, now=END) is None


async def _with_address(where: Planted) -> None:
    from app.core.signing import derived, seal

    for n, judge in enumerate(where.field.judges):
        sealed = seal(derived("accounts"), f"judge{n}@example.org".encode())
        await fetch("UPDATE account SET address = $2 WHERE id = $1", judge.account, sealed)


async def test_many_sweeps_at_once_promise_once(committed: None) -> None:
    await planted(entries_count=2, judges_count=3, reminders=[72])
    found = await asyncio.gather(*(reminders.sweep(now=END - 72 * HOUR) for _ in range(8)))
    assert sum(found) == 3
    assert await value("SELECT count(*) FROM job WHERE name = $1", reminders.TASK) == 3
    assert await value("SELECT count(*) FROM award_reminder") == 3


async def test_mark_and_promise_stand_or_fall_together(committed: None, clock: Clock) -> None:
    await planted(judges_count=1, reminders=[72])
    await fetch("ALTER TABLE job ADD CONSTRAINT no_reminders CHECK (name <> 'awards.send_reminder')")
    try:
        failed = (await asyncio.gather(reminders.sweep(now=END - 72 * HOUR), return_exceptions=True))[0]
    finally:
        await fetch("ALTER TABLE job DROP CONSTRAINT no_reminders")
    assert isinstance(failed, Exception)
    assert await value("SELECT count(*) FROM award_reminder") == 0
    assert await reminders.sweep(now=END - 72 * HOUR) == 1
