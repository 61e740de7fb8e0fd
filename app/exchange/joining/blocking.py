"""Which events are worth comparing: those of one week that share a rare piece of their titles. Pure.

Ten thousand events against ten thousand are a hundred million pairs; this looks at a few for each.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.exchange.joining.likeness import Traits
from app.exchange.joining.titles import LATIN, listed

ONE_DAY = dt.timedelta(days=1)
MOST_WEEKS: Final = 60
"""Of an exhibition that never ends, so many weeks are looked at."""
RAREST: Final = 8
"""So many pieces of a title are looked up, the rarest first."""
MOST_BEHIND: Final = 250
"""A piece that so many events of a week have finds nothing that another one does not."""


class Compared(Struct, frozen=True):
    """An event with what it is compared by; `apart` are those with which it is never one: its card, its source."""

    id: UUID
    traits: Traits
    apart: frozenset[UUID]


def pairs(some: Sequence[Compared], others: Sequence[Compared]) -> Iterator[tuple[Compared, Compared]]:
    """Yield each pair of one of `some` and one of `others` that is worth a look, once."""
    index: dict[tuple[int, str], list[Compared]] = defaultdict(list)
    common: Counter[str] = Counter()
    for other in others:
        pieces = pieces_of(other.traits)
        common.update(pieces)
        for week in weeks(other.traits):
            for piece in pieces:
                index[week, piece].append(other)
    for one in some:
        rare = sorted(pieces_of(one.traits) & common.keys(), key=lambda piece: (common[piece], piece))[:RAREST]
        yield from ((one, other) for other in _found(one, rare, index))


def _found(one: Compared, rare: Sequence[str], index: dict[tuple[int, str], list[Compared]]) -> Iterator[Compared]:
    seen: set[UUID] = {one.id}
    for week in weeks(one.traits):
        for piece in rare:
            held = index.get((week, piece), [])
            for other in held if len(held) <= MOST_BEHIND else ():
                if other.id not in seen and not one.apart & other.apart and _touch(one.traits, other.traits):
                    seen.add(other.id)
                    yield other


def _touch(one: Traits, other: Traits) -> bool:
    return one.span.first <= other.span.last + ONE_DAY and other.span.first <= one.span.last + ONE_DAY


def weeks(traits: Traits) -> range:
    """Return the weeks an event touches, with a day before and after."""
    first, last = (traits.span.first - ONE_DAY).toordinal() // 7, (traits.span.last + ONE_DAY).toordinal() // 7
    return range(first, min(last, first + MOST_WEEKS) + 1)


def pieces_of(traits: Traits) -> frozenset[str]:
    """Return what an event is found by: pieces of its titles, and what Japanese words are called in Latin letters."""
    found: set[str] = set()
    for title in traits.titles:
        found |= title.full.pieces
        found |= {name for ja in listed(title.full.cjk) for name in LATIN[ja]}
    return frozenset(found)
