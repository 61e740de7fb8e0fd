"""Jobs of attendance: ids in, one effect out."""

import datetime as dt
from uuid import UUID

from app.attendance import ledger
from app.core.jobs import task


@task
async def record_residence(*, person: str, residence: str, scheduled_at: str, source: str, now: dt.datetime) -> None:
    """Append that a person now declares another residence, for the fiscal year of `scheduled_at` (RFC 3339)."""
    entry = ledger.Entry(
        kind="residence",
        evidence_class="F",
        person=UUID(person),
        role="",
        residence=residence,
        scheduled_at=dt.datetime.fromisoformat(scheduled_at),
        source=source,
    )
    await ledger.append([entry], now=now)
