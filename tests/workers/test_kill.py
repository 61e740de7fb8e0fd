"""A worker killed in the middle of sending: every mail arrives, and a mail that comes twice is one message."""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from app.core.db import fetch
from app.core.sandbox import mailbox
from app.core.sandbox.catcher import catcher
from app.ticketing.registering.register import register
from app.ticketing.schemas import PartyMember, RegistrationRequest
from tests.clock import Clock
from tests.doors import value
from tests.workers.conftest import OwnRedis

PARTIES = 6
PARTY = 5
SOON = 30.0
OPEN_JOBS = "SELECT count(*) FROM job WHERE done_at IS NULL"


@contextlib.asynccontextmanager
async def worker(mail_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "work"), env=os.environ | {"APP_MAIL_URL": mail_url}
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def register_all(clock: Clock) -> set[UUID]:
    """Register parties; their mails are due whatever the date of this machine."""
    for number in range(PARTIES):
        party = [PartyMember(f"Guest {number}-{n}", "JP", "citywide-pass") for n in range(PARTY)]
        asked = RegistrationRequest(f"guest-{number}@example.org", ["terms-2026"], party, "en")
        await register(convention="yokohama-2026", request=asked, key=f"kill-{number}", now=clock())
    await fetch("UPDATE job SET due_at = '2001-01-01'")
    return {row["id"] for row in await fetch("SELECT id FROM ticket")}


async def arrived(folder: Path, least: int) -> None:
    """Wait until so many messages lie in the mailbox."""
    async with asyncio.timeout(SOON):
        while len(mailbox.messages(folder)) < least:  # noqa: ASYNC110  # another process writes them
            await asyncio.sleep(0.01)


async def all_done() -> None:
    async with asyncio.timeout(SOON):
        while await value(OPEN_JOBS):  # noqa: ASYNC110  # another process does them
            await asyncio.sleep(0.02)


async def test_kill_while_sending(committed: None, own_redis: OwnRedis, clock: Clock, tmp_path: Path) -> None:
    tickets = await register_all(clock)
    assert len(tickets) == PARTIES * PARTY
    async with catcher(tmp_path) as caught:
        async with worker(caught.url) as first:
            await arrived(tmp_path, 2)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        assert await value(OPEN_JOBS) != 0
        async with worker(caught.url):
            await all_done()
    found = Counter(mailbox.message(tmp_path, one.id).message_id for one in mailbox.messages(tmp_path))
    assert set(found) == {f"<ticket-{ticket}-0-confirmation@test>" for ticket in tickets}
    assert await value("SELECT count(*) FROM job WHERE tries <> 1") == 0
