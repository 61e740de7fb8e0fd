"""A worker killed in the middle of reminding: every judge gets the one message, whatever comes twice has one id."""

import datetime as dt
import signal
from collections import Counter
from pathlib import Path

import pytest

from app.awards.scoring import reminders
from app.core.db import fetch
from app.core.sandbox import mailbox
from app.core.sandbox.catcher import catcher
from app.core.signing import derived, seal
from tests.awards.scoring.desks import planted
from tests.doors import value
from tests.workers.conftest import OwnRedis, own_redis  # noqa: F401  # a fixture
from tests.workers.test_kill import OPEN_JOBS, all_done, arrived, worker

JUDGES = 30
OPENS, CLOSES = dt.datetime(2001, 1, 1, tzinfo=dt.UTC), dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
"""Open whatever the date of this machine: the worker goes by its own clock."""


@pytest.mark.faults
async def test_kill_while_reminding(committed: None, own_redis: OwnRedis, tmp_path: Path) -> None:  # noqa: F811
    where = await planted(
        judges_count=JUDGES, entries_count=1, opens_at=OPENS, closes_at=CLOSES, reminders=[24], tokens=False
    )
    for n, judge in enumerate(where.field.judges):
        sealed = seal(derived("accounts"), f"judge{n}@example.org".encode())
        await fetch("UPDATE account SET address = $2 WHERE id = $1", judge.account, sealed)
    for _ in range(2):
        await reminders.sweep(now=CLOSES - dt.timedelta(hours=24))
    await fetch("UPDATE job SET due_at = '2001-01-01'")
    async with catcher(tmp_path) as caught:
        async with worker(caught.url) as first:
            await arrived(tmp_path, 2)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        assert await value(OPEN_JOBS) != 0
        async with worker(caught.url):
            await all_done()
    found = Counter(mailbox.message(tmp_path, one.id).message_id for one in mailbox.messages(tmp_path))
    wanted = {f"<award-reminder-{where.field.round}-{judge.id}-24@test>" for judge in where.field.judges}
    assert set(found) == wanted
    assert await value("SELECT count(*) FROM job WHERE tries <> 1") == 0
