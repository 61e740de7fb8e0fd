"""What officers look into: work that was given up, and what people with power did."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec

from app.core import audit, jobs
from app.core.db import fetch, transaction
from app.core.errors import NotFound

PAGE = 50
Position = Annotated[int, msgspec.Meta(ge=1, le=2**62)]


class Asked(msgspec.Struct, frozen=True):
    """What the audit log is searched for: parts of actor, action and subject; `before` a position."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    before: Position | None = None
    after: Position | None = None


class Entry(msgspec.Struct, frozen=True):
    """One entry of the audit log; `label` is how the account behind the actor is called today."""

    position: int
    at: dt.datetime
    actor: str
    label: str
    action: str
    subject: str
    detail: dict[str, object]


class Found(msgspec.Struct, frozen=True):
    """A page of the audit log, newest first; `older` and `newer` are positions to go on from, None at the ends."""

    entries: list[Entry]
    older: int | None
    newer: int | None


_ENTRIES = """
SELECT e.position, e.at, e.actor, e.action, e.subject, e.detail, coalesce(a.label, '') AS label
FROM audit_entry e LEFT JOIN account a ON e.actor = a.role || ':' || a.id
WHERE ($1 = '' OR strpos(e.actor, $1) > 0 OR strpos(lower(a.label), lower($1)) > 0)
  AND ($2 = '' OR strpos(e.action, $2) > 0) AND ($3 = '' OR strpos(e.subject, $3) > 0)
  AND ($4::bigint IS NULL OR e.position < $4) AND ($5::bigint IS NULL OR e.position > $5)
ORDER BY CASE WHEN $5::bigint IS NULL THEN -e.position ELSE e.position END LIMIT $6
"""


async def try_again(*, job: UUID, actor: str, now: dt.datetime) -> None:
    """Put a given-up job back and write down who did; raises `NotFound` when it is not given up."""
    async with transaction():
        if not await jobs.try_again(job_id=job, now=now):
            raise NotFound
        await audit.record(actor=actor, action="job.try-again", subject=f"job:{job}", now=now)


async def audit_entries(asked: Asked) -> Found:
    """Return one page of the audit log: before or after a position, else the newest."""
    rows = await fetch(_ENTRIES, asked.actor, asked.action, asked.subject, asked.before, asked.after, PAGE + 1)
    more = len(rows) > PAGE
    entries = [msgspec.convert({**row, "detail": msgspec.json.decode(row["detail"])}, Entry) for row in rows[:PAGE]]
    if asked.after is not None:
        entries.reverse()
    if not entries:
        return Found([], None, None)
    goes_on = more if asked.after is None else True
    came_from = asked.before is not None if asked.after is None else more
    return Found(entries, entries[-1].position if goes_on else None, entries[0].position if came_from else None)


async def audit_actions() -> list[str]:
    """Return every action there is an entry of, for a list to choose from."""
    return [row["action"] for row in await fetch("SELECT DISTINCT action FROM audit_entry ORDER BY action")]
