"""What waits for an officer: fields that two cities tell differently, and events that may be one."""

import base64
import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.core.db import fetch
from app.exchange.joining import view
from app.exchange.joining.schemas import ExchangeCardOut, ExchangeCards, ExchangeConflicts, TellingOut, WaitingOut
from app.exchange.joining.view import Reader, Side

_DIFFERING = """
SELECT e.card FROM exchanged_event e JOIN card c ON c.id = e.card
WHERE NOT e.own AND e.state IN ('shown', 'missing') AND c.event IS NULL
GROUP BY e.card HAVING count(*) > 1 AND max(e.ends_at) > $1 AND (count(DISTINCT e.starts_at) > 1
  OR count(DISTINCT e.ends_at) > 1 OR count(DISTINCT e.place) > 1 OR count(DISTINCT e.status) > 1)
ORDER BY min(e.starts_at), e.card
"""
"""Cards that more than one source tells of, and not in the same words; which of them differ is decided by rules."""
_PROPOSED = "SELECT id, one, other, score FROM likeness WHERE decision = '' ORDER BY found_at, id"
_PAGE = """
SELECT DISTINCT e.card FROM exchanged_event e JOIN source s ON s.id = e.source
WHERE NOT e.own AND ($1::uuid IS NULL OR e.card > $1) AND ($2::uuid[] IS NULL OR s.partner = ANY($2))
ORDER BY e.card LIMIT $3
"""


class Key(Struct, frozen=True, order=True):
    """Where something stands in the list: differences first, each kind by when it begins."""

    kind: int
    starts_at: dt.datetime
    id: UUID

    def cursor(self) -> str:
        """Return it as a cursor."""
        written = f"{self.kind} {self.starts_at.isoformat()} {self.id}"
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def key_of(cursor: str) -> Key | None:
    """Return what a cursor says; one that is none begins at the beginning."""
    try:
        kind, at, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        moment = dt.datetime.fromisoformat(at)
        return Key(int(kind), moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC), UUID(last))
    except ValueError:
        return None


async def conflicts(who: Reader, *, cursor: str | None, limit: int, now: dt.datetime) -> ExchangeConflicts:
    """Return a page of what waits, as far as somebody may see it."""
    found = sorted([*await _differences(who, now), *await _proposals(who, now)], key=lambda pair: pair[0])
    start = key_of(cursor) if cursor else None
    left = [pair for pair in found if start is None or pair[0] > start]
    more = left[limit - 1][0].cursor() if len(left) > limit else None
    return ExchangeConflicts([one for _key, one in left[:limit]], more)


async def many(who: Reader, *, now: dt.datetime) -> int:
    """Return how much waits."""
    return len(await _differences(who, now)) + len(await _proposals(who, now))


async def _differences(who: Reader, now: dt.datetime) -> list[tuple[Key, WaitingOut]]:
    rows = await fetch(_DIFFERING, now)
    found = await view.several([row["card"] for row in rows], who, now=now)
    return [(_key(0, one.tellings[0], one.id), _difference(one)) for one in found.values() if view.fields_of(one)]


def _key(kind: int, told: TellingOut, key: UUID) -> Key:
    return Key(kind, told.starts_at, key)


def _difference(found: ExchangeCardOut) -> WaitingOut:
    first = found.tellings[0]
    return WaitingOut(
        kind="difference",
        card=found.id,
        title=first.said.title,
        starts_at=first.starts_at,
        zone=first.zone,
        fields=view.fields_of(found),
        likeness=None,
        score=None,
        tellings=found.tellings,
    )


async def _proposals(who: Reader, now: dt.datetime) -> list[tuple[Key, WaitingOut]]:
    """Return the pairs that both still tell of something to come and are not on one card; the reader's own first."""
    rows = await fetch(_PROPOSED)
    sides = await view.sides_of({key for row in rows for key in (row["one"], row["other"])}, who)
    found = []
    for row in rows:
        pair = [sides[key] for key in (row["one"], row["other"]) if key in sides]
        pair.sort(key=lambda side: (side.card is None, not side.mine))
        if len(pair) == 2 and _is_open(*pair) and max(side.said.ends_at for side in pair) > now:
            found.append((_key(1, pair[0].said, row["id"]), _proposal(row["id"], row["score"], *pair)))
    return found


def _is_open(first: Side, second: Side) -> bool:
    return first.card is not None and first.mine and first.card != second.card


def _proposal(likeness: UUID, score: float, first: Side, second: Side) -> WaitingOut:
    assert first.card is not None  # noqa: S101  # asked before
    return WaitingOut(
        kind="proposal",
        card=first.card,
        title=first.said.said.title,
        starts_at=first.said.starts_at,
        zone=first.said.zone,
        fields=[],
        likeness=likeness,
        score=score,
        tellings=[first.said, second.said],
    )


async def all_cards(who: Reader, *, cursor: UUID | None, limit: int, now: dt.datetime) -> ExchangeCards:
    """Return a page of cards; for a partner those that its own sources tell of."""
    rows = await fetch(_PAGE, cursor, None if who.partners is None else list(who.partners), limit + 1)
    keys = [row["card"] for row in rows[:limit]]
    found = await view.several(keys, who, now=now)
    return ExchangeCards([found[key] for key in keys if key in found], str(keys[-1]) if len(rows) > limit else None)
