"""What has to be looked at again once a profile or the parties of an entry have changed."""

import datetime as dt
from uuid import UUID

from app.core import jobs
from app.core.db import fetch

_OUTDATE = "UPDATE declaration SET outdated_at = $2 WHERE entry = $1 AND outdated_at IS NULL"


async def profile_changed(*, judge: UUID, now: dt.datetime) -> None:
    """Have a judge compared anew, in the transaction that changed its profile."""
    await jobs.defer("awards.detect_conflicts", judge=judge, now=now)


async def parties_changed(*, entry: UUID, now: dt.datetime) -> None:
    """Have an entry compared anew, and its judges asked again, in the transaction that changed who stands behind it."""
    await fetch(_OUTDATE, entry, now)
    await jobs.defer("awards.detect_conflicts", entry=entry, now=now)
