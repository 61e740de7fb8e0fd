"""What a judge is asked before it sees anything: whether a tie binds it to those who stand behind the entries.

In an open round the judge looks through the entries, each with its parties. In a blind one nothing may tell which entry
is whose: the judge looks through one list of all parties, by their names, without entries, numbers or order, and what
it ticks is matched with entries here. Neither list shows a title or a word of the content. A category with any blind
round that is not released is asked about blindly, in its open rounds as well: one open list would give both away. When
something is new in a blind category, all of its parties are asked about again: a list of the new ones alone would tell
that they belong together.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.awards import reach
from app.awards.conflicts import parties
from app.awards.conflicts.schemas import Asked, Item, Party
from app.awards.entering import field
from app.awards.reach import JudgeRef
from app.awards.windows import accepts
from app.core.db import fetch
from app.core.signing import keyed_hash

KEY: Final = 24
"""Hexadecimal digits of an item's key."""
_ROUNDS = """
SELECT r.id FROM panel_seat s JOIN award_round r ON r.id = s.round JOIN award_category g ON g.id = r.category
WHERE s.judge = $1 AND s.left_at IS NULL AND r.state IN ('draft', 'open') ORDER BY g.position, g.id, r.position
"""
_STILL_BLIND = "SELECT category FROM award_round WHERE blind AND state <> 'released' AND category = ANY($1::uuid[])"
_WINDOW = "SELECT opens_at, closes_at, grace_ms FROM award_category WHERE id = $1"
_DECLARED = "SELECT entry FROM declaration WHERE judge = $1 AND outdated_at IS NULL"
_RECUSED = "SELECT entry FROM recusal WHERE judge = $1"


class Known(Struct, frozen=True):
    """A list as it is asked, and which entries each of its keys stands for."""

    asked: Asked
    entries: Mapping[str, tuple[UUID, ...]]


async def list_for(judge: JudgeRef, now: dt.datetime) -> Known:
    """Return what a judge has not declared for yet, in the rounds on whose panel it sits."""
    numbers, blind = await _waiting(judge, now)
    behind = await parties.shown(list(numbers))
    items: dict[Item, set[UUID]] = {}
    for item, entry in _items(judge, numbers, blind, behind):
        items.setdefault(item, set()).add(entry)
    ordered = sorted(items, key=_order)
    digest = hashlib.sha256("\0".join(item.key for item in ordered).encode()).hexdigest()[:32]
    asked = Asked(digest, any(item.number is None for item in ordered), tuple(ordered))
    return Known(asked, {item.key: tuple(sorted(items[item])) for item in ordered})


async def _waiting(judge: JudgeRef, now: dt.datetime) -> tuple[dict[UUID, int], set[UUID]]:
    """Return the number of each entry to be declared for, and which of them are in a category that is blind."""
    rounds = [await reach.any_round(row["id"]) for row in await fetch(_ROUNDS, judge.id)]
    still = {row["category"] for row in await fetch(_STILL_BLIND, [one.category for one in rounds])}
    done = {row["entry"] for sql in (_DECLARED, _RECUSED) for row in await fetch(sql, judge.id)}
    numbers, blind = dict[UUID, int](), set[UUID]()
    for one in rounds:
        if one.state == "draft" and await _takes_entries(one.category, now):
            continue
        everything = {entry.id: entry.number for entry in await field.in_round(one)}
        new = {entry: number for entry, number in everything.items() if entry not in done}
        if one.category in still:
            blind |= everything.keys() if new else set()
            numbers |= everything if new else {}
        else:
            numbers |= new
    return numbers, blind


async def _takes_entries(category: UUID, now: dt.datetime) -> bool:
    """Whether entries can still come or change, so that declaring is too early."""
    (window,) = await fetch(_WINDOW, category)
    return now < window["opens_at"] or accepts(now, *window)


def _items(
    judge: JudgeRef, numbers: Mapping[UUID, int], blind: set[UUID], behind: Mapping[UUID, Sequence[Party]]
) -> Iterable[tuple[Item, UUID]]:
    for entry, number in numbers.items():
        if entry not in blind:
            yield Item(_key(judge, str(entry), *map(str, behind[entry])), tuple(behind[entry]), number), entry
            continue
        for party in behind[entry]:
            yield Item(_key(judge, str(party)), (party,)), entry


def _key(judge: JudgeRef, *words: str) -> str:
    """Return a name for an item that tells nothing, and that another judge's list does not share."""
    return keyed_hash("declared-party", "\0".join((str(judge.id), *words))).hex()[:KEY]


def _order(item: Item) -> tuple[int, str, str, str]:
    party = item.parties[0] if item.parties else Party("", "", "")
    return (item.number or 0, party.organisation.casefold(), party.person.casefold(), item.key)
