"""What is past its time goes, what is not stays."""

import datetime as dt
from uuid import uuid4

import pytest

from app.core import idempotency, jobs, retention
from app.core.db import fetch
from tests.clock import NOW
from tests.doors import value

MOMENT = dt.timedelta(microseconds=1)


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("age", "left"), [(retention.ANSWERS, 1), (retention.ANSWERS + MOMENT, 0)])
async def test_answer_is_kept_for_its_time(age: dt.timedelta, left: int) -> None:
    await idempotency.claim(scope="test", key="k", request=b"{}", answer=b"{}", now=NOW - age)
    await retention.clear_old(now=NOW)
    assert await value("SELECT count(*) FROM stored_answer") == left


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(("age", "left"), [(retention.JOBS, 1), (retention.JOBS + MOMENT, 0)])
async def test_finished_job_is_kept_for_its_time(age: dt.timedelta, left: int) -> None:
    await jobs.defer("test.note", now=NOW - age, number=1)
    await fetch("UPDATE job SET done_at = due_at")
    await retention.clear_old(now=NOW)
    assert await value("SELECT count(*) FROM job") == left


@pytest.mark.usefixtures("http")
async def test_promised_job_is_never_cleared() -> None:
    await jobs.defer("test.note", key=str(uuid4()), now=NOW - dt.timedelta(days=900), number=1)
    await retention.clear_old(now=NOW)
    assert await value("SELECT count(*) FROM job") == 1
