"""Presence beats over HTTP: how many a second, and that every one was taken once."""

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from app.attendance.online import presence
from app.core.db import DB, fetch, fetch_one
from app.ticketing.tickets import join_token
from tests.bench.asked import Work
from tests.bench.figures import at_least, at_most, exactly
from tests.bench.servers import Web

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

VIEWERS = 3_000
"""More than a group holds, so that no page comes twice in one: then every beat is one row written."""
AT_ONCE = 64
RATE, P95 = 1_500, 100
"""Beats per second, and ms at just this pace."""
PATIENCE = 20.0
"""Seconds until PostgreSQL has told all that was written; sessions report now and then."""

_SESSION = """
UPDATE session SET mode = 'hybrid', starts_at = $1, ends_at = $2 WHERE id = (
    SELECT s.id FROM session s JOIN coverage o ON o.event = s.event JOIN ticket_type y ON y.id = o.ticket_type
    WHERE y.slug = 'citywide-pass' AND s.canceled_at IS NULL ORDER BY s.id LIMIT 1) RETURNING id
"""
_VIEWERS = """
SELECT t.id FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type
WHERE y.slug = 'citywide-pass' AND t.state = 'valid' ORDER BY t.id LIMIT $1
"""
_WRITTEN = """
SELECT n_tup_ins AS begun, n_tup_ins + n_tup_upd AS beats FROM pg_stat_user_tables WHERE relname = 'presence_interval'
"""
_EVIDENCE = """
SELECT count(*) AS entries, count(DISTINCT ticket) AS people FROM ledger_entry WHERE kind = 'presence'
"""


def measure(run: "Bench", web: Web) -> None:
    """Let a full stream beat as fast as it can and at an even pace, then count what was written."""
    tokens = asyncio.run(_stream())
    work = Work(kind="beat", port=web.port, connections=AT_ONCE, codes=tokens)
    fast = run.measure(work, web)
    paced = run.measure(msgspec.structs.replace(work, pace=RATE), web)
    run.add(
        at_least("presence beats", fast.rate, "beats/s", RATE),
        at_most(f"beats at {RATE}/s: late", paced.p95, "ms", P95),
    )
    run.details("presence beats", fast, per="beat")
    begun, beats, entries, people = asyncio.run(_counted(fast.things + paced.things))
    run.add(
        exactly("beats written", beats, "beats", fast.things + paced.things),
        exactly("intervals begun", begun, "intervals", VIEWERS),
        exactly("presence in the ledger", entries, "entries", VIEWERS),
        exactly("viewers in the ledger", people, "tickets", VIEWERS),
    )


async def _stream() -> list[str]:
    """Let a session run from an hour ago on, and return the links of everybody who follows it."""
    now = dt.datetime.now(dt.UTC)
    await DB.start_connection_pool()
    try:
        row = await fetch_one(_SESSION, now - dt.timedelta(hours=1), now + dt.timedelta(hours=5))
        await fetch("UPDATE ticket_type SET mode = 'hybrid', days = '[]' WHERE slug = 'citywide-pass'")
        assert row is not None
        viewers = await fetch(_VIEWERS, VIEWERS)
        return [join_token(ticket=UUID(str(one["id"])), session=UUID(str(row["id"]))) for one in viewers]
    finally:
        await DB.close_connection_pool()


async def _counted(expected: int) -> tuple[int, int, int, int]:
    """Return intervals begun and beats taken by PostgreSQL's own counters, then entries and tickets in the ledger."""
    deadline = time.monotonic() + PATIENCE
    await DB.start_connection_pool()
    try:
        while True:
            written = await fetch_one(_WRITTEN)
            assert written is not None
            if written["beats"] >= expected or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
        await presence.close_lost(now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
        evidence = await fetch_one(_EVIDENCE)
        assert evidence is not None
        return written["begun"], written["beats"], evidence["entries"], evidence["people"]
    finally:
        await DB.close_connection_pool()
