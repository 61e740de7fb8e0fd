"""Minutes of the jury as they were written: the latest of a round stands, the earlier ones stay to be read."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.schemas import Decision
from app.core.db import fetch

_MINUTES = """
SELECT d.id, d.held_at, d.present, d.decision, d.minutes, d.account, c.label AS by, d.written_at
FROM deliberation d JOIN account c ON c.id = d.account WHERE d.round = $1 ORDER BY d.id DESC
"""


class Minutes(Struct, frozen=True, kw_only=True):
    """A deliberation; `present` are judges, `by` is how the account that wrote it is called."""

    id: int
    held_at: dt.datetime
    present: tuple[UUID, ...]
    decision: Decision
    minutes: str
    account: UUID
    by: str
    written_at: dt.datetime


async def minutes_of(found: RoundRef) -> list[Minutes]:
    """Return the minutes of a round, the latest first."""
    return [_minutes(row) for row in await fetch(_MINUTES, found.id)]


async def decision(found: RoundRef) -> Minutes | None:
    """Return the minutes that stand, or None before anything was decided."""
    return next(iter(await minutes_of(found)), None)


def _minutes(row: asyncpg.Record) -> Minutes:
    held: dict[str, Any] = dict(row)
    return Minutes(
        **{
            **held,
            "present": msgspec.json.decode(row["present"], type=tuple[UUID, ...]),
            "decision": msgspec.json.decode(row["decision"], type=Decision),
        }
    )
