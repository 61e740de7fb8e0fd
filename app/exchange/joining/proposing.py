"""Proposals: events of two cities that may be one wait for an officer. Nothing is joined here."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from app.core.db import fetch, transaction
from app.core.gentle import gently
from app.exchange.joining import records
from app.exchange.joining.blocking import Compared, pairs
from app.exchange.joining.likeness import PROPOSED, Likeness, likeness, traits
from app.exchange.joining.records import Ours, Record

ONE_DAY: Final = dt.timedelta(days=1)
CHUNK: Final = 1000
MOST_EACH: Final = 3
"""Proposals for one event, the best: with more of them a series is told otherwise, and nobody could decide."""
Pair = tuple[UUID, UUID]

_FRESH = """
SELECT id FROM exchanged_event WHERE source = $1 AND changed_at >= $2 AND NOT own AND state IN ('shown', 'missing')
  AND ends_at > $3 ORDER BY starts_at, id
"""
_AROUND = """
SELECT DISTINCT e.id FROM unnest($1::timestamptz[], $2::timestamptz[]) AS w (first, last)
JOIN exchanged_event e ON e.starts_at <= w.last AND e.ends_at >= w.first
WHERE e.source <> $3 AND NOT e.own AND e.state IN ('shown', 'missing') AND e.ends_at > $4
"""
_DECIDED = "SELECT one, other FROM likeness WHERE decision <> '' AND (one = ANY($1::uuid[]) OR other = ANY($1::uuid[]))"
_FORGET = """
DELETE FROM likeness WHERE decision = '' AND (one = ANY($1::uuid[]) OR other = ANY($1::uuid[]))
  AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::uuid[]) AS k (one, other)
                  WHERE k.one = likeness.one AND k.other = likeness.other)
"""
_PROPOSE = """
INSERT INTO likeness (id, one, other, score, reasons, found_at)
SELECT gen_random_uuid(), p.one, p.other, p.score, p.reasons::jsonb, $5
FROM unnest($1::uuid[], $2::uuid[], $3::float8[], $4::text[]) AS p (one, other, score, reasons)
ON CONFLICT (one, other) DO UPDATE SET score = excluded.score, reasons = excluded.reasons WHERE likeness.decision = ''
"""


async def find(*, source: UUID, since: dt.datetime, now: dt.datetime) -> int:
    """Look for events that may be the same as those of a source that changed since then; return how many pairs wait.

    May run twice. What is over is not looked at; what an officer has decided is not asked again.
    """
    fresh = [row["id"] for row in await fetch(_FRESH, source, since, now - ONE_DAY)]
    found = 0
    for start in range(0, len(fresh), CHUNK):
        found += await _look(await records.of_ids(fresh[start : start + CHUNK]), source, now)
    return found


async def _look(fresh: Sequence[Record], source: UUID, now: dt.datetime) -> int:
    windows = _windows(fresh)
    around = await fetch(_AROUND, [w[0] for w in windows], [w[1] for w in windows], source, now - ONE_DAY)
    others = await records.of_ids([row["id"] for row in around])
    ours = await records.ours_around(windows[0][0].date(), max(w[1] for w in windows).date()) if windows else []
    best = await asyncio.to_thread(_best, fresh, others, ours)
    async with transaction():
        return await _write([one.id for one in fresh], best, now)


def _windows(fresh: Iterable[Record]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the times in which anything can be the same, a day before and after, each once."""
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for one in sorted(fresh, key=lambda record: record.event.starts_at):
        first, last = one.event.starts_at - ONE_DAY, one.event.ends_at + ONE_DAY
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def _best(fresh: Sequence[Record], others: Sequence[Record], ours: Sequence[Ours]) -> dict[Pair, Likeness]:
    """Return the best proposals for each event, by its pair of ids, the smaller first."""
    beside = [_compared(one) for one in gently(others)] + [_own(one) for one in ours]
    scored: dict[UUID, list[tuple[float, UUID, Likeness]]] = {}
    for one, other in gently(pairs([_compared(one) for one in gently(fresh)], beside)):
        found = likeness(one.traits, other.traits)
        if found.score >= PROPOSED:
            scored.setdefault(one.id, []).append((found.score, other.id, found))
    return {
        (min(one, other), max(one, other)): found
        for one, some in scored.items()
        for _score, other, found in sorted(some, key=lambda s: (-s[0], s[1]))[:MOST_EACH]
    }


def _compared(record: Record) -> Compared:
    return Compared(
        record.id, traits(record.event, record.partner_name.get("ja", "")), frozenset({record.card, record.source})
    )


def _own(ours: Ours) -> Compared:
    return Compared(ours.id, traits(ours.event), frozenset({ours.id}))


async def _write(ids: Sequence[UUID], best: Mapping[Pair, Likeness], now: dt.datetime) -> int:
    decided = {(row["one"], row["other"]) for row in await fetch(_DECIDED, list(ids))}
    left = {pair: found for pair, found in best.items() if pair not in decided}
    ones, others = [pair[0] for pair in left], [pair[1] for pair in left]
    await fetch(_FORGET, list(ids), ones, others)
    scores = [found.score for found in left.values()]
    reasons = [msgspec.json.encode(found.reasons).decode() for found in left.values()]
    await fetch(_PROPOSE, ones, others, scores, reasons, now)
    return len(left)
