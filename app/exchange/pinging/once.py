"""Promises that wait for their turn once, however often they are made."""

import datetime as dt
from typing import Any

import msgspec

from app.core import jobs
from app.core.db import fetch_one

_WAITING = """
SELECT 1 FROM job
WHERE name = $1 AND payload = $2::jsonb AND done_at IS NULL AND given_up_at IS NULL AND due_at <= $3
LIMIT 1 FOR UPDATE SKIP LOCKED
"""
"""A row that we can lock has not begun, and cannot before our transaction has committed: it will see what we wrote."""


async def promise(name: str, *, now: dt.datetime, due: dt.datetime | None = None, **payload: Any) -> None:
    """Promise a job in the caller's transaction, unless the same one waits already and comes as soon."""
    said = msgspec.json.encode(payload).decode()
    if await fetch_one(_WAITING, name, said, due or now) is None:
        await jobs.defer(name, now=now, due=due, **payload)
    else:
        jobs.nudge_after_commit()
