"""Mails by the command line: what was given up is put back, reports of mails that came back are read."""

from pathlib import Path
from uuid import uuid4

import pytest

from app.core import jobs
from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from tests.cli.test_token import machi
from tests.clock import NOW, Clock
from tests.core.test_bounces import report
from tests.doors import value


async def given_up(count: int) -> None:
    async with transaction():
        for number in range(count):
            await jobs.defer("ticketing.send_ticket", now=NOW, ticket_id=str(uuid4()), number=number)
    await fetch("UPDATE job SET given_up_at = $1, tries = 8, last_error = 'SMTPDataError'", NOW)


async def test_jobs_given_up_are_listed_and_put_back(app: Frame, committed: None) -> None:
    await given_up(3)
    shown = machi("messages", "list")
    assert shown.stdout.startswith("0 waiting, the oldest for 0 s; 3 given up.\n")
    assert shown.stdout.count("8 tries  SMTPDataError") == 3
    job = str(await value("SELECT id FROM job LIMIT 1"))
    assert machi("messages", "again", job).stdout == "1 put back.\n"
    assert await value("SELECT tries FROM job WHERE id = $1", job) == 0
    assert machi("messages", "again").stdout == "2 put back.\n"
    assert await value("SELECT count(*) FROM job WHERE given_up_at IS NOT NULL") == 0
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'job.try-again'") == 3
    again = machi("messages", "again", job)
    assert (again.returncode, "not given up" in again.stderr) == (1, True)


async def test_report_is_read_from_a_pipe(
    app: Frame, committed: None, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.eml"
    file.write_bytes(report())
    refused = machi("messages", "bounce", str(file))
    assert (refused.returncode, "APP_BOUNCE_ADDRESS is not set" in refused.stderr) == (1, True)
    monkeypatch.setenv("APP_BOUNCE_ADDRESS", "bounces@example.jp")
    passed = machi("messages", "bounce", str(file))
    assert (passed.returncode, passed.stdout) == (0, "Nothing to note.\n")
