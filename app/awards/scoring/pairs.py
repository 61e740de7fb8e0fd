"""Rounds of pairs: which of two entries is better, or neither; each judge compares what it is assigned.

Pairs come in the order of a tournament in which everybody meets everybody: each entry comes up as often as any other
however early a judge stops, and the sides change.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.scoring.desk import Desk, takes
from app.awards.scoring.errors import RoundClosed
from app.awards.scoring.sheets import STANDS, judged_by
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _

Pair = tuple[UUID, UUID]

_MADE = "SELECT first, second, better FROM comparison WHERE round = $1 AND judge = $2"
_WINDOW = "SELECT state, opens_at, closes_at, grace_ms FROM award_round WHERE id = $1 FOR SHARE"
_KEEP = """
INSERT INTO comparison (id, round, judge, first, second, better, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (round, judge, first, second) DO UPDATE SET better = EXCLUDED.better, made_at = EXCLUDED.made_at
"""
_COUNTED = f"""
SELECT c.judge, j.pseudonym, c.first, c.second, c.better FROM comparison c JOIN judge j ON j.id = c.judge
WHERE c.round = $1 AND 2 = (
    SELECT count(*) FROM assignment a JOIN award_entry e ON e.id = a.entry
    WHERE a.round = c.round AND a.judge = c.judge AND a.entry IN (c.first, c.second) AND {STANDS}
)
ORDER BY j.pseudonym, c.first, c.second
"""


class Compared(NamedTuple):
    """What a judge says of a pair; `better` None for a tie, `first` has the lower id."""

    judge: UUID
    pseudonym: str
    first: UUID
    second: UUID
    better: UUID | None


class Comparing(Struct, frozen=True, kw_only=True):
    """A judge's pairs in their order, and what was said of those compared, by `ordered`."""

    pairs: tuple[Pair, ...]
    said: dict[Pair, UUID | None]

    @property
    def next(self) -> Pair | None:
        """The first pair that is still to be compared."""
        return next((pair for pair in self.pairs if ordered(*pair) not in self.said), None)

    @property
    def done(self) -> int:
        """How many of the pairs were compared."""
        return sum(ordered(*pair) in self.said for pair in self.pairs)

    def beside(self, pair: Pair) -> tuple[Pair | None, Pair | None]:
        """Return the pairs before and after one."""
        around = (None, *self.pairs, None)
        before = next((a for a, b in pairwise(around) if b == pair), None)
        return before, next((b for a, b in pairwise(around) if a == pair), None)


def ordered(one: UUID, other: UUID) -> Pair:
    """Return a pair as it is kept, the lower id first."""
    return (one, other) if one < other else (other, one)


def tournament(entries: Sequence[UUID]) -> tuple[Pair, ...]:
    """Return every pair of entries once, round by round of a tournament (the circle method), sides changing."""
    ring: list[UUID | None] = [*entries, *([None] if len(entries) % 2 else [])]
    found: list[Pair] = []
    for turn in range(len(ring) - 1):
        half = len(ring) // 2
        met = zip(ring[:half], reversed(ring[half:]), strict=True)
        pairs = [(a, b) for a, b in met if a is not None and b is not None]
        found += [(b, a) if turn % 2 else (a, b) for a, b in pairs]
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return tuple(found)


async def comparing(sitting: Desk) -> Comparing:
    """Return a judge's pairs among the entries that are assigned to it and that it has declared no tie to."""
    rows = await fetch(_MADE, sitting.round.id, sitting.judge.id)
    return Comparing(
        pairs=tournament(await judged_by(sitting)), said={(row["first"], row["second"]): row["better"] for row in rows}
    )


async def compare(*, sitting: Desk, pair: Pair, better: UUID | None, now: dt.datetime) -> None:
    """Keep what a judge says of a pair, in place of what it said before.

    Raises `NotFound` for a pair that is not the judge's, `RoundClosed`, `Invalid` for a third entry.
    """
    if sitting.round.method != "pairs":
        raise NotFound
    if better is not None and better not in pair:
        raise Invalid([FieldError("better", "choice", _("Please choose one of the values offered."))])
    async with transaction():
        await require_open(sitting.round, now)
        known = {ordered(*one) for one in (await comparing(sitting)).pairs}
        first, second = ordered(*pair)
        if (first, second) not in known:
            raise NotFound
        await fetch(_KEEP, uuid4(), sitting.round.id, sitting.judge.id, first, second, better, now)


async def require_open(found: RoundRef, now: dt.datetime) -> None:
    """Raise `RoundClosed` unless the round takes something now; until the transaction ends nobody closes it."""
    row = await fetch_one(_WINDOW, found.id)
    if row is None:
        raise NotFound
    if not takes(msgspec.structs.replace(found, **row), now):
        raise RoundClosed


async def comparisons(found: RoundRef) -> list[Compared]:
    """Return what counts of a round: both entries still in, and still the judge's."""
    return [Compared(**row) for row in await fetch(_COUNTED, found.id)]
