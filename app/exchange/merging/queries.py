"""Statements of merging: what is held of a source, and writing what a reading changes, each in one round trip."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core.db import copy, fetch
from app.exchange.merging.rows import COLUMNS, SELECTED

HELD = """
SELECT id, uid, recurrence_id, sequence, last_modified, stamp, digest, starts_at, ends_at, state, kept_at, own,
  body ? 'recurrence' AS recurs
FROM exchanged_event WHERE source = $1
"""
_DIGESTS = "SELECT digest FROM exchanged_event WHERE source = $1 AND digest <> ''"
_NAMED = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), start=4))
_CHANGE = f"""
UPDATE exchanged_event e SET {", ".join(f"{name} = c.{name}" for name in COLUMNS)},
  own = c.own, proposed = c.proposed, kept_at = NULL,
  state = 'shown', state_at = CASE WHEN e.state = 'shown' THEN e.state_at ELSE $1 END,
  changed_at = $1, revision = e.revision + 1
FROM unnest($2::uuid[], $3::text[], {_NAMED}, ${len(COLUMNS) + 4}::boolean[])
  AS c (id, proposed, {", ".join(COLUMNS)}, own)
WHERE e.id = c.id
"""  # names of columns alone
_FULL = f"SELECT e.id, e.proposed, {SELECTED} FROM exchanged_event e WHERE e.id = ANY($1::uuid[])"
_BACK = """
UPDATE exchanged_event SET state_at = CASE WHEN state = 'shown' THEN state_at ELSE $2 END, state = 'shown',
  kept_at = NULL
WHERE id = ANY($1::uuid[])
"""
_MISSING = "UPDATE exchanged_event SET state = 'missing', state_at = $2 WHERE id = ANY($1::uuid[])"
_HOLD = """
INSERT INTO vanishing (id, source, pull, doubt, events, found_at, decision) VALUES ($1, $2, $3, $4, $5, $6, '')
ON CONFLICT (source) WHERE decision = '' DO UPDATE SET pull = EXCLUDED.pull, doubt = EXCLUDED.doubt,
  events = EXCLUDED.events
"""
_OVER = "UPDATE vanishing SET decision = 'over', decided_at = $2 WHERE source = $1 AND decision = ''"
_NEW = ("id", "source", "card", *COLUMNS, "proposed", "own", "state", "first_seen_at", "changed_at", "revision")


class Written(NamedTuple):
    """An event as it is stored: its `rows.values`, what is proposed of it, and whether it is our own."""

    values: tuple[Any, ...]
    proposed: str
    own: bool


async def held(source: UUID) -> list[asyncpg.Record]:
    """Return what tells the versions of a source's events apart, whatever has become of them."""
    return await fetch(HELD, source)


async def digests(source: UUID) -> frozenset[bytes]:
    """Return the digests of what a source's events say, without those that are to be read again."""
    return frozenset(row["digest"] for row in await fetch(_DIGESTS, source))


async def read_again(source: UUID) -> None:
    """Let the next reading of a source take every event anew, as after a change of the zone that it is read in.

    A reading that is under way has passed over what it thought known: it stores nothing any more.
    """
    await fetch("UPDATE exchanged_event SET digest = '' WHERE source = $1", source)
    await fetch("UPDATE source SET etag = '', last_modified = '', file = '', reading = NULL WHERE id = $1", source)


async def full(ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Return whole rows of events, with what is proposed of them, by id."""
    return {row["id"]: row for row in await fetch(_FULL, list(ids))} if ids else {}


async def add(source: UUID, news: Sequence[Written], *, now: dt.datetime) -> list[UUID]:
    """Add events on new cards, and return their ids."""
    if not news:
        return []
    ids = [uuid4() for _ in news]
    cards = [uuid4() for _ in news]
    records = [
        (made, source, card, *one.values, one.proposed, one.own, "shown", now, now, 0)
        for made, card, one in zip(ids, cards, news, strict=True)
    ]
    await copy("card", [(card, now, 0) for card in cards], ("id", "created_at", "revision"))
    await copy("exchanged_event", records, _NEW)
    return ids


async def change(news: Mapping[UUID, Written], *, now: dt.datetime) -> None:
    """Give events what they say now."""
    if not news:
        return
    columns = [list(column) for column in zip(*(one.values for one in news.values()), strict=True)]
    proposed, own = [one.proposed for one in news.values()], [one.own for one in news.values()]
    await fetch(_CHANGE, now, list(news), proposed, *columns, own)


async def bring_back(ids: Sequence[UUID], *, now: dt.datetime) -> None:
    """Show events again."""
    if ids:
        await fetch(_BACK, list(ids), now)


async def miss(ids: Sequence[UUID], *, now: dt.datetime) -> None:
    """Let an officer decide about events that are no longer in their feed."""
    if ids:
        await fetch(_MISSING, list(ids), now)


async def hold(source: UUID, *, pull: UUID, doubt: str, ids: Sequence[UUID], now: dt.datetime) -> None:
    """Let events that vanished all at once wait for an officer; what waited before is part of it."""
    await fetch(_HOLD, uuid4(), source, pull, doubt, msgspec.json.encode(ids).decode(), now)


async def let_go(source: UUID, *, now: dt.datetime) -> None:
    """Close what waited for an officer: a later reading found it otherwise."""
    await fetch(_OVER, source, now)
