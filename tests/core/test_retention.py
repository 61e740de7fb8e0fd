"""What is past its time goes, what is not stays."""

import datetime as dt
from uuid import uuid4

import pytest

from app.core import idempotency, jobs, limits, retention
from app.core.db import fetch
from app.core.retention import EVERY_HOUR, EVERY_MINUTE, KEPT, Kept, deletes
from tests.clock import NOW
from tests.doors import value

MOMENT = dt.timedelta(microseconds=1)


def kept(purpose: str) -> Kept:
    return next(one for one in KEPT if one.purpose == purpose)


async def clear(purpose: str) -> int:
    one = kept(purpose)
    return await retention.clear(one, days=one.days, now=NOW)


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("age", "left"), [(retention.ANSWERS, 1), (retention.ANSWERS + MOMENT, 0)])
async def test_answer_is_kept_for_its_time(age: dt.timedelta, left: int) -> None:
    await idempotency.claim(scope="test", key="k", request=b"{}", answer=b"{}", now=NOW - age)
    await clear("answers")
    assert await value("SELECT count(*) FROM stored_answer") == left


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("age", "left"), [(retention.JOBS, 1), (retention.JOBS + MOMENT, 0)])
async def test_finished_job_is_kept_for_its_time(age: dt.timedelta, left: int) -> None:
    await jobs.defer("test.note", now=NOW - age, number=1)
    await fetch("UPDATE job SET done_at = due_at")
    await clear("jobs")
    assert await value("SELECT count(*) FROM job") == left


@pytest.mark.usefixtures("http")
async def test_promised_job_is_never_cleared() -> None:
    await jobs.defer("test.note", key=str(uuid4()), now=NOW - dt.timedelta(days=900), number=1)
    await clear("jobs")
    assert await value("SELECT count(*) FROM job") == 1


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("age", "left"), [(dt.timedelta(), 1), (MOMENT, 0)])
async def test_counted_use_goes_when_its_span_has_ended(age: dt.timedelta, left: int) -> None:
    span = dt.timedelta(minutes=10)
    await limits.take(purpose="test", subject="a", most=5, within=span, now=NOW - span - age)
    await clear("limits")
    assert await value("SELECT count(*) FROM limited_use") == left


@pytest.mark.usefixtures("http")
async def test_run_takes_no_more_than_its_measure_and_the_next_takes_the_rest() -> None:
    for number in range(5):
        await jobs.defer("test.note", now=NOW - 2 * retention.JOBS, number=number)
    await fetch("UPDATE job SET done_at = due_at")
    small = Kept(
        purpose="small", what="", how="", days=30, least=1, most=30, find=kept("jobs").find, forget=deletes("job"),
        at_once=2,
    )  # fmt: skip
    assert [await retention.clear(small, days=30, now=NOW) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.usefixtures("http")
async def test_dry_run_counts_and_touches_nothing() -> None:
    await jobs.defer("test.note", now=NOW - 2 * retention.JOBS, number=1)
    await fetch("UPDATE job SET done_at = due_at")
    assert await retention.overdue(kept("jobs"), days=30, now=NOW) == 1
    assert await retention.overdue(kept("jobs"), days=90, now=NOW) == 0
    assert await value("SELECT count(*) FROM job") == 1


@pytest.mark.usefixtures("http")
async def test_one_kind_that_fails_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_given: object) -> None:
        raise ZeroDivisionError

    await jobs.defer("test.note", now=NOW - 2 * retention.JOBS, number=1)
    await fetch("UPDATE job SET done_at = due_at")
    bad = Kept(purpose="bad", what="", how="", days=0, least=0, most=0, find="SELECT 1 WHERE $1 < now()", forget=broken)
    monkeypatch.setattr(retention, "KEPT", [bad, kept("jobs")])
    with pytest.raises(ZeroDivisionError):
        await retention.clear_all(days={}, now=NOW + dt.timedelta(days=-3650))
    with pytest.raises(ZeroDivisionError):
        await retention.clear_all(days={}, now=NOW)
    assert await value("SELECT count(*) FROM job") == 0


@pytest.mark.parametrize(
    ("minutes", "at", "due", "following"),
    [
        (EVERY_MINUTE, "10:07:45", True, "10:08"),
        (EVERY_HOUR, "10:07:45", False, "11:00"),
        (EVERY_HOUR, "10:00:45", True, "11:00"),
        (EVERY_HOUR, "23:59:59", False, "00:00"),
    ],
)
def test_next_run(minutes: int, at: str, due: bool, following: str) -> None:  # noqa: FBT001
    now = dt.datetime.fromisoformat(f"2026-11-21T{at}+00:00")
    one = Kept(purpose="x", what="", how="", days=1, least=1, most=1, find="", forget=deletes("x"), minutes=minutes)
    assert one.is_due(now) is due
    assert f"{one.next_run(now):%H:%M}" == following
