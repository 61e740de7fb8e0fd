"""What of a source waits for an officer: events that are missing, alone or all at once, and those called off."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.exchange.merging.plan import Doubt
from app.exchange.merging.rows import SELECTED, incoming
from app.exchange.schemas import Incoming

_EVENTS = f"SELECT e.id, e.state, e.state_at, e.proposed, {SELECTED} FROM exchanged_event e"
_MISSING = f"{_EVENTS} WHERE e.source = $1 AND e.state = 'missing' AND e.ends_at > $2 ORDER BY e.starts_at, e.id"
_PROPOSED = f"""
{_EVENTS} WHERE e.source = $1 AND e.proposed = 'cancelled' AND e.state IN ('shown', 'missing') AND NOT e.own
  AND e.ends_at > $2 ORDER BY e.starts_at, e.id
"""
_OF_VANISHING = f"{_EVENTS} WHERE e.id = ANY($1::uuid[]) ORDER BY e.starts_at, e.id"
_VANISHING = "SELECT id, source, pull, doubt, events, found_at, decision FROM vanishing"


class Waiting(Struct, frozen=True, kw_only=True):
    """An event that waits; `state` and `proposed` as in its table, `since` when it was missed."""

    id: UUID
    event: Incoming
    state: str
    proposed: str
    since: dt.datetime | None


class Held(Struct, frozen=True, kw_only=True):
    """Events that vanished all at once, and why an officer is asked; `decision` is "" while he has not answered."""

    id: UUID
    source: UUID
    pull: UUID
    doubt: Doubt
    events: tuple[UUID, ...]
    found_at: dt.datetime
    decision: str


def _waiting(row: Mapping[str, Any]) -> Waiting:
    return Waiting(
        id=row["id"], event=incoming(row), state=row["state"], proposed=row["proposed"], since=row["state_at"]
    )


def _held(row: Mapping[str, Any]) -> Held:
    return Held(**{**dict(row), "events": msgspec.json.decode(row["events"], type=tuple[UUID, ...])})


async def missing(source: UUID, *, now: dt.datetime) -> list[Waiting]:
    """Return the events that are no longer in their feed and still to come, the next one first."""
    return [_waiting(row) for row in await fetch(_MISSING, source, now)]


async def called_off(source: UUID, *, now: dt.datetime) -> list[Waiting]:
    """Return the events to come whose title alone says that they are canceled, the next one first."""
    return [_waiting(row) for row in await fetch(_PROPOSED, source, now)]


async def held(source: UUID) -> Held | None:
    """Return what vanished from a source all at once and waits; None when nothing does."""
    row = await fetch_one(f"{_VANISHING} WHERE source = $1 AND decision = ''", source)
    return _held(row) if row else None


async def vanishing(key: UUID) -> Held:
    """Return what vanished all at once. Raises `NotFound`."""
    row = await fetch_one(f"{_VANISHING} WHERE id = $1", key)
    if row is None:
        raise NotFound
    return _held(row)


async def of(found: Held) -> list[Waiting]:
    """Return the events that vanished all at once, the next one first."""
    return [_waiting(row) for row in await fetch(_OF_VANISHING, list(found.events))]
