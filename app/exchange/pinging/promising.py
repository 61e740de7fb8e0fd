"""The promise to tell partners that something has changed, made in the transaction that changed it."""

import datetime as dt

from app.core.db import fetch
from app.exchange.pinging import once

JOB = "exchange.tell_target"
SOON = dt.timedelta(seconds=1)
"""How long several changes wait to be told as one."""
_TARGETS = "SELECT id FROM ping_target ORDER BY id"


async def promise(*, now: dt.datetime) -> None:
    """Promise, in the caller's transaction, to tell everybody who wants to hear of changes."""
    for row in await fetch(_TARGETS):
        await once.promise(JOB, now=now, due=now + SOON, target=row["id"])
