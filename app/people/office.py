"""What officers do about work that was given up."""

import datetime as dt
from uuid import UUID

from app.core import audit, jobs
from app.core.db import transaction
from app.core.errors import NotFound


async def try_again(*, job: UUID, actor: str, now: dt.datetime) -> None:
    """Put a given-up job back and write down who did; raises `NotFound` when it is not given up."""
    async with transaction():
        if not await jobs.try_again(job_id=job, now=now):
            raise NotFound
        await audit.record(actor=actor, action="job.try-again", subject=f"job:{job}", now=now)
