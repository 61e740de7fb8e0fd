"""What is kept no longer than it is needed; cleared a little every minute, so that no run is a long one."""

import datetime as dt

from app.core.db import fetch

ANSWERS = dt.timedelta(hours=48)
"""How long a request may be repeated under its `Idempotency-Key`; the answer holds names, sealed."""
JOBS = dt.timedelta(days=30)
"""How long a job that was done can be looked up."""
AT_ONCE = 5_000

_CLEAR = (
    ("DELETE FROM stored_answer WHERE id IN (SELECT id FROM stored_answer WHERE created_at < $1 LIMIT $2)", ANSWERS),
    ("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE done_at < $1 LIMIT $2)", JOBS),
)


async def clear_old(*, now: dt.datetime) -> None:
    """Delete the oldest answers and finished jobs that are past their time, at most `AT_ONCE` of each."""
    for statement, age in _CLEAR:
        await fetch(statement, now - age, AT_ONCE)
