"""Joining without an officer: what shares a UID, an origin or an address comes onto one card. Everything else waits.

Set-based: what one pull brought is looked up at once, and only what shares something is compared.
"""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from app.core import jobs
from app.core.db import fetch, transaction
from app.core.gentle import each, gently
from app.exchange.joining import moving, records
from app.exchange.joining.identity import By, Told, joins, shared_keys
from app.exchange.joining.likeness import traits
from app.exchange.joining.records import Record
from app.exchange.merging.rows import incoming, stored_uid
from app.exchange.schemas import Incoming

_PAGE = (
    "rtrim(split_part(split_part(replace(replace(lower({0}), 'https://', 'http://'), '://www.', '://'),"
    " '?', 1), '#', 1), '/')"
)
"""An address without scheme, query and slash: what is compared exactly, by `identity.address`, is looked up by it."""
_SHARING = f"""
WITH fresh AS MATERIALIZED (
  SELECT e.id, e.source, e.card, e.starts_at, {_PAGE.format("e.url")} AS page FROM exchanged_event e
  WHERE e.id = ANY($1::uuid[]) AND e.url <> '' AND NOT e.own
), told AS MATERIALIZED (
  SELECT e.id, e.source, e.card, e.starts_at, {_PAGE.format("e.url")} AS page FROM exchanged_event e
  WHERE e.starts_at IN (SELECT starts_at FROM fresh) AND e.url <> '' AND NOT e.own
)
SELECT f.id AS one, o.id AS other FROM exchanged_event f JOIN exchanged_event o ON o.uid = f.uid
WHERE f.id = ANY($1::uuid[]) AND NOT f.own AND NOT o.own AND o.source <> f.source AND o.card <> f.card
  AND o.recurrence_id = f.recurrence_id AND o.starts_at = f.starts_at
UNION
SELECT f.id, o.id FROM exchanged_event f JOIN exchanged_event o ON o.uid = f.origin
WHERE f.id = ANY($1::uuid[]) AND f.origin <> '' AND NOT f.own AND NOT o.own AND o.source <> f.source
  AND o.card <> f.card
UNION
SELECT f.id, o.id FROM exchanged_event f JOIN exchanged_event o ON o.origin = f.origin
WHERE f.id = ANY($1::uuid[]) AND f.origin <> '' AND o.origin <> '' AND NOT f.own AND NOT o.own
  AND o.source <> f.source AND o.card <> f.card
UNION
SELECT f.id, o.id FROM exchanged_event f JOIN exchanged_event o ON o.origin = f.uid
WHERE f.id = ANY($1::uuid[]) AND o.origin <> '' AND NOT f.own AND NOT o.own AND o.source <> f.source
  AND o.card <> f.card
UNION
SELECT f.id, o.id FROM fresh f JOIN told o ON o.starts_at = f.starts_at AND o.page = f.page
WHERE o.source <> f.source AND o.card <> f.card
"""
"""Pairs that share something and are not yet on one card."""
_OF_SOURCES = f"""
WITH mine AS MATERIALIZED (
  SELECT e.id, e.origin, {_PAGE.format("e.url")} AS page FROM exchanged_event e
  WHERE e.source = ANY($1::uuid[]) AND NOT e.own AND e.state IN ('shown', 'missing') AND (e.origin <> '' OR e.url <> '')
)
SELECT e.* FROM exchanged_event e JOIN (
  SELECT m.id FROM mine m JOIN unnest($2::text[]) AS k (key) ON k.key = m.origin
  UNION SELECT m.id FROM mine m JOIN unnest($3::text[]) AS p (page) ON p.page = m.page
) AS found ON found.id = e.id
"""
"""What others of some sources share of these origins and pages."""


async def link(events: Sequence[UUID], *, now: dt.datetime) -> None:
    """Join events that came or changed with those that are the same beyond doubt, and have the others looked for."""
    async with transaction():
        found = await _sharing(events)
        if found:
            told = await _told({one for row in found for one in row})
            # Ten thousand pairs take seconds: in a thread, so that the worker goes on with all else.
            await moving.join(await asyncio.to_thread(lambda: list(_certain(gently(found), told))), now=now)
        await _look_for_likenesses(events, now)


_LOOPS = "SELECT set_config('enable_nestloop', $1, true)"
MANY = 200
"""From here on rows are joined by hash: a calendar that has just come in has no statistics, and loops take minutes."""


async def _sharing(events: Sequence[UUID]) -> list[asyncpg.Record]:
    """Return the pairs that share something, in the caller's transaction."""
    if len(events) < MANY:
        return await fetch(_SHARING, list(events))
    await fetch(_LOOPS, "off")
    found = await fetch(_SHARING, list(events))
    await fetch(_LOOPS, "on")
    return found


def _certain(found: Iterable[Mapping[str, UUID]], told: Mapping[UUID, Told]) -> Iterable[tuple[UUID, UUID, By]]:
    for row in found:
        one, other = row["one"], row["other"]
        by = joins(told[one], told[other]) if one in told and other in told else None
        if by is not None:
            yield one, other, by


async def _told(ids: set[UUID]) -> dict[UUID, Told]:
    """Return events as identities are compared, live ones only, with what others of their sources share with them."""
    live = [one for one in await records.of_ids(list(ids)) if one.live]
    shared = await _shared(live)
    told = await each(lambda one: told_of(one, shared.get(one.source, frozenset())), live)
    return {one.id: made for one, made in zip(live, told, strict=True)}


def told_of(record: Record, shared: frozenset[str] = frozenset()) -> Told:
    """Return a record as identities are compared."""
    return Told(event=record.event, traits=traits(record.event, record.partner_name.get("ja", "")), shared=shared)


async def _shared(live: Sequence[Record]) -> dict[UUID, frozenset[str]]:
    """Return by source the origins and addresses of these events that others of the same source have as well."""
    sources = list({one.source for one in live})
    keys = list({stored_uid(key) for one in live for key in (one.event.origin, one.event.uid) if key})
    pages = list({_page(one.event.url) for one in live if one.event.url})
    found: dict[UUID, list[Incoming]] = {}
    for row in await fetch(_OF_SOURCES, sources, keys, pages):
        found.setdefault(row["source"], []).append(incoming(row))
    return {source: shared_keys(events) for source, events in found.items()}


def _page(url: str) -> str:
    """Return what `_PAGE` makes of an address."""
    said = url.lower().replace("https://", "http://").replace("://www.", "://")
    return said.partition("?")[0].partition("#")[0].rstrip("/")


_SOURCES = "SELECT DISTINCT source FROM exchanged_event WHERE id = ANY($1::uuid[]) AND NOT own"


async def _look_for_likenesses(events: Sequence[UUID], now: dt.datetime) -> None:
    """Promise to compare what changed; with others of the same moment if a source has more than one reading then."""
    for row in await fetch(_SOURCES, list(events)):
        key = f"likenesses {row['source']} {now.isoformat()}"
        await jobs.defer("exchange.find_likenesses", key=key, source=row["source"], since=now.isoformat(), now=now)
