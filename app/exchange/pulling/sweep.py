"""The schedule of the sources: which are due, one job for each."""

import datetime as dt

from app.core import jobs
from app.core.db import fetch, transaction
from app.exchange.agreeing import reach

JOB = "exchange.pull_source"
AGAIN = dt.timedelta(hours=1)
"""When a source is due again whose reading never says so, as its job died."""
AT_ONCE = 200

_TAKE = """
UPDATE source SET next_at = $2 WHERE id IN (
  SELECT id FROM source WHERE next_at <= $1 AND paused_at IS NULL AND kind <> 'push' AND url <> ''
    AND agreement = ANY($3::uuid[])
  ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


async def sweep(*, now: dt.datetime) -> int:
    """Promise a reading of each source that is due and whose agreement is valid; return how many there are."""
    async with transaction():
        agreed = [one.id for one in await reach.valid_agreements(now)]
        due = await fetch(_TAKE, now, now + AGAIN, agreed, AT_ONCE)
        payloads = {f"pull:{row['id']}:{now.isoformat()}": {"source": str(row["id"])} for row in due}
        if payloads:
            await jobs.defer_each(JOB, payloads, now=now)
    return len(due)
