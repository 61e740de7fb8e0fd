"""Jobs of attendance: ids in, one effect out."""

import datetime as dt
from uuid import UUID

from app.attendance import ledger
from app.core.jobs import task
from app.people.persons import residence_of


@task
async def record_residence(*, person: str, scheduled_at: str, source: str, now: dt.datetime) -> None:
    """Append where a person lives by the latest declaration, for the fiscal year of `scheduled_at` (RFC 3339).

    It is read here, under a lock, and not when the job was promised: two such jobs may run in any order.
    """
    entry = ledger.Entry(
        kind="residence",
        evidence_class="F",
        person=UUID(person),
        role="",
        residence=await residence_of(UUID(person)),
        scheduled_at=dt.datetime.fromisoformat(scheduled_at),
        source=source,
    )
    await ledger.append([entry], now=now)


@task
async def record_link(*, person: str, other: str, source: str, now: dt.datetime) -> None:
    """Append that two pseudonyms are one natural person, who has proved the other's address by a mail.

    Of every year, and once, however often it is promised; a split undoes it like any merge.
    """
    entry = ledger.Entry(
        kind="merge",
        evidence_class="E",
        person=UUID(person),
        role="",
        other=UUID(other),
        operator="holder",
        reason="second address proved by mail",
        source=source,
    )
    await ledger.append([entry], now=now)
