"""Readings of sources as they are stored and shown."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.exchange.schemas import Change, Counts, Finding

Why = Literal["schedule", "officer", "ping", "upload", "push"]
Outcome = Literal["unchanged", "read", "held", "failed"]

_COLUMNS = "id, source, begun_at, ended_at, why, outcome, problem, answered, file, counts, report, found, changes"
_STORE = f"INSERT INTO pull ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
_AGAIN = (
    " ON CONFLICT (id) DO UPDATE SET outcome = EXCLUDED.outcome, problem = EXCLUDED.problem, counts = EXCLUDED.counts,"
    " report = EXCLUDED.report, found = EXCLUDED.found, changes = EXCLUDED.changes"
)
_LATEST = f"SELECT {_COLUMNS} FROM pull WHERE source = $1 ORDER BY begun_at DESC LIMIT $2"
_READ = f"SELECT {_COLUMNS} FROM pull WHERE source = $1 AND outcome IN ('read', 'held') ORDER BY begun_at DESC LIMIT 1"


class PullRef(Struct, frozen=True, kw_only=True):
    """A reading of a source; see the table. `found` counts all findings, of which `report` holds the first ones.

    No two of a source begin at the same moment: so they have an order.
    """

    id: UUID
    source: UUID
    begun_at: dt.datetime
    ended_at: dt.datetime
    why: Why
    outcome: Outcome
    problem: str = ""
    answered: int = 0
    file: bytes = b""
    counts: Counts = Counts()
    report: tuple[Finding, ...] = ()
    found: int = 0
    changes: tuple[Change, ...] = ()


_JSON: Mapping[str, Any] = {"counts": Counts, "report": tuple[Finding, ...], "changes": tuple[Change, ...]}


def _pull(row: Mapping[str, Any]) -> PullRef:
    decoded = {name: msgspec.json.decode(row[name], type=kind) for name, kind in _JSON.items()}
    return PullRef(**{**dict(row), **decoded})


async def store(pull: PullRef) -> None:
    """Write a reading down, in the caller's transaction; a second time what became of it."""
    values = [getattr(pull, name.strip()) for name in _COLUMNS.split(",")]
    await fetch(_STORE + _AGAIN, *(_plain(value) for value in values))


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, Counts | tuple) else value


async def latest(source: UUID, limit: int = 10) -> list[PullRef]:
    """Return the last readings of a source, the newest first."""
    return [_pull(row) for row in await fetch(_LATEST, source, limit)]


async def last_read(source: UUID) -> PullRef | None:
    """Return the last reading that brought anything: its report stands for every one since that found no change."""
    row = await fetch_one(_READ, source)
    return _pull(row) if row else None


async def one(key: UUID, source: UUID) -> PullRef:
    """Return a reading of a source. Raises `NotFound`."""
    row = await fetch_one(f"SELECT {_COLUMNS} FROM pull WHERE id = $1 AND source = $2", key, source)
    if row is None:
        raise NotFound
    return _pull(row)


async def last_begun(source: UUID) -> dt.datetime | None:
    """Return when the last reading of a source began: later than every other one of it."""
    row = await fetch_one("SELECT max(begun_at) AS at FROM pull WHERE source = $1", source)
    return row["at"] if row else None
